"""Bodies of ``forEach`` with all that they may hold, bodies within bodies among it, under random
messages.

The driver checks every step (see ``tests/builders.py``); here is what holds when all is over: no
scope, no token and no family of children is left, and every item has ended once.
"""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.problems import has_errors
from seriatim.domain.validation.references import References, SequenceReference
from seriatim.domain.validation.sequences import validate_for_activation
from tests.builders import Driver, sequence
from tests.random_sequences import TASKS, VARIABLES, Choose, chosen_from
from tests.random_walks import walk

CHOICES = st.lists(st.integers(0, 99), min_size=60, max_size=300)
DEPTH_MAX = 3
LISTS = ("[1, 2]", "[]", "[1]", "range(4)")


class Bodies:
    """A sequence in the making: blocks with one way in and one way out, in each other."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.paths: list[str] = []
        self.nodes: dict[str, dict[str, Any]] = {}
        self.count = 0

    def document(self) -> dict[str, Any]:
        first, last = self.block(0)
        side = self.new("task")
        self.paths += [f"start > fork > {first}", f"{last} > end", f"fork > {side} > end2"]
        names = [name for name in self.nodes if not name.startswith("join")]
        for name in names[: self.choose(3)]:
            self.nodes[name]["cancelNodeIds"] = [names[self.choose(len(names))]]
        return sequence(
            *self.paths,
            nodes=self.nodes,
            variables=VARIABLES,
            failurePolicy=("fail_fast", "finish_branches")[self.choose(2)],
            maxNodeRuns=30,
        )

    def new(self, kind: str, **fields: Any) -> str:
        self.count += 1
        name = f"{kind}{self.count}"
        self.nodes[name] = fields
        return name

    def block(self, depth: int) -> tuple[str, str]:
        """The first and the last node of a block."""
        kinds = ["task", "timer", "sub", "each", "fork", "pair", "loop"]
        kind = kinds[self.choose(len(kinds) if depth < DEPTH_MAX else 3)] if depth else "each"
        match kind:
            case "each":
                return self.each(depth)
            case "fork":
                return self.fork(depth)
            case "pair":
                (first, end), (start, last) = self.block(depth + 1), self.block(depth + 1)
                self.paths.append(f"{end} > {start}")
                return first, last
            case "loop":
                return self.loop(depth)
            case "sub":
                parameters = {"sequenceId": "child", "forEach": LISTS[self.choose(4)]}
                name = self.new("sub", parameters=parameters)
                return name, name
            case "timer":
                name = self.new("timer", parameters={"durationSeconds": 1 + self.choose(9)})
                return name, name
            case _:
                name = self.new("task", taskDefinitionId="plain")
                return name, name

    def each(self, depth: int) -> tuple[str, str]:
        join = self.new("join", parameters=self.closing())
        parameters: dict[str, Any] = {"forEach": LISTS[self.choose(4)], "joinNodeId": join}
        if self.choose(2):
            parameters["maxConcurrency"] = 1 + self.choose(2)
        fork = self.new("fork", parameters=parameters)
        for _ in range(1 + self.choose(2)):
            first, last = self.block(depth + 1)
            self.paths += [f"{fork} > {first}", f"{last} > {join}"]
        return fork, join

    def fork(self, depth: int) -> tuple[str, str]:
        fork, join = self.new("fork"), self.new("join", parameters=self.mode())
        first, last = self.block(depth + 1)
        self.paths += [f"{fork} > {first}", f"{last} > {join}"]
        first, last = self.block(depth + 1)
        condition = ("v == 0", "flag", "true")[self.choose(3)]
        self.paths += [f"{fork} >[{condition}]> {first}", f"{last} > {join}"]
        return fork, join

    def loop(self, depth: int) -> tuple[str, str]:
        first, last = self.block(depth + 1)
        decide = self.new("decide")
        after = self.new("task", taskDefinitionId="plain")
        self.paths += [f"{last} > {decide} >[v == 2]> {first}", f"{decide} > {after}"]
        return first, after

    def mode(self) -> dict[str, Any]:
        reached = ("absorb", "cancel")[self.choose(2)]
        modes: list[dict[str, Any]] = [
            {"mode": "all"},
            {"mode": "gather"},
            {"mode": "any", "onReached": reached},
            {"mode": "count", "count": "1 + v", "onReached": reached},
        ]
        return modes[self.choose(4)]

    def closing(self) -> dict[str, Any]:
        expression = {"mode": "expression", "completeWhen": "flag or len(arrived) == expected"}
        return expression if self.choose(5) == 1 else self.mode()


def bodies(choices: list[int]) -> Driver:
    choose = chosen_from(choices)
    return walk(choose, Bodies(choose).document())


@given(CHOICES)
def test_the_random_bodies_may_be_activated(choices: list[int]) -> None:
    references = References(
        task_definitions=dict.fromkeys([*TASKS, "echo"], frozenset()),
        sequences={"child": SequenceReference()},
        resource_pools={},
    )
    document = TaskSequence.model_validate(Bodies(chosen_from(choices)).document())
    problems = validate_for_activation(document, references)
    assert not has_errors(problems), [p for p in problems if p.severity == "error"]


@given(CHOICES)
def test_every_item_ends_once_and_nothing_is_left(choices: list[int]) -> None:
    driver = bodies(choices)
    assert driver.ended.status.is_terminal
    started = Counter(x.scope for x in driver.events if isinstance(x, j.ItemStarted))
    ended = Counter(x.scope for x in driver.events if isinstance(x, j.ItemEnded))
    assert max(started.values(), default=1) == max(ended.values(), default=1) == 1
    assert set(ended) <= set(started)
    if driver.status == "succeeded":
        state = driver.current
        left = (state.scopes, state.for_each, state.families, state.live, state.parked)
        assert [len(each) for each in left] == [0] * 5


@given(CHOICES)
def test_no_more_items_of_a_fork_are_open_than_may(choices: list[int]) -> None:
    driver = bodies(choices)
    most: dict[int, int | None] = {}
    opened: Counter[int] = Counter()
    for event in driver.events:
        match event:
            case j.ForEachStarted():
                most[event.number] = event.concurrency_max
            case j.ItemStarted():
                opened[event.number] += 1
                assert opened[event.number] <= (most[event.number] or len(driver.events))
            case j.ItemEnded():
                opened[event.number] -= 1
            case e.NodeFailed() if event.uncaught:
                return  # what is lost makes room
            case _:
                pass
