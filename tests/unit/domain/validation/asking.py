"""Asks validation about documents, and makes its answers short enough to compare."""

from typing import Any

from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.parse import parse_sequence
from seriatim.domain.validation.problems import Problem
from seriatim.domain.validation.references import References

ECHO_ONLY = References(task_definitions={"echo": frozenset()})


def at_creation(document: object, **options: Any) -> list[Problem]:
    """What is wrong with a document as a draft."""
    return parse_sequence(document, **options)[1]


def for_activation(document: object, references: References = ECHO_ONLY) -> list[Problem]:
    """What is wrong with a document for activation, warnings included."""
    return parse_sequence(document, references=references, sequence_id="own")[1]


def brief(problems: list[Problem]) -> list[tuple[str, str]]:
    """Code and path of each."""
    return [(problem.code, problem.path) for problem in problems]


def codes(problems: list[Problem]) -> list[str]:
    """The code of each."""
    return [problem.code for problem in problems]


def only(problems: list[Problem], code: str) -> list[Problem]:
    """Those with a code."""
    return [problem for problem in problems if problem.code == code]


def the(problems: list[Problem]) -> Problem:
    """The one that there is."""
    assert len(problems) == 1, problems
    return problems[0]


def parsed(document: object, **options: Any) -> TaskSequence:
    """The sequence of a document that has no problem."""
    sequence, problems = parse_sequence(document, **options)
    assert sequence is not None, problems
    return sequence
