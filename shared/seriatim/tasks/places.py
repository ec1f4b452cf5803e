"""Fills the ``${expression}`` places of an integration's object."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from seriatim.domain.expressions.placeholders import Template, fill, parse_template

TEMPLATES_KEPT: Final = 512


def filled(settings: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """The object with every place replaced by its value.

    Raises:
        ExpressionError: a place does not parse, or has no value; ``place`` says which.
    """
    document = msgspec.json.encode(settings)
    if b"${" not in document:
        return dict(settings)
    result = fill(_template(document), names)
    assert isinstance(result, Mapping)
    return dict(result)


@lru_cache(maxsize=TEMPLATES_KEPT)
def _template(document: bytes) -> Template:
    return parse_template(msgspec.json.decode(document))
