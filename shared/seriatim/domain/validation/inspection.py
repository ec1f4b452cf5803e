"""A sequence under inspection: what several checks need to know of it, found out once."""

from dataclasses import dataclass
from functools import cached_property

import msgspec

from seriatim.domain.definition.kinds import BOUNDARY_TRIGGERS, NodeType, Trigger
from seriatim.domain.definition.node_parameters import (
    PARAMETERS_BY_TYPE,
    ForkParameters,
    NodeParameters,
    SubprocessParameters,
)
from seriatim.domain.definition.sequence import TaskNode, TaskSequence, Transition
from seriatim.domain.limits import BODY_NODES_MAX
from seriatim.domain.validation.graph import Graph, region
from seriatim.domain.validation.problems import Problem, ProblemCode, under
from seriatim.domain.validation.shape import read_model

PARAMETER_CODES = {
    ProblemCode.MISSING_FIELD.value: ProblemCode.MISSING_PARAMETER.value,
    ProblemCode.UNKNOWN_FIELD.value: ProblemCode.UNKNOWN_PARAMETER.value,
}
"""What a problem of shape is called in the parameters of a node."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a fork with ``forEach`` and its closing join enclose; neither is in it."""

    join: int
    reached: frozenset[int]
    """All that an item can reach before the join, also where it should not."""
    inside: frozenset[int]
    """What of it can reach the join: the body proper."""


class Inspection:
    """A sequence, its graph, and its parts by number. Immutable once made.

    Nodes are numbered by their place in the document; of two with one id the first has its edges.
    Transitions from or to unknown nodes have no edge. Both are problems of their own.
    """

    def __init__(self, sequence: TaskSequence) -> None:
        self.sequence = sequence
        self.number_of: dict[str, int] = {}
        for number, node in enumerate(sequence.nodes):
            self.number_of.setdefault(node.id, number)
        self.outgoing: list[list[int]] = [[] for _ in sequence.nodes]
        """Places in ``sequence.transitions``, by node, in document order."""
        self.incoming: list[list[int]] = [[] for _ in sequence.nodes]
        for place, transition in enumerate(sequence.transitions):
            source = self.number_of.get(transition.source_node_id)
            target = self.number_of.get(transition.target_node_id)
            if source is not None and target is not None:
                self.outgoing[source].append(place)
                self.incoming[target].append(place)

    @cached_property
    def graph(self) -> Graph:
        """All transitions as edges, whatever triggers them."""
        return Graph.of(
            len(self.sequence.nodes),
            (
                (source, self.target_of(place))
                for source, places in enumerate(self.outgoing)
                for place in places
            ),
        )

    @cached_property
    def numbers(self) -> list[int]:
        """The numbers of all nodes but repeated ids, in document order."""
        return list(self.number_of.values())

    @cached_property
    def start(self) -> int | None:
        """The first start node."""
        return next(iter(self.of_type(NodeType.START)), None)

    def of_type(self, *types: NodeType) -> list[int]:
        """The numbers of the nodes of some types, in document order."""
        return [number for number in self.numbers if self.node(number).type in types]

    def node(self, number: int) -> TaskNode:
        """A node by its number."""
        return self.sequence.nodes[number]

    def transition(self, place: int) -> Transition:
        """A transition by its place."""
        return self.sequence.transitions[place]

    def source_of(self, place: int) -> int:
        """The number of the node that a transition with an edge leaves."""
        return self.number_of[self.sequence.transitions[place].source_node_id]

    def target_of(self, place: int) -> int:
        """The number of the node that a transition with an edge enters."""
        return self.number_of[self.sequence.transitions[place].target_node_id]

    def leaving(self, number: int, *triggers: Trigger) -> list[int]:
        """The transitions out of a node that have one of the triggers, in document order."""
        return [p for p in self.outgoing[number] if self.transition(p).trigger in triggers]

    def has_boundary(self, number: int) -> bool:
        """Whether a timer or a signal may act on the node."""
        return bool(self.leaving(number, *BOUNDARY_TRIGGERS))

    @cached_property
    def _parameters(self) -> tuple[dict[int, NodeParameters], list[Problem]]:
        found: dict[int, NodeParameters] = {}
        problems: list[Problem] = []
        for number, node in enumerate(self.sequence.nodes):
            model = PARAMETERS_BY_TYPE.get(node.type)
            if model is None:
                continue
            parameters, wrong = read_model(model, node.parameters)
            if parameters is not None:
                found[number] = parameters
            for problem in under(wrong, "nodes", number, "parameters"):
                code = PARAMETER_CODES.get(problem.code, problem.code)
                problems.append(msgspec.structs.replace(problem, code=code, node_id=node.id))
        return found, problems

    @property
    def parameters(self) -> dict[int, NodeParameters]:
        """The parameters of the nodes that are no tasks, by number; absent where wrong."""
        return self._parameters[0]

    @property
    def parameter_problems(self) -> list[Problem]:
        """What is wrong with the shape of parameters."""
        return self._parameters[1]

    @cached_property
    def closing_joins(self) -> dict[int, int]:
        """The closing join of each fork with ``forEach``, where both are there."""
        found = {}
        for number, parameters in self.parameters.items():
            if isinstance(parameters, ForkParameters) and parameters.for_each is not None:
                join = self.number_of.get(parameters.join_node_id or "")
                if join is not None and self.node(join).type is NodeType.JOIN:
                    found[number] = join
        return found

    @cached_property
    def forks_of(self) -> dict[int, list[int]]:
        """The forks whose bodies a join ends: one, unless that is a problem."""
        found: dict[int, list[int]] = {}
        for fork, join in self.closing_joins.items():
            found.setdefault(join, []).append(fork)
        return found

    @cached_property
    def bodies(self) -> dict[int, Body]:
        """The body of each fork with ``forEach``; not there once ``BODY_NODES_MAX`` is used up."""
        found: dict[int, Body] = {}
        left = BODY_NODES_MAX
        for fork, join in self.closing_joins.items():
            entries = [self.target_of(place) for place in self.leaving(fork, Trigger.SUCCESS)]
            reached, inside = region(self.graph, entries, join)
            left -= len(reached)
            if left < 0:
                break
            found[fork] = Body(join, frozenset(reached - {fork}), frozenset(inside - {fork}))
        return found

    @cached_property
    def per_item(self) -> set[int]:
        """The nodes at which ``item`` and ``index`` are known."""
        return set().union(*(body.reached for body in self.bodies.values()))

    def is_per_item_subprocess(self, number: int) -> bool:
        """Whether the node runs one child per item."""
        parameters = self.parameters.get(number)
        return isinstance(parameters, SubprocessParameters) and parameters.for_each is not None
