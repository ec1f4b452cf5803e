"""What a task may give back: a JSON value, no deeper and no larger than the log takes."""

import math
from typing import Any

import msgspec

from seriatim.domain.errors import INVALID_OUTPUT, PAYLOAD_TOO_LARGE
from seriatim.domain.limits import JSON_DEPTH_MAX
from seriatim.ports.tasks import Completed, Failed
from seriatim.tasks.failures import failed

RESULT_BYTES_MAX = 50 * 1024 * 1024
"""Between tasks; larger values belong into a store of the user's."""

INTEGER_BITS_MAX = 12_800
"""Some 3,850 digits: Python itself refuses to read back more than 4,300."""


class NotJson(ValueError):
    """The value has no JSON form; the message names the place."""


def completed(value: object) -> Completed | Failed:
    """The outcome that returned ``value``: as a copy, or why it cannot be kept."""
    try:
        result = json_copy(value)
    except NotJson as error:
        return failed(INVALID_OUTPUT, f"the task returned what JSON cannot hold: {error}")
    size = len(msgspec.json.encode(result))
    if size > RESULT_BYTES_MAX:
        return failed(
            PAYLOAD_TOO_LARGE,
            f"the result has {size:,} bytes as JSON, and {RESULT_BYTES_MAX:,} are allowed: keep"
            " it in a store of your own and return its address",
        )
    return Completed(result)


def decoded(body: bytes) -> Any:
    """The JSON value of a text. Raises ``NotJson``, whatever the text is."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotJson(str(error)) from error


def json_copy(value: object, path: str = "", depth: int = 1) -> Any:
    """A deep copy made of dict, list, str, int, float, bool and None; tuples become lists.

    Raises:
        NotJson: something in it is none of these, not finite, or too deep.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(value, path)
        case int():
            return _integer(value, path)
        case float():
            if math.isfinite(value):
                return float(value)
            raise NotJson(f"{_place(path)} is {value}; numbers must be finite")
        case dict() | list() | tuple():
            return _container(value, path, depth)
        case _:
            kind = type(value)
            raise NotJson(
                f"{_place(path)} is a {kind.__module__}.{kind.__qualname__}; return a dict, list,"
                " str, int, float, bool or None (of an object: a dict of its fields, of a time:"
                " its text)"
            )


def _container(
    value: dict[Any, Any] | list[Any] | tuple[Any, ...], path: str, depth: int
) -> dict[str, Any] | list[Any]:
    if depth > JSON_DEPTH_MAX:
        raise NotJson(f"it is nested more than {JSON_DEPTH_MAX} levels deep (or holds itself)")
    if isinstance(value, dict):
        return {
            _key(key, path): json_copy(item, f"{path}/{key}", depth + 1)
            for key, item in value.items()
        }
    return [json_copy(item, f"{path}/{place}", depth + 1) for place, item in enumerate(value)]


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise NotJson(f"{_place(path)} has the key {key!r}; keys must be str")
    return _text(key, path)


def _text(text: str, path: str) -> str:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NotJson(f"{_place(path)} has half a surrogate pair, which is no character")
    return str.__str__(text)


def _integer(number: int, path: str) -> int:
    if number.bit_length() > INTEGER_BITS_MAX:
        raise NotJson(f"{_place(path)} is an integer of more than {INTEGER_BITS_MAX:,} bits")
    return int(number)


def _place(path: str) -> str:
    return path or "the value"
