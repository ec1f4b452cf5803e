"""Goal: what could grow for ever does not: handlers of failed handlers, and signals that nobody
takes.
"""

import pytest

from seriatim.domain import commands as c
from seriatim.domain.limits import CHILDREN_MAX, FOR_EACH_ITEMS_MAX, GLOBAL_WRITES_MAX, HOPS_MAX
from tests.builders import Driver, sequence

KEPT_MAX = 20


@pytest.mark.parametrize(("hops", "handlers"), [(0, 1), (HOPS_MAX - 1, 1), (HOPS_MAX, 0)])
def test_a_ring_of_failing_handlers_comes_to_its_end(hops: int, handlers: int) -> None:
    run = Driver(sequence("start > a > end", onFailureSequenceId="handler"), hops=hops)
    run.fails("a")
    assert len(run.commands_of(c.StartOnFailure)) == handlers


def test_no_more_signals_are_kept_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.domain.decider.waits.SIGNALS_KEPT_MAX", KEPT_MAX)
    nodes = {"signal": {"parameters": {"signalName": "go"}}}
    run = Driver(sequence("start > fork > a > end", "fork > signal > end", nodes=nodes))
    for _ in range(KEPT_MAX):
        run.signal("early")
    run.signal("early")
    assert run.refused == "TooManySignals"
    run.signal("go")
    assert run.active() == ["a"]


@pytest.mark.parametrize("count", [GLOBAL_WRITES_MAX, GLOBAL_WRITES_MAX + 1])
def test_a_node_sets_no_more_global_variables_than_a_transaction_holds(count: int) -> None:
    names = [f"g{n}" for n in range(count)]
    mappings = [{"outputName": name, "valueExpression": "1"} for name in names]
    run = Driver(
        sequence(
            "start > a > end",
            nodes={"a": {"outputMappings": mappings}},
            variables=[{"name": name, "scope": "global"} for name in names],
        )
    )
    run.done("a")
    expected = None if count == GLOBAL_WRITES_MAX else "Seriatim.PayloadTooLarge"
    assert run.error_code == expected


@pytest.mark.parametrize("count", [FOR_EACH_ITEMS_MAX, FOR_EACH_ITEMS_MAX + 1])
def test_a_list_inside_an_execution_has_no_more_items_than_may(count: int) -> None:
    parameters = {"forEach": "xs", "joinNodeId": "join", "maxConcurrency": 1}
    run = Driver(
        sequence(
            "start > fork > a > join > end",
            nodes={"fork": {"parameters": parameters}},
            variables=[{"name": "xs"}],
        ),
        {"xs": [0] * count},
    )
    if count > FOR_EACH_ITEMS_MAX:
        assert run.error_code == "Seriatim.PayloadTooLarge"
    else:
        assert run.active().count("a") == 1


@pytest.mark.parametrize("count", [CHILDREN_MAX, CHILDREN_MAX + 1])
def test_a_node_has_no_more_children_than_may(count: int) -> None:
    parameters = {"sequenceId": "child", "forEach": "xs", "maxConcurrency": 1}
    run = Driver(
        sequence(
            "start > sub > end",
            nodes={"sub": {"type": "subprocess", "parameters": parameters}},
            variables=[{"name": "xs"}],
        ),
        {"xs": [0] * count},
    )
    if count > CHILDREN_MAX:
        assert run.error_code == "Seriatim.PayloadTooLarge"
    else:
        assert run.active() == ["sub"]
