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
    monkeypatch.setattr("seriatim.domain.decider.signals.SIGNALS_KEPT_MAX", KEPT_MAX)
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


INNER = {"forEach": "ys", "joinNodeId": "inner-join"}


def lists(items: int, inner: int = 0, nodes: int = 1, **outer: int) -> Driver:
    """An execution that goes over a list, its body a chain of ``nodes`` nodes, or a ``forEach``
    over another list.
    """
    body = "inner > a > inner-join" if inner else " > ".join(f"a{n}" for n in range(nodes))
    parameters = {"forEach": "xs", "joinNodeId": "join", **outer}
    forks = {"fork": {"type": "fork", "parameters": parameters}}
    if inner:
        forks["inner"] = {"type": "fork", "parameters": INNER}
    return Driver(
        sequence(
            f"start > fork > {body} > join > end",
            nodes=forks,
            variables=[{"name": "xs"}, {"name": "ys"}],
        ),
        {"xs": [0] * items, "ys": [0] * inner},
    )


@pytest.mark.parametrize(
    ("items", "nodes", "outer", "under_way"),
    [
        (20, 1, {}, 20),
        (21, 1, {}, 20),
        (21, 5, {}, 4),
        (21, 5, {"maxConcurrency": 3}, 3),
        (21, 5, {"maxConcurrency": 9}, 4),
        (2, 50, {}, 1),
    ],
)
def test_items_for_which_the_state_has_no_room_begin_as_others_end(
    monkeypatch: pytest.MonkeyPatch, items: int, nodes: int, outer: dict[str, int], under_way: int
) -> None:
    monkeypatch.setattr("seriatim.domain.decider.foreach.FOR_EACH_RUNS_MAX", 20)
    run = lists(items, nodes=nodes, **outer)
    assert run.active().count("a0") == under_way
    run.done("a0")
    assert run.active().count("a0") == under_way - 1 + (nodes == 1 and items > under_way)
    run.finish()
    assert run.status == "succeeded"
    assert run.count_of("a0") == items


def test_a_list_within_a_list_has_the_room_that_the_one_around_it_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seriatim.domain.decider.foreach.FOR_EACH_RUNS_MAX", 12)
    run = lists(5, inner=6)
    # The body around has three nodes: four items at once, of each at most three.
    assert run.active().count("inner") == 4
    assert run.active().count("a") == 12
    run.finish()
    assert run.count_of("a") == 30


@pytest.mark.parametrize("inner", [5, 6])
def test_lists_within_lists_have_no_more_items_than_may(
    monkeypatch: pytest.MonkeyPatch, inner: int
) -> None:
    monkeypatch.setattr("seriatim.domain.decider.foreach.FOR_EACH_NESTED_ITEMS_MAX", 20)
    run = lists(6, inner=inner, maxConcurrency=4)
    if inner == 5:
        assert run.active().count("a") == 20
    else:
        assert run.error_code == "Seriatim.PayloadTooLarge"
