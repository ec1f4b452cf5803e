"""Inputs, outputs and variables of a node run, and the evaluation of its expressions.

Whatever goes wrong here is a ``NodeError``: the node fails with it, and its error transitions can
catch it.
"""

from collections.abc import Mapping
from typing import Any

from seriatim.domain.decider.names import Names
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.definition.kinds import VariableType
from seriatim.domain.definition.value_types import describe, has_type
from seriatim.domain.errors import EXPRESSION_ERROR, TYPE_MISMATCH
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import Expression, evaluate, evaluate_condition
from seriatim.domain.expressions.placeholders import Template, fill
from seriatim.domain.plan import InputRule, PlanNode, VariableSpec
from seriatim.domain.state import NodeRun


def value_of(expression: Expression, names: Names, place: str) -> Any:
    """The value of an expression; ``place`` says in the error where it stands."""
    try:
        return evaluate(expression, names)
    except ExpressionError as error:
        raise _expression_error(error, expression, place) from error


def is_true(expression: Expression, names: Names, place: str) -> bool:
    """Whether a condition holds (null counts as false)."""
    try:
        return evaluate_condition(expression, names)
    except ExpressionError as error:
        raise _expression_error(error, expression, place) from error


def _expression_error(error: ExpressionError, expression: Expression, place: str) -> NodeError:
    details = {"expression": expression.source, "place": place}
    return NodeError(EXPRESSION_ERROR, f"{place}: {error}", details)


SETTINGS_ONLY = frozenset({"start", "decision", "fork", "join", "end"})
"""Types whose parameters are settings of the node and no inputs."""


def inputs_of(turn: Turn, node: PlanNode, scope: int) -> dict[str, Any]:
    """A node's inputs: its parameters, their places filled, overlaid by its input mappings."""
    inputs: dict[str, Any] = {}
    if node.type == "task":
        inputs.update(filled_parameters(turn, node, scope))
    elif node.type not in SETTINGS_ONLY:
        filled = filled_parameters(turn, node, scope)
        inputs.update({name: value for name, value in filled.items() if value is not None})
    for rule in node.input_rules:
        inputs[rule.target_input] = _mapped(turn, rule, scope)
    return inputs


def filled_parameters(turn: Turn, node: PlanNode, scope: int) -> Mapping[str, Any]:
    """The parameters with every ``${…}`` place replaced by its value."""
    if not node.parameters:
        return {}
    names = Names(turn.plan, turn.state, scope)
    return filled_template(node.parameters_template, names, node.id)


def filled_template(template: Template, names: Names, node_id: str) -> dict[str, Any]:
    """A template of an object with its places filled."""
    try:
        filled = fill(template, names)
    except ExpressionError as error:
        details = {"expression": error.source, "place": f"parameters of {node_id}"}
        raise NodeError(EXPRESSION_ERROR, f"parameters: {error}", details) from error
    assert isinstance(filled, dict)
    return filled


def _mapped(turn: Turn, rule: InputRule, scope: int) -> Any:
    source = turn.state.latest_run(rule.source_node_id, scope)
    value = source.outputs.get(rule.source_output) if source else None
    if rule.transformation is None:
        return value
    names = Names(turn.plan, turn.state, scope, {"value": value})
    return value_of(rule.transformation, names, f"input mapping of {rule.target_input!r}")


def outputs_of(
    turn: Turn, node: PlanNode, run: NodeRun, result: Any, places: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A completed node's outputs, and the variables that they assign.

    Without mappings the result's own keys are the outputs; a result that is no object becomes
    ``{"result": …}``.
    """
    if not node.output_rules:
        if isinstance(result, dict):
            return result, {}
        return ({} if result is None else {"result": result}), {}
    names = Names(
        turn.plan, turn.state, run.scope, {"result": result, "inputs": run.inputs, **places}
    )
    outputs: dict[str, Any] = {}
    assigned: dict[str, Any] = {}
    for rule in node.output_rules:
        value = value_of(rule.value, names, f"output mapping of {rule.name!r}")
        outputs[rule.name] = value
        if rule.variable is not None:
            check_assignment(turn.plan.variables.get(rule.variable), rule.variable, value)
            assigned[rule.variable] = value
    return outputs, assigned


def check_assignment(spec: VariableSpec | None, name: str, value: Any) -> None:
    """Hold a declared variable to its type; null is for ``any`` only. Raises ``NodeError``."""
    if spec is None or has_type(value, VariableType(spec.type)):
        return
    message = f"variable {name!r} is of type {spec.type}; it cannot be set to {describe(value)}"
    raise NodeError(TYPE_MISMATCH, message, {"variable": name, "type": spec.type})
