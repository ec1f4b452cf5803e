"""Numbers of JSON: how one is written is no part of its value."""

from typing import Any, Final

EXACT_MAX: Final = 2**53
"""Up to here every whole number is a float, too, and no other one is the same float."""


def plainly_numbered(value: Any) -> Any:
    """A JSON value in which each whole number is an integer: ``1.0``, as other languages write 1 or
    read it, is 1. Beyond what floats tell apart numbers stay as they are.
    """
    match value:
        case float() if value.is_integer() and abs(value) <= EXACT_MAX:
            return int(value)
        case dict():
            return {key: plainly_numbered(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plainly_numbered(inner) for inner in value]
        case _:
            return value
