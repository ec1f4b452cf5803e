"""Checks of sequences: at creation and for activation. The modules named here have each one."""

from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.bodies import check_bodies
from seriatim.domain.validation.branches import check_branches
from seriatim.domain.validation.cycles import check_cycles
from seriatim.domain.validation.data_flow import (
    check_mappings,
    check_unset,
    check_variables,
)
from seriatim.domain.validation.dependencies import check_blocking_cycles
from seriatim.domain.validation.effects import check_effects
from seriatim.domain.validation.expressions_check import Readings, read_expressions
from seriatim.domain.validation.flow import check_flow
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.node_rules import check_parameters, check_triggers
from seriatim.domain.validation.problems import Problem, in_order
from seriatim.domain.validation.project_check import check_project
from seriatim.domain.validation.recursion import check_recursion
from seriatim.domain.validation.references import References
from seriatim.domain.validation.structure import check_structure


def validate_sequence(sequence: TaskSequence) -> list[Problem]:
    """All that keeps a sequence from being stored as a draft. Only errors."""
    inspection = Inspection(sequence)
    return in_order(_at_creation(inspection, read_expressions(inspection)))


def validate_for_activation(sequence: TaskSequence, references: References) -> list[Problem]:
    """All that keeps a sequence from being activated, and all warnings; creation's errors too."""
    inspection = Inspection(sequence)
    readings = read_expressions(inspection)
    problems = _at_creation(inspection, readings)
    problems += check_flow(inspection)
    problems += check_bodies(inspection)
    problems += check_project(inspection, references)
    problems += check_blocking_cycles(inspection)
    problems += check_recursion(inspection, references)
    problems += check_cycles(inspection)
    problems += check_branches(inspection)
    problems += check_effects(inspection)
    problems += check_mappings(inspection)
    problems += check_unset(inspection, readings)
    problems += check_variables(inspection, readings.names, references)
    return in_order(problems)


def _at_creation(inspection: Inspection, readings: Readings) -> list[Problem]:
    problems = [*check_structure(inspection), *check_parameters(inspection)]
    return [*problems, *check_triggers(inspection), *readings.problems]
