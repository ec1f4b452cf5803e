"""Goal: to ask only what may have come true decides as asking everything does.

Method: executions of random lists whose items wait are driven by random messages. At every step a
decider that remembers nothing, not even within a turn, decides the same message, and the driver
decides it with a state kept warm (``tests/builders.py``): all three must agree to the letter.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain import messages as m
from seriatim.domain.decider import dependencies, turn, watching
from seriatim.domain.decider.decide import decide
from seriatim.domain.decision import Decision
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.event import Event
from seriatim.domain.state import State
from seriatim.domain.validation.problems import has_errors
from seriatim.domain.validation.references import References
from seriatim.domain.validation.sequences import validate_for_activation
from seriatim.domain.values import GlobalValue
from tests.builders import Driver
from tests.random_ledgers import Ledgers
from tests.random_sequences import TASKS, Choose, chosen_by, chosen_from, random_sequence
from tests.random_waits import random_waits
from tests.random_walks import bring_to_its_end, walk, wild_message

CHOICES = st.lists(st.integers(0, 99), min_size=100, max_size=400)


class AskAll(watching.Watch):
    """Everything that waits is due, whenever it is asked for."""

    def __init__(
        self, names: Iterable[str], state: State, globals_: Mapping[str, GlobalValue]
    ) -> None:
        super().__init__(names, state, globals_)
        self.state = state

    def note(self, event: Event, before: State, after: State) -> None:
        self.state = after

    def due(self, kind: str) -> set[Any]:
        state = self.state
        match kind:
            case watching.UNTIL:
                return set(state.until_waits)
            case watching.DEPENDENCY:
                return set(state.dependency_waits)
            case watching.JOIN | watching.BLOCKED:
                return set(state.parked)
            case watching.CLOSING:
                return set(state.for_each)
            case _:
                return set()

    def hearing(self, name: str) -> None:
        return None


class Compared(Driver):
    """Decides every message once more, asking everything."""

    def _check_warm(self, message: m.AnyMessage, cold: Decision) -> None:
        super()._check_warm(message, cold)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(turn, "Watch", AskAll)
            patch.setattr(dependencies, "_can_all_come", lambda _: False)
            other = decide(self.plan, self.state, message, self.now, next_plan=self.next_plan)
        assert other.events == cold.events, "what was not asked would have moved"
        assert other.commands == cold.commands
        assert other.refusal == cold.refusal


def compared(choose: Choose, document: dict[str, Any]) -> Compared:
    driver = Compared(canonical(TaskSequence.model_validate(document)), tasks=TASKS)
    ledgers = Ledgers(driver)
    for _ in range(20 + choose(60)):
        if driver.current.status.is_terminal:
            return driver
        ledgers.take_in()
        wild_message(driver, choose)
    bring_to_its_end(driver, ledgers)
    return driver


@given(CHOICES)
def test_lists_that_wait_go_on_as_if_everything_were_asked(choices: list[int]) -> None:
    choose = chosen_from(choices)
    compared(choose, random_waits(choose))


@given(CHOICES)
def test_random_sequences_go_on_as_if_everything_were_asked(choices: list[int]) -> None:
    choose = chosen_from(choices)
    compared(choose, random_sequence(choose))


@given(CHOICES)
def test_the_random_lists_may_be_activated(choices: list[int]) -> None:
    document = TaskSequence.model_validate(random_waits(chosen_from(choices)))
    problems = validate_for_activation(
        document, References(task_definitions=dict.fromkeys([*TASKS, "echo"], frozenset()))
    )
    assert not has_errors(problems), [p for p in problems if p.severity == "error"]


def test_the_random_lists_reach_every_kind_of_wait() -> None:
    """The tests above are worth what they reach."""
    seen: set[str] = set()

    def look(driver: Driver) -> None:
        assert driver.warm is not None
        if driver.warm.watched is not None:
            seen.update(kind for kind, _ in driver.warm.watched.reads)

    for seed in range(40):
        choose = chosen_by(f"waits {seed}")
        walk(choose, random_waits(choose), between=look)
    assert seen == set(watching.KINDS)
