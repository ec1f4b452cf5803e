"""Variables: their types, their defaults, who sets them, and who sees them."""

from typing import Any

import pytest

from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from seriatim.domain.decision import Refusal
from seriatim.domain.plan import compile_plan
from tests.builders import START_TIME, TASKS, Driver, sequence

TYPES: list[tuple[str, list[Any], list[Any]]] = [
    ("string", ["", "x"], [1, True, [], {}]),
    ("number", [0, -1, 1.5], ["5", True, []]),
    ("integer", [0, -1, 5.0], [1.5, "5", True]),
    ("boolean", [True, False], [0, "true"]),
    ("object", [{}, {"a": 1}], [[], "x"]),
    ("array", [[], [1]], [{}, "x"]),
    ("any", [None, 1, "x", [], {}], []),
]
FITS = [(kind, value) for kind, good, _ in TYPES for value in good]
FITS_NOT = [(kind, value) for kind, _, bad in TYPES for value in bad]


def typed(kind: str, **more: Any) -> dict[str, Any]:
    mappings = [{"outputName": "v", "valueExpression": "result.value"}]
    return sequence(
        "start > a > end",
        "a >!error> b > end",
        nodes={"a": {"outputMappings": mappings}},
        variables=[{"name": "v", "type": kind, **more}],
    )


def start(document: dict[str, Any], variables: dict[str, Any]) -> Refusal | None:
    request = m.StartRequest(
        execution_id="exec-1",
        project_id="p",
        sequence_id="s",
        revision=1,
        tasks_version="t",
        variables=variables,
    )
    decision = decide(compile_plan(document, TASKS), None, request, START_TIME)
    assert (decision.state is None) is (decision.refusal is not None)
    return decision.refusal


@pytest.mark.parametrize(("kind", "value"), FITS)
def test_a_value_of_the_declared_type_is_taken(kind: str, value: Any) -> None:
    assert start(typed(kind), {"v": value}) is None
    driver = Driver(typed(kind))
    driver.done("a", result={"value": value})
    assert driver.current.variables["v"] == value
    assert driver.status == "succeeded"


@pytest.mark.parametrize(("kind", "value"), FITS_NOT)
def test_a_value_of_another_type_is_refused_wherever_it_comes_from(kind: str, value: Any) -> None:
    refusal = start(typed(kind), {"v": value})
    assert refusal is not None
    assert (refusal.code, refusal.is_invalid) == ("TypeMismatch", True)
    assert "'v'" in refusal.message
    assert kind in refusal.message
    driver = Driver(typed(kind))
    driver.send(m.VariablesUpdate(values={"v": value}))
    assert driver.refused == "TypeMismatch"
    driver.done("a", result={"value": value})
    assert driver.active() == ["b"]
    error = driver.latest("a").error
    assert error is not None
    assert error.code == "Seriatim.TypeMismatch"
    assert "v" not in driver.current.variables


@pytest.mark.parametrize("kind", [kind for kind, _, _ in TYPES if kind != "any"])
def test_null_is_no_value_of_a_type(kind: str) -> None:
    refusal = start(typed(kind), {"v": None})
    assert refusal is not None
    assert refusal.code == "TypeMismatch"
    assert refusal.path == "/variables/v"
    driver = Driver(typed(kind))
    assert driver.current.variables == {}
    driver.done("a", result={"value": None})
    error = driver.latest("a").error
    assert error is not None
    assert error.code == "Seriatim.TypeMismatch"


def test_a_variable_has_its_default_until_it_is_given() -> None:
    document = typed("integer", defaultValue=5)
    assert Driver(document).current.variables == {"v": 5}
    assert Driver(document, {"v": 6}).current.variables == {"v": 6}


@pytest.mark.parametrize("default", [0, False, "", [], {}])
def test_a_default_that_looks_empty_is_one(default: Any) -> None:
    assert Driver(typed("any", defaultValue=default)).current.variables == {"v": default}


def test_a_declared_variable_without_value_is_null() -> None:
    document = sequence(
        "start > decide >[v == null]> a > end",
        "decide > b > end",
        variables=[{"name": "v", "type": "integer"}],
    )
    assert Driver(document).active() == ["a"]


def test_an_output_mapping_assigns_its_target_variable_or_the_one_of_its_name() -> None:
    mappings = [
        {"outputName": "x", "valueExpression": "1"},
        {"outputName": "y", "valueExpression": "2", "targetVariable": "z"},
        {"outputName": "local", "valueExpression": "3"},
    ]
    document = sequence(
        "start > a > b > end",
        nodes={"a": {"outputMappings": mappings}, "b": {"parameters": {"sum": "${x + z}"}}},
        variables=[{"name": "x"}, {"name": "y"}, {"name": "z"}],
    )
    driver = Driver(document, {"y": 0})
    driver.done("a")
    assert driver.current.variables == {"x": 1, "y": 0, "z": 2}
    assert driver.latest("a").outputs == {"x": 1, "y": 2, "local": 3}
    assert driver.run_of("b").inputs == {"sum": 3}
    succeeded = [x for x in driver.events if isinstance(x, e.NodeSucceeded) and x.node_id == "a"]
    assert succeeded[0].assigned == {"x": 1, "z": 2}


def test_the_ways_out_of_a_node_see_what_it_has_just_set() -> None:
    mappings = [{"outputName": "x", "valueExpression": "result.x"}]
    document = sequence(
        "start > a >[x == 7 and nodes.a.outputs.x == 7 and nodes.a.status == 'succeeded']> b > end",
        "a > c > end",
        nodes={"a": {"outputMappings": mappings}},
        variables=[{"name": "x", "type": "integer", "defaultValue": 0}],
    )
    driver = Driver(document)
    driver.done("a", result={"x": 7})
    assert driver.active() == ["b"]


def test_parallel_branches_set_variables_in_the_order_of_their_results() -> None:
    mappings = [{"outputName": "x", "valueExpression": "result.x"}]
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        nodes={"a": {"outputMappings": mappings}, "b": {"outputMappings": mappings}},
        variables=[{"name": "x", "type": "integer"}],
    )
    driver = Driver(document)
    driver.done("b", result={"x": 1})
    driver.done("a", result={"x": 2})
    assert driver.current.variables == {"x": 2}


# -- set by a caller ------------------------------------------------------------------------------


def test_a_caller_sets_variables() -> None:
    driver = Driver(typed("integer"), {"v": 1})
    driver.send(m.VariablesUpdate(values={"v": 2}, by="me"))
    assert driver.current.variables == {"v": 2}
    assert driver.events[-1] == e.VariablesSet(values={"v": 2}, by="me")


def test_of_several_variables_a_caller_sets_all_or_none() -> None:
    driver = Driver(
        sequence("start > a > end", variables=[{"name": "x", "type": "integer"}, {"name": "y"}])
    )
    driver.send(m.VariablesUpdate(values={"y": 1, "x": "no"}))
    assert driver.refused == "TypeMismatch"
    assert driver.current.variables == {}
    driver.send(m.VariablesUpdate(values={"y": 1, "z": 1}))
    assert driver.refused == "UnknownVariable"
    assert driver.current.variables == {}
    assert driver.send(m.VariablesUpdate(values={})) == ()
    assert driver.refused is None
