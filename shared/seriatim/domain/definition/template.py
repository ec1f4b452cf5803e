"""Templates: a sequence's document with typed parameters, to be instantiated.

A parameter stands in the document as ``{"$parameter": "name"}`` in place of any value. Arguments
take the place of whole values, never of parts of a text, so no argument can change the shape of a
document or the meaning of an expression.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from seriatim.domain import limits
from seriatim.domain.definition.fields import Description, Id, Lax, Model, Name, bounded
from seriatim.domain.definition.kinds import VariableType

PLACE_KEY: Final = "$parameter"


class TemplateParameter(Model):
    """A declared parameter. One that is not required and has no default gives null."""

    name: Name
    type: Annotated[VariableType, Lax] = VariableType.ANY
    default: Any = None
    required: bool = False
    description: Description = ""


class TemplateHead(Model):
    """What a template has beside the fields of a sequence; its name is no place for a parameter."""

    id: Id = ""
    name: Name
    parameters: Annotated[
        tuple[TemplateParameter, ...], *bounded(limits.TEMPLATE_PARAMETERS_MAX)
    ] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """``sequence`` is the document of a sequence, name included, with places for parameters."""

    id: str
    name: str
    parameters: tuple[TemplateParameter, ...]
    sequence: dict[str, Any]


def canonical_template(template: Template) -> dict[str, Any]:
    """The stored document of a template: the sequence's own fields, ``id`` and ``parameters``."""
    parameters = [one.model_dump(mode="json", by_alias=True) for one in template.parameters]
    return {"id": template.id, **template.sequence, "parameters": parameters}


def parameter_places(
    document: object,
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, object]]]:
    """Where a document has ``{"$parameter": …}``, and what each names, in document order."""
    todo: list[tuple[tuple[str | int, ...], object]] = [((), document)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, Mapping):
            if PLACE_KEY in value:
                yield path, value
                continue
            todo.extend(reversed([((*path, key), item) for key, item in value.items()]))
        elif isinstance(value, list):
            todo.extend(reversed([((*path, place), item) for place, item in enumerate(value)]))


def substitute(document: Any, values: Mapping[str, object]) -> Any:
    """The document with every ``{"$parameter": name}`` replaced by the value of that name.

    Values are put in as they are: a value that looks like a place is not looked into. The document
    is bounded in depth (``JSON_DEPTH_MAX``) before it gets here, and every name is known.
    """
    if isinstance(document, dict):
        if PLACE_KEY in document:
            return values[document[PLACE_KEY]]
        return {key: substitute(item, values) for key, item in document.items()}
    if isinstance(document, list):
        return [substitute(item, values) for item in document]
    return document
