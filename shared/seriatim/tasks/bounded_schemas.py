"""JSON Schema with a budget: no schema and no value keep a worker, which serves others too, longer
than a moment.

Every keyword that is applied costs, and so does every step of a pattern. A schema that doubles what
it asks at each level (``allOf`` of two references, thirty times), or a pattern made to backtrack,
runs out of it and is an error of the task.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final

from seriatim.domain.patterns import pattern

STEPS_MAX: Final = 2_000_000
"""Of one value: keywords applied, elements compared, steps of patterns. A few seconds at most."""
KEYWORD_STEPS: Final = 4

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]

_left: ContextVar[list[int]] = ContextVar("left")


class TooCostly(Exception):
    """The value and its schema ask for more than the budget."""


@contextmanager
def budget() -> Iterator[None]:
    """What is validated inside has so many steps in all."""
    token = _left.set([STEPS_MAX])
    try:
        yield
    finally:
        _left.reset(token)


def spend(steps: int) -> None:
    """Count steps. Raises ``TooCostly``."""
    left = _left.get()
    left[0] -= steps
    if left[0] < 0:
        raise TooCostly(f"it takes more than {STEPS_MAX:,} steps; make the schema simpler")


@lru_cache(maxsize=16)
def bounded(kind: Any) -> Any:
    """The validator's class with every keyword counted, and our patterns in place of Python's."""
    from jsonschema import validators  # noqa: PLC0415 - as in ``schemas``

    keywords = {name: _counted(keyword) for name, keyword in kind.VALIDATORS.items()}
    keywords["pattern"] = _counted(_pattern)
    if "patternProperties" in keywords:
        keywords["patternProperties"] = _counted(_pattern_properties)
        keywords["additionalProperties"] = _counted(_additional(kind))
        for name in {"unevaluatedProperties"} & set(keywords):
            keywords[name] = _without_patterns(keywords[name])
    for name in {"uniqueItems", "enum"} & set(keywords):
        keywords[name] = _by_elements(keywords[name])
    return validators.extend(kind, keywords)  # type: ignore[no-untyped-call]


def _counted(keyword: Keyword) -> Keyword:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any] | None:
        spend(KEYWORD_STEPS)
        return keyword(validator, value, instance, schema)

    return counted


def _by_elements(keyword: Keyword) -> Keyword:
    """Compares elements with each other: at worst, where they are no scalars, all with all."""

    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any] | None:
        for found in (value, instance):
            if isinstance(found, list):
                is_flat = not any(isinstance(each, list | dict) for each in found)
                spend(len(found) if is_flat else len(found) ** 2)
        return keyword(validator, value, instance, schema)

    return counted


def _without_patterns(keyword: Keyword) -> Keyword:
    """What has been evaluated is looked up by jsonschema itself, by Python's patterns."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any] | None:
        if "patternProperties" in repr(schema):
            raise TooCostly("unevaluatedProperties beside patternProperties is not supported")
        return keyword(validator, value, instance, schema)

    return checked


def _pattern(validator: Any, source: str, instance: Any, schema: Any) -> Iterator[Any]:  # noqa: ARG001
    from jsonschema import ValidationError  # noqa: PLC0415

    if validator.is_type(instance, "string") and not pattern(source).is_in(instance, spend):
        yield ValidationError(f"{instance!r} does not match {source!r}")


def _pattern_properties(
    validator: Any,
    sources: Mapping[str, Any],
    instance: Any,
    schema: Any,  # noqa: ARG001
) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for source, inner in sources.items():
        for name, item in instance.items():
            if pattern(source).is_in(name, spend):
                yield from validator.descend(item, inner, path=name, schema_path=source)


def _additional(kind: Any) -> Keyword:
    plain: Keyword = kind.VALIDATORS["additionalProperties"]

    def additional(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        """Jsonschema's own, on what no pattern of the schema takes."""
        sources = schema.get("patternProperties")
        if not sources or not validator.is_type(instance, "object"):
            yield from plain(validator, value, instance, schema) or ()
            return
        rest = {
            name: item
            for name, item in instance.items()
            if not any(pattern(source).is_in(name, spend) for source in sources)
        }
        others = {name: item for name, item in schema.items() if name != "patternProperties"}
        yield from plain(validator, value, rest, others) or ()

    return additional
