"""Shape: a document against its model, every difference a problem in our words.

The models refuse with codes and messages of ours; what pydantic itself refuses is put in words
here.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from seriatim.domain.definition.value_types import describe, shorten
from seriatim.domain.limits import HINTED_PROBLEMS_MAX
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation.problems import Problem, ProblemCode, error

M = TypeVar("M", bound=BaseModel)
Location = tuple[PathPart, ...]
KEY_MARK = "[key]"
"""What pydantic appends to the location of a key that was refused."""
SERVICE_FIELDS = frozenset({"projectId", "status", "revision"})
"""Fields that sequences and templates have, but that a user's document has not."""
OWN_CODES = frozenset(code.value for code in ProblemCode)


def read_model(model: type[M], document: object) -> tuple[M | None, list[Problem]]:
    """The document as a model, or all that is wrong with its shape."""
    try:
        return model.model_validate(document), []
    except ValidationError as refused:
        return None, as_problems(refused.errors(include_url=False), model, document)


def as_problems(
    found: Sequence[ErrorDetails], model: type[BaseModel], document: object
) -> list[Problem]:
    """Pydantic's errors as problems, each with the node or transition that it lies in.

    The first say what may have been meant: nobody reads thousands of hints, and each takes long.
    """
    return [
        _as_problem(details, model if place < HINTED_PROBLEMS_MAX else None, document)
        for place, details in enumerate(found)
    ]


def _as_problem(details: ErrorDetails, model: type[BaseModel] | None, document: object) -> Problem:
    location = details["loc"]
    is_key = bool(location) and location[-1] == KEY_MARK
    path = location[:-1] if is_key else location
    code, words = _in_words(details, model, path)
    subject = _subject(path, is_key=is_key)
    return error(code, f"{subject} {words}.", *path, **ids_at(document, path))


def ids_at(document: object, path: Location) -> dict[str, str]:
    """The id of the node or of the transition that a place in a sequence lies in, as keywords."""
    match path:
        case ("nodes" | "transitions" as kind, int(place), *_) if isinstance(document, Mapping):
            item = document[kind][place] if isinstance(document.get(kind), list) else None
            found = item.get("id") if isinstance(item, Mapping) else None
            if isinstance(found, str):
                return {"node_id" if kind == "nodes" else "transition_id": found}
    return {}


def _in_words(
    details: ErrorDetails, model: type[BaseModel] | None, path: Location
) -> tuple[ProblemCode, str]:
    context = details.get("ctx", {})
    value = details["input"]
    match details["type"]:
        case "missing":
            return ProblemCode.MISSING_FIELD, "is required; add it"
        case "extra_forbidden":
            return ProblemCode.UNKNOWN_FIELD, _unknown(model, path)
        case "model_type" | "dict_type":
            return ProblemCode.WRONG_TYPE, f"must be an object; it is {describe(value)}"
        case "tuple_type" | "list_type":
            return ProblemCode.WRONG_TYPE, f"must be an array; it is {describe(value)}"
        case "bool_type":
            return ProblemCode.WRONG_TYPE, f"must be true or false; it is {describe(value)}"
        case "enum":
            expected = str(context["expected"])
            return ProblemCode.NOT_ONE_OF, f"must be {expected}; it is {describe(value)}"
        case "too_long":
            most, count = context["max_length"], _count(value)
            return ProblemCode.TOO_MANY, f"may hold at most {most:,}; it holds {count:,}"
        case own if own in OWN_CODES:
            return ProblemCode(own), str(context["message"])
        case other:
            raise AssertionError(f"no words for pydantic's {other}")


def _count(value: Any) -> int:
    return len(value)


def _subject(path: Location, *, is_key: bool) -> str:
    if not path:
        return "The document"
    last = path[-1]
    if is_key:
        return f"The key {shorten(repr(last))} of {_subject(path[:-1], is_key=False)}"
    if isinstance(last, str):
        return f"{shorten(last)!r}"
    return f"Item {last} of {_subject(path[:-1], is_key=False)}"


def _unknown(model: type[BaseModel] | None, path: Location) -> str:
    """Says what the field is no field of, and which one may have been meant."""
    if model is None:
        return "is no field here; leave it out"
    holder = _model_at(model, path[:-1])
    known = [field.alias or name for name, field in holder.model_fields.items()]
    if "nodes" in known:
        known = [name for name in known if name not in SERVICE_FIELDS]
    thing = re.sub(r"(?<!^)(?=[A-Z])", " ", holder.__name__).lower()
    article = "" if thing.endswith("s") else "an " if thing[0] in "aeiou" else "a "
    said = f"is no field of {article}{thing}"
    close = difflib.get_close_matches(str(path[-1])[:100], known, n=1)
    if close:
        return f"{said}; write {close[0]!r}, if that is meant, or leave it out"
    return f"{said}; leave it out (there are: {', '.join(known) or 'none'})"


def _model_at(model: type[BaseModel], path: Location) -> type[BaseModel]:
    """The model of the object at a place, by the fields' types."""
    for part in path:
        if isinstance(part, int):
            continue
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                model = _model_in(field.annotation) or model
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
