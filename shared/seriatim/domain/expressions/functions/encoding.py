"""Functions for JSON, base64, digests and times. Pure; each takes the budget first.

There is no clock: a time is computed from a time that was given. May import text, numbers, values,
budget, errors.
"""

import base64
import binascii
import hashlib
import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, NoReturn

from seriatim.domain.expressions.budget import (
    INTEGER_ABS_MAX,
    WIDE_CHARACTER_WORK,
    Budget,
)
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.functions.numbers import number, spend_on_float
from seriatim.domain.expressions.functions.text import string
from seriatim.domain.expressions.values import json_text, kind
from seriatim.domain.limits import JSON_DEPTH_MAX

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_8601: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"[Tt]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-9]{2})",
)
_TOKENS: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]')
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SECONDS_MIN: Final = -62_135_596_800  # 0001-01-01T00:00:00Z
_SECONDS_MAX: Final = 253_402_300_799  # 9999-12-31T23:59:59Z


def to_json(budget: Budget, value: object) -> object:
    """``toJson``: compact, the keys in order."""
    return json_text(value, budget)


def from_json(budget: Budget, value: object) -> object:
    """``fromJson``: strict; no key twice, no NaN, no depth beyond the limit of JSON."""
    text = string("fromJson", value)
    budget.spend(len(text) if text.isascii() else len(text) * WIDE_CHARACTER_WORK)
    opened = text.count("[") + text.count("{")
    read = text.count(",") + opened
    budget.builds(read + 2 * text.count(":"))
    budget.elements(2 * (read + opened + text.count("\\")))
    if opened > JSON_DEPTH_MAX and _depth(text, budget) > JSON_DEPTH_MAX:
        raise ExpressionError(f"fromJson reads JSON at most {JSON_DEPTH_MAX} deep")
    try:
        parsed: object = _decoder(budget).decode(text)
    except json.JSONDecodeError as error:
        raise ExpressionError(
            f"fromJson was given no JSON: {error.msg} at character {error.pos + 1}"
        ) from None
    if "\\u" in text:
        _check_characters(parsed)
    return parsed


def digest(budget: Budget, value: object) -> object:
    """``hash``: SHA-256 in hexadecimal, of a string's UTF-8, or of any other value's JSON."""
    text = value if isinstance(value, str) else json_text(value, budget)
    budget.spend(len(text) if text.isascii() else len(text) * WIDE_CHARACTER_WORK)
    return hashlib.sha256(text.encode()).hexdigest()


def base64_encode(budget: Budget, value: object) -> object:
    """``base64Encode``: a string's UTF-8 in base64."""
    text = string("base64Encode", value)
    bytes_max = len(text) if text.isascii() else 4 * len(text)
    budget.spend(bytes_max)
    budget.writes(bytes_max * 4 // 3 + 4, is_ascii=True)
    return base64.b64encode(text.encode()).decode()


def base64_decode(budget: Budget, value: object) -> object:
    """``base64Decode``: the string whose UTF-8 the base64 is."""
    text = string("base64Decode", value)
    budget.spend(len(text))
    budget.writes(len(text), is_ascii=True)
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise ExpressionError("base64Decode needs base64 of UTF-8 text") from None


def parse_time(_: Budget, value: object) -> object:
    """``parseTime``: ISO 8601 with an offset, to seconds since 1970-01-01T00:00:00Z."""
    text = string("parseTime", value)
    if len(text) <= 64 and _ISO_8601.fullmatch(text):
        with suppress(ValueError):  # the thirtieth of February
            micros = (datetime.fromisoformat(text.upper()) - _EPOCH) // timedelta(microseconds=1)
            seconds, rest = divmod(micros, 1_000_000)
            if _SECONDS_MIN <= seconds <= _SECONDS_MAX:
                return micros / 1_000_000 if rest else seconds
    raise ExpressionError(
        "parseTime needs a time as ISO 8601 with an offset, as 2026-01-31T12:00:00Z, "
        "of a year from 1 to 9999"
    )


def format_time(_: Budget, value: object) -> object:
    """``formatTime``: seconds since 1970 to ISO 8601 in UTC, with milliseconds."""
    seconds = number("formatTime", value)
    if not _SECONDS_MIN <= seconds <= _SECONDS_MAX:
        raise ExpressionError("formatTime needs seconds since 1970 of a year from 1 to 9999")
    time = _EPOCH + timedelta(milliseconds=round(seconds * 1000))
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ExpressionError("fromJson was given an object that has a key twice")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ExpressionError(f"fromJson reads JSON, and {name} is none")


def _float(budget: Budget, text: str) -> float:
    spend_on_float(budget, text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ExpressionError("fromJson was given a number that is too large")
    return value


def _integer(text: str) -> int:
    # The length first: Python takes its time over thousands of digits, or refuses them.
    if len(text) > 20 or abs(int(text)) > INTEGER_ABS_MAX:
        raise ExpressionError(f"fromJson was given an integer beyond ±{INTEGER_ABS_MAX:,}")
    return int(text)


def _decoder(budget: Budget) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_object,
        parse_constant=_refuse_constant,
        parse_float=partial(_float, budget),
        parse_int=_integer,
    )


def _depth(text: str, budget: Budget) -> int:
    """The levels of arrays and objects, counted before anything recurses."""
    budget.elements(sum(map(text.count, "[]{}")) + text.count('"') // 2)
    depth = deepest = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in "]}":
            depth -= 1
    return deepest


def _check_characters(value: Any) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise ExpressionError("fromJson was given half a surrogate pair, which is no character")
    elif isinstance(value, list):
        for item in value:
            _check_characters(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_characters(key)
            _check_characters(item)


def kind_of(_: Budget, value: object) -> object:
    """``type``: null, boolean, number, string, array or object."""
    return kind(value)
