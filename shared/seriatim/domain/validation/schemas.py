"""Checks of JSON Schemas: that they are schemas, and that they stand alone."""

from collections.abc import Iterator

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from seriatim.domain.definition.value_types import shorten
from seriatim.domain.patterns import PatternRefused, pattern
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation.problems import Problem, ProblemCode, error

PATTERNS = frozenset({"pattern", "patternProperties"})
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
    yield from _check_patterns(schema, field)
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


def _check_patterns(schema: object, field: str) -> Iterator[Problem]:
    """What can not be matched in bounded time: a worker serves others, too."""
    for path, source in _values(schema, PATTERNS):
        for each in [source] if isinstance(source, str) else list(source):
            try:
                pattern(each)
            except PatternRefused as refused:
                shown = shorten(repr(each))
                message = f"{field!r} has the pattern {shown}, which is not taken: {refused}."
                yield error(ProblemCode.INVALID_SCHEMA, message, field, *path)


def _references(schema: object) -> Iterator[tuple[tuple[PathPart, ...], str]]:
    for path, value in _values(schema, REFERENCES):
        if isinstance(value, str):
            yield path, value


def _values(
    schema: object, keys: frozenset[str]
) -> Iterator[tuple[tuple[PathPart, ...], str | dict[str, object]]]:
    """What is under these keys, where a schema's own words may stand.

    A property may be called like one of them; then its value is a schema.
    """
    todo: list[tuple[tuple[PathPart, ...], object]] = [((), schema)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                is_own = key in keys and not (path and path[-1] == "properties")
                if is_own and isinstance(item, str | dict):
                    yield (*path, key), item
                if key not in {"const", "enum", "default", "examples"}:
                    todo.append(((*path, key), item))
        elif isinstance(value, list):
            todo.extend(((*path, place), item) for place, item in enumerate(value))
