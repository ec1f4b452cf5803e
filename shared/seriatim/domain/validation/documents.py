"""Reading a document of any kind into its model."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from seriatim.domain.definition.value_types import describe
from seriatim.domain.validation.json_values import check_json
from seriatim.domain.validation.problems import Problem, ProblemCode, error
from seriatim.domain.validation.shape import read_model

M = TypeVar("M", bound=BaseModel)


def read_object(document: object) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The document as a JSON object that may be stored, or what keeps it from being one."""
    problems = check_json(document)
    if problems:
        return None, problems
    if not isinstance(document, Mapping):
        message = f"The document must be an object; it is {describe(document)}."
        return None, [error(ProblemCode.WRONG_TYPE, message)]
    return dict(document), []


def read_document(
    model: type[M], document: object, own_id: str = ""
) -> tuple[M | None, list[Problem]]:
    """The document as a model that has an id, which a call may give in its path (``own_id``).

    An id in the document, too, must be the same.
    """
    fields, problems = read_object(document)
    if fields is None:
        return None, problems
    problems = check_own_id(fields, own_id)
    if own_id:
        fields["id"] = own_id
    found, wrong = read_model(model, fields)
    return (None if problems else found), problems + wrong


def check_own_id(fields: Mapping[str, Any], own_id: str) -> list[Problem]:
    """Whether the id in a document, if there is one, is the one that it is known by."""
    given = fields.get("id", own_id)
    if not own_id or given == own_id:
        return []
    message = f"'id' must be {own_id!r}, as in the path, or left out; it is {describe(given)}."
    return [error(ProblemCode.INVALID_ID, message, "id")]
