"""Every function that an expression may call; what is not here cannot be called."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from seriatim.domain.expressions.functions import collections, encoding, numbers, text


class Function(NamedTuple):
    """A function, how many arguments it takes, and how its call is written."""

    call: Callable[..., object]
    arguments_min: int
    arguments_max: int | None
    usage: str
    work: int = 80
    """What a call costs beside what it handles: the time to get in and out."""


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "abs": Function(numbers.absolute, 1, 1, "abs(number)"),
        "all": Function(collections.all_of, 1, 1, "all(array)"),
        "any": Function(collections.any_of, 1, 1, "any(array)"),
        "base64Decode": Function(encoding.base64_decode, 1, 1, "base64Decode(text)", 150),
        "base64Encode": Function(encoding.base64_encode, 1, 1, "base64Encode(text)", 150),
        "bool": Function(collections.to_bool, 1, 1, "bool(value)"),
        "ceil": Function(numbers.ceil, 1, 1, "ceil(number)"),
        "coalesce": Function(collections.coalesce, 1, None, "coalesce(value, …)"),
        "concat": Function(collections.concat, 1, None, "concat(array, …)", 190),
        "contains": Function(collections.contains, 2, 2, "contains(array, value)"),
        "endsWith": Function(text.ends_with, 2, 2, "endsWith(text, part)"),
        "exists": Function(collections.exists, 1, 1, "exists(value)"),
        "flatten": Function(collections.flatten, 1, 1, "flatten(array)", 150),
        "float": Function(numbers.to_float, 1, 1, "float(value)", 150),
        "floor": Function(numbers.floor, 1, 1, "floor(number)"),
        "formatTime": Function(encoding.format_time, 1, 1, "formatTime(seconds)", 370),
        "fromJson": Function(encoding.from_json, 1, 1, "fromJson(text)", 380),
        "get": Function(collections.get, 2, 3, "get(object, key, default)"),
        "hash": Function(encoding.digest, 1, 1, "hash(value)", 400),
        "int": Function(numbers.to_int, 1, 1, "int(value)", 150),
        "isNull": Function(collections.is_null, 1, 1, "isNull(value)"),
        "join": Function(text.join, 1, 2, "join(array, separator)", 170),
        "keys": Function(collections.keys, 1, 1, "keys(object)", 150),
        "len": Function(collections.length, 1, 1, "len(value)"),
        "lower": Function(text.lower, 1, 1, "lower(text)", 100),
        "max": Function(numbers.greatest, 1, None, "max(array) or max(a, b, …)", 110),
        "merge": Function(collections.merge, 1, None, "merge(object, …)", 190),
        "min": Function(numbers.least, 1, None, "min(array) or min(a, b, …)", 110),
        "parseTime": Function(encoding.parse_time, 1, 1, "parseTime(text)", 350),
        "range": Function(collections.numbers_range, 1, 3, "range(start, end, step)", 100),
        "replace": Function(text.replace, 3, 3, "replace(text, old, new)", 150),
        "round": Function(numbers.rounded, 1, 2, "round(number, digits)", 150),
        "sorted": Function(collections.in_order, 1, 2, "sorted(array, key)", 170),
        "split": Function(text.split, 2, 2, "split(text, separator)", 150),
        "startsWith": Function(text.starts_with, 2, 2, "startsWith(text, part)"),
        "str": Function(text.to_text, 1, 1, "str(value)", 300),
        "sum": Function(numbers.total, 1, 1, "sum(array)", 110),
        "toJson": Function(encoding.to_json, 1, 1, "toJson(value)", 300),
        "trim": Function(text.trim, 1, 1, "trim(text)"),
        "type": Function(encoding.kind_of, 1, 1, "type(value)"),
        "unique": Function(collections.unique, 1, 1, "unique(array)", 180),
        "upper": Function(text.upper, 1, 1, "upper(text)", 100),
        "values": Function(collections.values, 1, 1, "values(object)", 150),
    }
)
