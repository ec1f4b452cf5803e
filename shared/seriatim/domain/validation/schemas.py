"""Checks of JSON Schemas: that they are schemas, and that they stand alone."""

from collections.abc import Iterator

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from seriatim.domain.definition.value_types import shorten
from seriatim.domain.validation.problems import PathPart, Problem, ProblemCode, error

REFERENCES = frozenset({"$ref", "$dynamicRef"})


def check_schema(schema: object, field: str) -> Iterator[Problem]:
    """What is wrong with a JSON Schema (2020-12) in a field. Nothing is ever fetched for one."""
    if not isinstance(schema, dict):
        return  # true and false are schemas too
    try:
        Draft202012Validator.check_schema(schema, Draft202012Validator.FORMAT_CHECKER)
    except SchemaError as refused:
        message = f"{field!r} is no JSON Schema: {shorten(refused.message)}; correct it."
        yield error(ProblemCode.INVALID_SCHEMA, message, field, *refused.absolute_path)
        return
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    resolver = Registry().with_resource("", resource).resolver()
    for path, reference in _references(schema):
        shown = shorten(repr(reference))
        if not reference.startswith("#"):
            message = (
                f"{field!r} refers to {shown}, and nothing is fetched; put that schema into "
                "'$defs' and refer to it by '#/$defs/…'."
            )
            yield error(ProblemCode.INVALID_SCHEMA, message, field, *path)
            continue
        try:
            resolver.lookup(reference)
        except Unresolvable:
            message = f"{field!r} refers to {shown}, which is not there; add it to '$defs'."
            yield error(ProblemCode.INVALID_SCHEMA, message, field, *path)


def _references(schema: object) -> Iterator[tuple[tuple[PathPart, ...], str]]:
    todo: list[tuple[tuple[PathPart, ...], object]] = [((), schema)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                # A property may be called "$ref"; then its value is a schema and no text.
                if key in REFERENCES and isinstance(item, str):
                    yield (*path, key), item
                elif key not in {"const", "enum", "default", "examples"}:
                    todo.append(((*path, key), item))
        elif isinstance(value, list):
            todo.extend(((*path, place), item) for place, item in enumerate(value))
