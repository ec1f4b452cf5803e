"""Goal: a step asks only those conditions again that read what it has changed, and none that may
have come true is overlooked. That this decides as asking everything does is held by
``tests/property/test_watching.py``.
"""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.decider import mappings
from seriatim.domain.decider.decide import decide
from seriatim.domain.decision import Decision
from seriatim.domain.expressions.language import evaluate_condition
from seriatim.domain.values import GlobalValue
from tests.builders import Driver, sequence

ITEMS = 20
EXPRESSION = {"mode": "expression", "completeWhen": "flag or len(arrived) == 2"}
VARIABLES = [{"name": "flag", "defaultValue": False}, {"name": "other", "defaultValue": 0}]
GATE = [{"name": "gate", "scope": "global", "defaultValue": 0}]


def items(*body: str, nodes: dict[str, Any], **fields: Any) -> Driver:
    """A list whose items wait, beside a node ``a``."""
    parameters = {"forEach": f"range({ITEMS})", "joinNodeId": "join"}
    mapping = {"outputName": "other", "valueExpression": "other + 1"}
    return Driver(
        sequence(
            "start > forkall > fork",
            *body,
            "join > joinall > end",
            "forkall > a > joinall",
            nodes={"fork": {"parameters": parameters}, "a": {"outputMappings": [mapping]}} | nodes,
            variables=VARIABLES,
            **fields,
        )
    )


def asked(driver: Driver, message: m.AnyMessage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The conditions that a warm decider asks because of a message."""
    conditions: list[str] = []

    def noted(expression: Any, names: Any) -> bool:
        conditions.append(expression.source)
        return evaluate_condition(expression, names)

    with monkeypatch.context() as patch:
        patch.setattr(mappings, "evaluate_condition", noted)
        decide(driver.plan, driver.warm, message, driver.now)
    return conditions


def result_of(driver: Driver, node_id: str) -> m.TaskSuccess:
    run = driver.run_of(node_id)
    return m.TaskSuccess(number=run.number, attempt=run.attempts, result={})


@pytest.mark.parametrize(
    ("until", "looks"),
    [
        ("flag", 0),
        ("index < 0", 0),
        ("execution.name == 'x'", 0),
        ("nodes.joinall.status == 'succeeded'", 0),
        ("other > 5", ITEMS),
        ("nodes.a.outputs.x == 1", ITEMS),
        ("nodes['jo' + 'in'].status == 'x'", ITEMS),
    ],
)
def test_a_result_has_those_waits_asked_that_read_what_it_changes(
    until: str, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = items("fork > b > wait > join", nodes={"wait": {"parameters": {"until": until}}})
    driver.done(*["b"] * ITEMS)
    assert asked(driver, result_of(driver, "a"), monkeypatch) == [until] * looks


def test_a_wait_for_a_node_of_its_item_is_asked_when_that_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    until = "nodes.b.outputs.x == 1"
    driver = items(
        "fork > forki > wait > joini > join",
        "forki > b > joini",
        nodes={"wait": {"parameters": {"until": until}}},
    )
    assert asked(driver, result_of(driver, "a"), monkeypatch) == []
    assert asked(driver, result_of(driver, "b"), monkeypatch) == [until]


def test_a_result_has_no_join_asked_that_nothing_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = items(
        "fork > forki > b > join2 > join",
        "forki > c > join2",
        "forki > d > join2",
        nodes={"join2": {"parameters": EXPRESSION}},
    )
    driver.done(*["b"] * ITEMS)
    assert asked(driver, result_of(driver, "a"), monkeypatch) == []
    assert asked(driver, result_of(driver, "c"), monkeypatch) == [EXPRESSION["completeWhen"]]
    change = m.VariablesUpdate(values={"flag": True})
    assert len(asked(driver, change, monkeypatch)) == ITEMS


def test_a_kept_signal_is_offered_again_to_those_whose_conditions_read_what_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = items("fork > wait > join", nodes={"wait": {"parameters": {"callback": True}}})
    way = {"id": "way", "sourceNodeId": "wait", "targetNodeId": "join", "trigger": "signal"}
    transitions = plain.plan.document["transitions"]
    more = {"transitions": [*transitions, way | {"signalName": "s", "condition": "flag"}]}
    driver = Driver({**plain.plan.document, **more})
    driver.signal("s")
    assert asked(driver, result_of(driver, "a"), monkeypatch) == []
    driver.send(m.VariablesUpdate(values={"flag": True}))
    assert len(driver.current.scopes) == ITEMS - 1


# -- global variables -----------------------------------------------------------------------------


def at_the_gate() -> Driver:
    return Driver(
        sequence(
            "start > fork > wait > join > end",
            "fork > a > join",
            nodes={"wait": {"parameters": {"until": "gate == 1 and str(gate) == '1'"}}},
            variables=GATE,
        )
    )


def with_global(driver: Driver, value: Any, version: int = 1) -> Decision:
    globals_ = {"gate": GlobalValue(value, version)}
    decision = decide(driver.plan, driver.warm, m.Continuation(), driver.now, globals_)
    driver.warm = decision.state
    return decision


def test_what_others_make_of_a_global_variable_is_seen() -> None:
    driver = at_the_gate()
    assert with_global(driver, 0).events == ()
    assert with_global(driver, 1, 2).events != ()


def test_a_global_variable_that_was_made_anew_is_told_apart() -> None:
    """It has version 1 once more; true equals 1, and is another value."""
    driver = at_the_gate()
    assert with_global(driver, True).events == ()
    assert with_global(driver, 1).events != ()


def test_a_global_variable_that_has_not_changed_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver = at_the_gate()
    with_global(driver, 0)
    monkeypatch.setattr(mappings, "evaluate_condition", None)
    assert with_global(driver, 0).events == ()


def test_what_becomes_of_the_items_that_a_join_gives_up_is_seen_from_outside() -> None:
    join = {"mode": "any", "onReached": "cancel"}
    driver = items(
        "fork > b > join",
        "forkall > wait > joinall",
        nodes={
            "join": {"parameters": join},
            "wait": {"parameters": {"until": "nodes.b.status == 'cancelled'"}},
        },
    )
    assert "wait" in driver.active()
    driver.done("b")
    assert driver.active() == ["a"]


def test_a_join_in_an_item_acts_when_the_branch_that_it_waited_for_goes_elsewhere() -> None:
    """Nothing comes to it: the place in the item where a token was is empty."""
    driver = items(
        "fork > forki > b > join2 > decide1 > join",
        "forki > c > decide2 >[false]> join2",
        "decide2 > join",
        nodes={},
    )
    driver.done("b", "c")
    assert len(driver.current.scopes) == ITEMS - 1


def test_a_wait_that_another_worker_let_begin_is_asked() -> None:
    """The driver's third worker takes the first turn of five, and catches up with the next ones."""
    driver = items(
        "fork > b > wait > join", nodes={"wait": {"parameters": {"until": "other > index"}}}
    )
    driver.done("b", "b", "b")
    driver.done("a")
    assert driver.active().count("wait") == 2
    driver.send(m.VariablesUpdate(values={"other": ITEMS}))
    assert driver.active().count("wait") == 0
