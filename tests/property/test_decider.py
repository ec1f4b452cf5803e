"""Random sequences of all node types under random messages: failures, duplicates, reorderings.

At every step the driver (``tests/builders.py``) holds the state that the decider kept against the
log as stored, against a snapshot, and against a decision made with a warm memory of joins; here is
what holds of whole executions.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain import events as e
from seriatim.domain.control_events import ExecutionMoved, ExecutionRedriven, ExecutionRetired
from seriatim.domain.decider.fold import fold
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.join_events import FiringUndone
from seriatim.domain.permit_events import HoldingsReceived, HoldingsRequested, PermitsRefused
from seriatim.domain.validation.problems import has_errors
from seriatim.domain.validation.references import References, SequenceReference
from seriatim.domain.validation.sequences import validate_for_activation
from tests.random_ledgers import POOL_CAPACITIES
from tests.random_sequences import TASKS, chosen_by, chosen_from, random_sequence
from tests.random_walks import walk

ROOT = Path(__file__).parents[2]

CHOICES = st.lists(st.integers(0, 99), min_size=150, max_size=400)


@given(CHOICES)
def test_every_execution_ends_once_all_that_it_waits_for_has_come(choices: list[int]) -> None:
    driver = walk(chosen_from(choices))
    assert driver.ended.status.is_terminal


@given(CHOICES)
def test_the_same_messages_make_the_same_history(choices: list[int]) -> None:
    assert walk(chosen_from(choices)).steps == walk(chosen_from(choices)).steps


@given(CHOICES, st.data())
def test_the_log_folds_in_parts_as_it_folds_at_once(choices: list[int], data: Any) -> None:
    steps = walk(chosen_from(choices)).steps
    cut = data.draw(st.integers(0, len(steps)))
    assert fold(fold(None, steps[:cut]), steps[cut:]) == fold(None, steps)


@given(CHOICES)
def test_the_random_sequences_are_valid(choices: list[int]) -> None:
    """What is tested here is what may be activated."""
    document = random_sequence(chosen_from(choices))
    references = References(
        task_definitions=dict.fromkeys([*TASKS, "echo"], frozenset()),
        sequences={"child": SequenceReference()},
        resource_pools=POOL_CAPACITIES,
    )
    problems = validate_for_activation(TaskSequence.model_validate(document), references)
    assert not has_errors(problems), [p for p in problems if p.severity == "error"]


def test_random_walks_reach_every_kind_of_event() -> None:
    """The tests above are worth what they reach."""
    walks = [walk(chosen_by(f"seed {seed}")) for seed in range(300)]
    seen = {type(event) for driver in walks for event in driver.events}
    # test_moving.py, test_redrive.py, tests/unit/application/test_retention.py
    elsewhere: set[object] = {ExecutionMoved, ExecutionRedriven, ExecutionRetired}
    # tests/unit/application/test_redriven_holdings.py, tests/unit/decider/test_denials.py
    elsewhere |= {HoldingsRequested, HoldingsReceived, PermitsRefused}
    elsewhere.add(FiringUndone)  # tests/unit/decider/test_joins_run_again.py
    assert set(get_args(e.AnyEvent)) - seen == elsewhere


def test_no_decision_hangs_on_the_order_of_a_hash() -> None:
    """Two processes that hash texts differently write the same logs, to the byte."""
    program = "from tests.random_walks import logs_of\nprint(logs_of(60))"
    logs = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=dict(os.environ, PYTHONHASHSEED=seed, PYTHONPATH=f"{ROOT}:{ROOT / 'shared'}"),
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert logs[0] == logs[1]
    assert len(logs[0].strip()) == 64
