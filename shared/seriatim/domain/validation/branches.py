"""Branches: what becomes of the tokens of a fork. Warnings only.

A fork here is a node of that type without ``forEach`` and with several success transitions.
"""

from collections.abc import Iterator
from functools import cached_property

from seriatim.domain.definition.kinds import JoinMode, NodeType, Trigger
from seriatim.domain.definition.node_parameters import EndParameters, JoinParameters
from seriatim.domain.limits import BRANCH_TRANSITIONS_VISITED_MAX
from seriatim.domain.validation.certainty import surely_filled
from seriatim.domain.validation.cycles import ARROW, Effort, show_path
from seriatim.domain.validation.graph import components
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, warning


def check_branches(inspection: Inspection) -> Iterator[Problem]:
    """Warn of forks that never join, of ends beside running branches, and of cycles of joins."""
    branches = Branches(inspection)
    yield from branches.never_joined()
    effort = Effort(BRANCH_TRANSITIONS_VISITED_MAX)
    yield from branches.ends_while_others_run(effort)
    yield from branches.join_cycles(effort)
    if effort.steps < 0:
        message = (
            "The sequence is too large to look for every branch that ends while others run and "
            "for every cycle of joins; what was found is listed."
        )
        yield warning(ProblemCode.PARTLY_CHECKED, message, "nodes")


class Branches:
    """The forks of a sequence and where their branches lead."""

    def __init__(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.forks: dict[int, list[int]] = {}
        """The first nodes of the branches, by fork."""
        for fork in inspection.of_type(NodeType.FORK):
            places = inspection.leaving(fork, Trigger.SUCCESS)
            if fork not in inspection.closing_joins and len(places) > 1:
                self.forks[fork] = [inspection.target_of(place) for place in places]

    @cached_property
    def joins_after(self) -> list[int]:
        """For each node, the joins (as bits) that a token there can reach, itself counted in."""
        graph = self.inspection.graph
        found = [0] * len(graph)
        for members in reversed(components(graph, range(len(graph)))):
            bits = 0
            for number in members:
                if self.inspection.node(number).type is NodeType.JOIN:
                    bits |= 1 << number
                for other in graph.successors[number]:
                    bits |= found[other]
            for number in members:
                found[number] = bits
        return found

    def meeting_joins(self, fork: int) -> int:
        """The joins (as bits) that at least two branches of a fork can reach."""
        once = twice = 0
        for first in self.forks[fork]:
            twice |= once & self.joins_after[first]
            once |= self.joins_after[first]
        return twice

    def never_joined(self) -> Iterator[Problem]:
        """Warn of forks of which no two branches ever come together."""
        for fork in self.forks:
            if not self.meeting_joins(fork):
                node_id = self.inspection.node(fork).id
                message = (
                    f"The branches of the fork {node_id!r} never join; add a join if what follows "
                    "needs them all."
                )
                path = ("nodes", fork)
                yield warning(ProblemCode.FORK_NEVER_JOINS, message, *path, node_id=node_id)

    def ends_while_others_run(self, effort: Effort) -> Iterator[Problem]:
        """Warn of ends that a branch can reach without meeting the others first."""
        for fork, firsts in self.forks.items():
            meeting = self.meeting_joins(fork)
            if not meeting:
                continue  # that the branches never join was said
            for first in dict.fromkeys(firsts):
                end = self._end_before(first, meeting, effort)
                if effort.steps < 0:
                    return
                if end is not None:
                    yield self._end_problem(fork, first, end)

    def _end_before(self, first: int, joins: int, effort: Effort) -> int | None:
        """The first end found on a branch before any of the joins, none that terminates."""
        found = {first}
        todo = [first]
        for number in todo:
            parameters = self.inspection.parameters.get(number)
            if isinstance(parameters, EndParameters) and not parameters.terminate:
                return number
            if joins >> number & 1:
                continue
            successors = self.inspection.graph.successors[number]
            if not effort.spend(1 + len(successors)):
                return None
            for other in successors:
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return None

    def _end_problem(self, fork: int, first: int, end: int) -> Problem:
        end_id, fork_id = self.inspection.node(end).id, self.inspection.node(fork).id
        message = (
            f"The branch of {fork_id!r} that begins with {self.inspection.node(first).id!r} can "
            f"reach the end {end_id!r} while others still run; the execution goes on until they "
            "end too. Join them first, or set 'terminate' at the end."
        )
        path = ("nodes", end)
        return warning(ProblemCode.END_WHILE_OTHERS_RUN, message, *path, node_id=end_id)

    def join_cycles(self, effort: Effort) -> Iterator[Problem]:
        """Warn of joins that may come to wait for each other.

        Each can be reached from the other, two branches of one fork can come to them first, and
        none of them surely gets a token on every way in.
        """
        graph = self.inspection.graph
        for members in components(graph, range(len(graph))):
            waiting = {number for number in members if self._waits(number)}
            if len(waiting) > 1:
                waiting -= self.filled
            if len(waiting) < 2:
                continue
            ring: set[int] = set()
            for firsts in self.forks.values():
                arrivals = [self._first_met(first, waiting, effort) for first in firsts]
                if effort.steps < 0:
                    return
                met = set().union(*arrivals)
                if len(met) > 1 and sum(map(bool, arrivals)) > 1:
                    ring |= met
            if ring:
                ids = [self.inspection.node(number).id for number in sorted(ring)]
                message = (
                    f"The joins {show_path(ids).replace(ARROW, ', ')} may wait for each other; "
                    f"then {ids[0]!r}, the first of them, goes on with what it holds."
                )
                path = ("nodes", min(ring))
                yield warning(ProblemCode.JOIN_CYCLE, message, *path, node_id=ids[0])

    @cached_property
    def filled(self) -> set[int]:
        """The joins that never have a gap to wait for."""
        start = self.inspection.start
        return set() if start is None else surely_filled(self.inspection, start)

    def _waits(self, number: int) -> bool:
        parameters = self.inspection.parameters.get(number)
        return isinstance(parameters, JoinParameters) and parameters.mode is not JoinMode.ANY

    def _first_met(self, first: int, joins: set[int], effort: Effort) -> set[int]:
        """The joins that a token at ``first`` can reach without passing another of them."""
        reaches_one = any(self.joins_after[first] >> join & 1 for join in joins)
        if not reaches_one:
            return set()
        found = {first}
        todo = [first]
        for number in todo:
            if number in joins:
                continue
            successors = self.inspection.graph.successors[number]
            if not effort.spend(1 + len(successors)):
                break
            for other in successors:
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return found & joins
