"""From a document to a sequence: shape first, then every check that the shape allows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.definition.value_types import describe
from seriatim.domain.validation.json_values import check_json
from seriatim.domain.validation.problems import Problem, ProblemCode, error, has_errors, in_order
from seriatim.domain.validation.references import References
from seriatim.domain.validation.salvage import Salvage
from seriatim.domain.validation.sequences import validate_for_activation, validate_sequence
from seriatim.domain.validation.shape import as_problems


class DocumentMode(StrEnum):
    """Where a document comes from, and so which of the service's own fields it may carry."""

    CREATE = "create"
    """The body of a call: none of them."""
    FILE = "file"
    """A file: an ``id`` to be referred to by."""
    STORED = "stored"
    """Written by ``canonical``, possibly changed since: all of them, and they must be there."""


SERVICE_FIELDS = ("id", "projectId", "status", "revision")
MAY_CARRY = {
    DocumentMode.CREATE: frozenset[str](),
    DocumentMode.FILE: frozenset({"id"}),
    DocumentMode.STORED: frozenset(SERVICE_FIELDS),
}


def parse_sequence(
    document: object,
    *,
    mode: DocumentMode = DocumentMode.CREATE,
    sequence_id: str = "",
    project_id: str = "",
    references: References | None = None,
) -> tuple[TaskSequence | None, list[Problem]]:
    """The sequence of a document, and all problems at once.

    With ``references`` the checks of activation run as well. There is a sequence where the shape is
    right, even if it has errors (``has_errors``); where the shape is wrong, there is none, but the
    other checks have run on all that could be made out. ``sequence_id`` and ``project_id``, where
    given, become the sequence's.
    """
    problems = check_json(document)
    if not isinstance(document, Mapping):
        return None, problems or [_no_object(document)]
    if problems:
        return None, in_order(problems)
    problems, known = _service_fields(document, mode)
    known |= {
        key: value for key, value in (("id", sequence_id), ("projectId", project_id)) if value
    }
    salvage = Salvage(known)
    sequence: TaskSequence | None
    try:
        sequence = TaskSequence.model_validate(known)
    except ValidationError as refused:
        details = refused.errors(include_url=False)
        problems += as_problems(details, TaskSequence, known)
        sequence = salvage.sequence_without([one["loc"] for one in details])
        is_whole = False
    else:
        is_whole = not has_errors(problems)
    if sequence is None:
        return None, in_order(problems)
    if references is None:
        found = validate_sequence(sequence)
    else:
        found = validate_for_activation(sequence, references)
    problems += salvage.sound(found, problems)
    return sequence if is_whole else None, in_order(problems)


def _no_object(document: object) -> Problem:
    message = f"The document must be an object; it is {describe(document)}."
    return error(ProblemCode.WRONG_TYPE, message)


def _service_fields(
    document: Mapping[str, Any], mode: DocumentMode
) -> tuple[list[Problem], dict[str, Any]]:
    """Which of the service's fields are there and should not be, or the reverse; and the rest."""
    problems = []
    known = dict(document)
    for name in SERVICE_FIELDS:
        if name in known and name not in MAY_CARRY[mode]:
            del known[name]
            message = f"{name!r} is set by the service; leave it out."
            problems.append(error(ProblemCode.UNKNOWN_FIELD, message, name))
        elif name not in known and mode is DocumentMode.STORED:
            message = f"{name!r} is required in a stored sequence; add it."
            problems.append(error(ProblemCode.MISSING_FIELD, message, name))
    return problems, known
