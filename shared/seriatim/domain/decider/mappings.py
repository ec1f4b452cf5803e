"""Inputs, outputs and variables of a node run, and the evaluation of its expressions.

Whatever goes wrong here is a ``NodeError``: the node fails with it, and its error transitions can
catch it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from seriatim.domain.decider.names import Names
from seriatim.domain.decider.seeing import latest_seen
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.definition.kinds import VariableType
from seriatim.domain.definition.value_types import describe, has_type
from seriatim.domain.errors import EXPRESSION_ERROR, PAYLOAD_TOO_LARGE, TYPE_MISMATCH
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import Expression, evaluate, evaluate_condition
from seriatim.domain.expressions.placeholders import Template, fill
from seriatim.domain.limits import GLOBAL_WRITES_MAX
from seriatim.domain.plan import PlanNode
from seriatim.domain.plan_parts import InputRule, VariableSpec
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
    names = turn.names(scope)
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
    source = latest_seen(turn.plan, turn.state, rule.source_node_id, scope)
    value = source.outputs.get(rule.source_output) if source else None
    if rule.transformation is None:
        return value
    names = turn.names(scope, {"value": value})
    return value_of(rule.transformation, names, f"input mapping of {rule.target_input!r}")


class Assigned(msgspec.Struct, frozen=True):
    """Variables that a node run sets, by scope; ``own`` are the node's, gone when its run is."""

    sequence: dict[str, Any]
    project: dict[str, Any]
    own: dict[str, Any]

    @property
    def visible(self) -> dict[str, Any]:
        """All of them, as the conditions of the node's transitions see them."""
        return {**self.own, **self.project, **self.sequence}


def as_outputs(result: Any) -> dict[str, Any]:
    """What a result is as outputs: its own keys, or ``{"result": …}`` for one that is no object."""
    return result if isinstance(result, dict) else {"result": result}


def outputs_of(
    turn: Turn, node: PlanNode, run: NodeRun, result: Any, places: Mapping[str, Any]
) -> tuple[dict[str, Any], Assigned]:
    """A completed node's outputs, and the variables that they assign.

    Without mappings the result's own keys are the outputs; a result that is no object becomes
    ``{"result": …}``. All mappings see the variables as they were, but for the node's own.
    """
    assigned = Assigned({}, {}, {})
    if not node.output_rules:
        return as_outputs(result), assigned
    places = {"result": result, "inputs": run.inputs, **places}
    names = turn.names(run.scope, places, assigned=assigned.own)
    outputs: dict[str, Any] = {}
    for rule in node.output_rules:
        value = value_of(rule.value, names, f"output mapping of {rule.name!r}")
        outputs[rule.name] = value
        if rule.variable is not None:
            spec = turn.plan.variables.get(rule.variable)
            check_assignment(spec, rule.variable, value)
            _scope_of(assigned, spec)[rule.variable] = value
    together = len({*turn.global_writes, *assigned.project})
    if together > GLOBAL_WRITES_MAX:
        message = (
            f"{together} global variables are to be set in one step, more than"
            f" {GLOBAL_WRITES_MAX}; let several tasks set them"
        )
        details = {"variables": together, "limit": GLOBAL_WRITES_MAX}
        raise NodeError(PAYLOAD_TOO_LARGE, message, details)
    return outputs, assigned


def _scope_of(assigned: Assigned, spec: VariableSpec | None) -> dict[str, Any]:
    match spec.scope if spec is not None else "sequence":
        case "node":
            return assigned.own
        case "global":
            return assigned.project
        case _:
            return assigned.sequence


def check_assignment(spec: VariableSpec | None, name: str, value: Any) -> None:
    """Hold a declared variable to its type; null is for ``any`` only. Raises ``NodeError``."""
    if spec is None or has_type(value, VariableType(spec.type)):
        return
    message = f"variable {name!r} is of type {spec.type}; it cannot be set to {describe(value)}"
    raise NodeError(TYPE_MISMATCH, message, {"variable": name, "type": spec.type})
