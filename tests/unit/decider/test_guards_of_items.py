"""Goal: items that a condition keeps a signal from are not asked anew for each that begins, and
none is overlooked.
"""

from collections import Counter
from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.decider.waits import is_open
from tests.builders import Driver, sequence

ITEMS = 30
V = [{"name": "v", "defaultValue": -1}]


def guarded(condition: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Driver, Counter[int]]:
    """Items that begin when a signal is kept already, and how often each is asked."""
    asked: Counter[int] = Counter()

    def counted(turn: Any, run: Any, boundary: Any) -> bool:
        asked[run.number] += 1
        return is_open(turn, run, boundary)

    monkeypatch.setattr("seriatim.domain.decider.signals.is_open", counted)
    fork = {"forEach": f"range({ITEMS})", "joinNodeId": "join"}
    document = sequence(
        "start > a > fork > wait > join > end",
        "wait >!signal> b > join",
        nodes={
            "fork": {"parameters": fork},
            "wait": {"parameters": {"callback": True}},
        },
        variables=V,
    )
    way = next(t for t in document["transitions"] if t["id"] == "wait-b")
    way |= {"signalName": "go", "condition": condition}
    driver = Driver(document)
    driver.signal("go")
    driver.done("a")
    return driver, asked


def test_an_item_that_a_condition_keeps_a_signal_from_is_asked_once_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver, asked = guarded("v == index", monkeypatch)
    # The driver decides all of it four times.
    assert max(asked.values()) <= 4
    driver.send(m.VariablesUpdate(values={"v": 7}))
    assert [driver.current.active[n].index for n in sorted(driver.current.active)][-1] == 7
    assert driver.active().count("b") == 1


def test_an_item_whose_condition_reads_nodes_is_asked_whenever_one_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver, _ = guarded("nodes.fork.status == 'waiting' and v == index", monkeypatch)
    driver.send(m.VariablesUpdate(values={"v": 3}))
    assert driver.active().count("b") == 1


def test_a_node_that_was_asked_and_then_waits_itself_takes_the_signal_in_the_same_step() -> None:
    document = sequence(
        "start > fork > a > join > end",
        "fork > signal > join",
        "signal >!signal> b > join",
        nodes={
            "signal": {
                "parameters": {"signalName": "go"},
                "dependencies": [{"nodeId": "a", "type": "blocking", "on": "succeeded"}],
            },
        },
        variables=V,
    )
    way = next(t for t in document["transitions"] if t["id"] == "signal-b")
    way |= {"signalName": "go", "condition": "v == 0"}
    driver = Driver(document)
    driver.signal("go")
    assert sorted(driver.active()) == ["a", "signal"]
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.count_of("b") == 0
