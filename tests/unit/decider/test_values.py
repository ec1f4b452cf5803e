"""Inputs and outputs: where values come from, where they go, and what fails the node."""

from typing import Any

import pytest

from seriatim.domain import messages as m
from tests.builders import Driver, sequence


def inputs_of(
    variables: dict[str, Any] | None = None,
    mappings: Any = (),
    parameters: dict[str, Any] | None = None,
    first: Any = None,
) -> dict[str, Any]:
    """The inputs of ``b``, which runs after ``a`` has returned ``first``."""
    node = {"parameters": parameters or {}, "inputMappings": list(mappings)}
    driver = Driver(sequence("start > a > b > end", nodes={"b": node}), variables)
    driver.done("a", result=first)
    return driver.run_of("b").inputs


def mapping(source: str, output: str, target: str, transformation: Any = None) -> dict[str, Any]:
    return {
        "sourceNodeId": source,
        "sourceOutputName": output,
        "targetInputName": target,
        "transformation": transformation,
    }


# -- inputs ---------------------------------------------------------------------------------------


def test_parameters_are_inputs_with_their_places_filled() -> None:
    parameters = {
        "plain": "text",
        "whole": "${n}",
        "inText": "n is ${n}!",
        "kept": "$${n}",
        "deep": {"list": ["${n + 1}", {"of": "${nodes.a.outputs.x}"}]},
        "null": None,
        "until": "${n}",
    }
    assert inputs_of({"n": 5}, parameters=parameters, first={"x": [1]}) == {
        "plain": "text",
        "whole": 5,
        "inText": "n is 5!",
        "kept": "${n}",
        "deep": {"list": [6, {"of": [1]}]},
        "null": None,
        "until": 5,
    }


def test_an_input_mapping_takes_an_output_of_another_node() -> None:
    assert inputs_of(first={"x": 1}, mappings=[mapping("a", "x", "y")]) == {"y": 1}


def test_an_input_mapping_wins_over_the_parameter_of_its_name_and_the_last_one_wins() -> None:
    mappings = [mapping("a", "x", "y"), mapping("a", "z", "y")]
    assert inputs_of(first={"x": 1, "z": 2}, parameters={"y": 0}, mappings=mappings) == {"y": 2}


def test_a_transformation_sees_the_output_as_value() -> None:
    mappings = [mapping("a", "x", "y", "value * 2 + n")]
    assert inputs_of({"n": 1}, mappings, first={"x": 10}) == {"y": 21}


def test_what_a_node_did_not_give_is_null() -> None:
    mappings = [mapping("a", "gone", "y"), mapping("a", "gone", "z", "value == null")]
    assert inputs_of(mappings=mappings) == {"y": None, "z": True}


def test_an_input_mapping_from_a_node_that_has_not_run_is_null() -> None:
    nodes = {"b": {"inputMappings": [mapping("c", "x", "y")]}}
    document = sequence("start > a > b > end", "a >[false]> c > end", nodes=nodes)
    driver = Driver(document)
    driver.done("a")
    assert driver.run_of("b").inputs == {"y": None}


def test_the_variables_of_the_start_are_the_outputs_of_the_start_node() -> None:
    assert inputs_of({"n": 3}, [mapping("start", "n", "y")]) == {"y": 3}


def test_in_a_loop_a_node_sees_the_latest_outputs() -> None:
    driver = Driver(
        sequence(
            "start > a > b > decide >[nodes.b.outputs.again]> a",
            "decide > end",
            nodes={"b": {"inputMappings": [mapping("a", "n", "n")]}},
        )
    )
    for n in (1, 2):
        driver.done("a", result={"n": n})
        assert driver.run_of("b").inputs == {"n": n}
        driver.done("b", result={"again": True})


@pytest.mark.parametrize(
    "node",
    [
        {"parameters": {"x": "${1 / 0}"}},
        {"parameters": {"x": "text ${nodes.a.outputs.n.n}"}},
        {"inputMappings": [mapping("a", "x", "y", "value + 1")]},
    ],
)
def test_inputs_that_cannot_be_computed_fail_the_node_with_its_error_transition(
    node: dict[str, Any],
) -> None:
    document = sequence("start > a > b > end", "b >!error> c > end", nodes={"b": node})
    driver = Driver(document)
    driver.done("a", result={"x": "text", "n": 1})
    assert driver.active() == ["c"]
    error = driver.latest("b").error
    assert error is not None
    assert error.code == "Seriatim.ExpressionError"
    assert driver.open_tasks[-1].number == driver.run_of("c").number


# -- outputs --------------------------------------------------------------------------------------


def outputs_of(result: Any, mappings: Any = (), variables: dict[str, Any] | None = None) -> Any:
    node = {"outputMappings": list(mappings), "parameters": {"p": 4}}
    driver = Driver(sequence("start > a > end", nodes={"a": node}), variables)
    driver.send(m.TaskSuccess(number=2, attempt=1, result=result))
    return driver.latest("a").outputs


@pytest.mark.parametrize(
    ("result", "outputs"),
    [
        ({"x": 1, "y": None}, {"x": 1, "y": None}),
        ({}, {}),
        (None, {"result": None}),
        ([1, 2], {"result": [1, 2]}),
        ("text", {"result": "text"}),
        (0, {"result": 0}),
        (False, {"result": False}),
        ("", {"result": ""}),
    ],
)
def test_without_mappings_the_keys_of_the_result_are_the_outputs(result: Any, outputs: Any) -> None:
    assert outputs_of(result) == outputs


def test_output_mappings_see_the_result_the_inputs_and_the_variables() -> None:
    mappings = [
        {"outputName": "sum", "valueExpression": "result.x + inputs.p + n"},
        {"outputName": "all", "valueExpression": "result"},
    ]
    assert outputs_of({"x": 1}, mappings, {"n": 2}) == {"sum": 7, "all": {"x": 1}}


def test_with_mappings_a_result_of_any_type_is_result() -> None:
    assert outputs_of(5, [{"outputName": "n", "valueExpression": "result * 2"}]) == {"n": 10}
    assert outputs_of(None, [{"outputName": "n", "valueExpression": "result"}]) == {"n": None}


def test_an_output_that_cannot_be_computed_fails_the_node_and_assigns_nothing() -> None:
    mappings = [
        {"outputName": "one", "valueExpression": "1", "targetVariable": "v"},
        {"outputName": "bad", "valueExpression": "result.x.y"},
    ]
    document = sequence("start > a > end", nodes={"a": {"outputMappings": mappings}})
    driver = Driver(document, {"v": 0})
    driver.done("a", result={"x": 5})
    assert driver.error_code == "Seriatim.ExpressionError"
    assert driver.current.variables == {"v": 0}
    assert driver.latest("a").outputs == {}


def test_an_expression_error_is_not_tried_again() -> None:
    """The task has been done: running it again would do it twice, with the same result."""
    node = {
        "outputMappings": [{"outputName": "x", "valueExpression": "1 / 0"}],
        "retryPolicy": {"maxRetries": 3, "retryableErrors": ["*"]},
    }
    driver = Driver(sequence("start > a > end", nodes={"a": node}))
    driver.done("a")
    assert driver.latest("a").attempts == 1
    assert driver.status == "failed"


# -- what expressions see -----------------------------------------------------------------------


def test_expressions_know_the_execution() -> None:
    parameters = {"id": "${execution.id}", "at": "${execution.startTime}"}
    driver = Driver(
        sequence(
            "start > a > end",
            nodes={"a": {"parameters": {**parameters, "name": "${execution.name}"}}},
        ),
        name="order-7",
    )
    assert driver.run_of("a").inputs == {
        "id": "exec-1",
        "at": "2027-01-15T08:00:00.000Z",
        "name": "order-7",
    }


def test_expressions_see_errors_and_statuses_of_nodes() -> None:
    parameters = {
        "status": "${nodes.a.status}",
        "code": "${nodes.a.error.code}",
        "details": "${nodes.a.error.details}",
        "unrun": "${nodes.c.status}",
    }
    document = sequence(
        "start > a > c > end",
        "a >!error> b > end",
        nodes={"b": {"parameters": parameters}},
    )
    driver = Driver(document)
    driver.fails("a", "Bad", details=[1])
    assert driver.run_of("b").inputs == {
        "status": "failed",
        "code": "Bad",
        "details": [1],
        "unrun": None,
    }


def test_ids_that_are_no_identifiers_are_read_by_brackets() -> None:
    document = sequence(
        "start > a-1 > b > end", nodes={"b": {"parameters": {"x": "${nodes['a-1'].outputs.x}"}}}
    )
    driver = Driver(document)
    driver.done("a-1", result={"x": 1})
    assert driver.run_of("b").inputs == {"x": 1}
