"""Goal: items that wait until a variable says so are not looked through anew for each that begins,
and none is overlooked.
"""

from collections import Counter
from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.decider import waits
from tests.builders import Driver, sequence

ITEMS = 30


def waiting(until: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Driver, Counter[int]]:
    """Items that each wait, and how often each is looked at."""
    looks: Counter[int] = Counter()
    holds = waits._until_holds

    def counted(turn: Any, run: Any) -> bool:
        looks[run.number] += 1
        return holds(turn, run)

    monkeypatch.setattr(waits, "_until_holds", counted)
    parameters = {"forEach": f"range({ITEMS})", "joinNodeId": "join"}
    mapping = {"outputName": "seen", "targetVariable": "seen", "valueExpression": "seen + 1"}
    document = sequence(
        "start > fork > wait > join > end",
        nodes={
            "fork": {"type": "fork", "parameters": parameters},
            "wait": {"parameters": {"until": until}, "outputMappings": [mapping]},
        },
        variables=[{"name": "go", "defaultValue": 0}, {"name": "seen", "defaultValue": 0}],
    )
    return Driver(document), looks


def test_a_wait_for_a_variable_is_not_looked_at_again_while_others_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, looks = waiting("go > index", monkeypatch)
    # As it begins; the driver decides all of it four times.
    assert max(looks.values()) <= 4
    run.send(m.VariablesUpdate(values={"go": 3}))
    assert run.active().count("wait") == ITEMS - 3
    run.send(m.VariablesUpdate(values={"go": ITEMS}))
    assert run.status == "succeeded", run.ended.error


def test_a_wait_that_another_one_makes_true_ends_in_the_same_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, _ = waiting("go > 0 and seen >= index", monkeypatch)
    run.send(m.VariablesUpdate(values={"go": 1}))
    assert run.status == "succeeded", run.ended.error


def test_a_wait_for_a_node_is_looked_at_whenever_one_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, _ = waiting("nodes.fork.status == 'waiting' and go > 0", monkeypatch)
    run.send(m.VariablesUpdate(values={"go": 1}))
    assert run.status == "succeeded", run.ended.error
