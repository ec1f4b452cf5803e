"""The dearest expressions that we know: each over `x`, `o`, `j` … of ``n`` elements of a shape.

A case is as dear as it gets at the largest ``n`` that its budget lets through; past it, it is
refused before it is done.
"""

import json
from typing import Any, Final

from seriatim.domain.expressions.budget import Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import evaluate_within, parse

ELEMENTS_MAX: Final = 300_000
_COUNT: Final = 60_000

SHAPES: Final[dict[str, Any]] = {
    "ints": list(range(ELEMENTS_MAX)),
    "floats": [i / 7 for i in range(_COUNT)],
    "flags": [True] * ELEMENTS_MAX,
    "texts": [f"text {i:05}" for i in range(_COUNT)],
    "long texts": [f"{i:05}" + "y" * 95 for i in range(_COUNT)],
    "wide texts": ["\U0001f600" * 20 for _ in range(_COUNT)],
    "wide prefixes": ["\u1234" * 100 + f"{-i:06}" for i in range(_COUNT // 6)],
    "far floats": [1.2345678901234567e-300 * i for i in range(1, _COUNT)],
    "long floats": [f"1.{'3' * 60}{i}" for i in range(_COUNT // 6)],
    "quotes": ['"\n\\\x01' * 5 for _ in range(_COUNT)],
    "empty arrays": [[] for _ in range(_COUNT)],
    "empty objects": [{} for _ in range(_COUNT)],
    "pairs": [[i, i + 1] for i in range(_COUNT)],
    "ones": [[i] for i in range(_COUNT)],
    "rows": [{"a": i, "b": f"k{i}", "c": [i, {"z": 1.5}]} for i in range(_COUNT // 3)],
    "members": [{"a": i} for i in range(_COUNT)],
    "mixed": [(i, f"k{i}", [i], {"a": i}, None)[i % 5] for i in range(_COUNT)],
    "deep": [[[[[[[[i]]]]]]] for i in range(_COUNT // 8)],
    "deep objects": [{"a": {"a": {"a": {"a": {"a": i}}}}} for i in range(_COUNT // 5)],
    "wide objects": [{f"k{j}": j for j in range(100)} for _ in range(_COUNT // 100)],
}
"""Arrays; a case takes a prefix, and a second one that is equal but not the same."""

_ANY: Final = tuple(SHAPES)
_NESTED: Final = ("pairs", "ones", "rows", "members", "mixed", "deep", "deep objects")
CASES: Final[tuple[tuple[str, str], ...]] = (
    *(("x == y", shape) for shape in _ANY),
    *(("toJson(x)", shape) for shape in _ANY),
    *(("hash(x)", shape) for shape in ("ints", "floats", "texts", "quotes", *_NESTED)),
    *(("unique(x)", shape) for shape in _ANY),
    *(("[x]", shape) for shape in _ANY),
    *(("[i for i in x]", shape) for shape in ("ints", "texts", "ones", "rows", "mixed")),
    *(("x[:]", shape) for shape in ("ints", "texts", "rows", "mixed", "empty objects")),
    *(("x[-1] in x", shape) for shape in ("ints", "flags", "texts", "ones", "rows", "deep")),
    *(("{} in x", shape) for shape in ("ints", "texts", "ones", "empty objects")),
    *(("[] in x", shape) for shape in ("empty objects", "members", "mixed")),
    ("unique(concat(x, y))", "rows"),
    *(("y in [x, x, x, y]", shape) for shape in ("ints", "rows")),
    *(("sorted(x)", shape) for shape in ("ints", "floats", "texts", "long texts")),
    *(("max(x)", shape) for shape in ("ints", "floats", "texts", "long texts")),
    *(("sorted(x, 'a')", shape) for shape in ("rows", "members")),
    *(("concat(x, y)", shape) for shape in ("ints", "rows", "texts")),
    *(("flatten(x)", shape) for shape in ("ints", "pairs", "ones", "empty arrays")),
    *(("join(x, ',')", shape) for shape in ("texts", "long texts", "wide texts")),
    ("sum(x)", "ints"),
    ("sum(x)", "floats"),
    ("all(x)", "flags"),
    ("o == p", "ints"),
    ("keys(o)", "ints"),
    ("values(o)", "rows"),
    ("merge(o, p)", "rows"),
    ("hash(o)", "texts"),
    ("[o]", "mixed"),
    ("fromJson(j)", "ints"),
    ("fromJson(j)", "rows"),
    ("fromJson(j)", "quotes"),
    ("fromJson(j)", "empty objects"),
    ("split(j, ',')", "ints"),
    ("replace(j, '1', '22')", "ints"),
    ("upper(j)", "texts"),
    ("upper(j)", "wide texts"),
    ("trim(j)", "wide texts"),
    ("base64Encode(j)", "wide texts"),
    ("base64Encode(j)", "texts"),
    ("hash(j)", "texts"),
    ("range(n)", "ints"),
    *(("sorted(x)", shape) for shape in ("wide prefixes", "far floats")),
    ("max(x)", "wide prefixes"),
    ("max(x)", "rows"),
    ("sorted(x)", "mixed"),
    ("keys(k)", "wide prefixes"),
    ("values(k)", "wide prefixes"),
    ("toJson(k)", "wide prefixes"),
    *((f"{function}(x)", "far floats") for function in ("toJson", "hash")),
    *(("fromJson(j)", shape) for shape in ("floats", "far floats", "deep", "mixed")),
    ("fromJson(replace(j, '\"', ''))", "long floats"),
    ("fromJson(w)", "ints"),
    ("fromJson(b)", "ints"),
    ("[q in r for i in x]", "ints"),
    ("[contains(r, q) for i in x]", "ints"),
    ("[len(split(r, q)) for i in x]", "ints"),
    ("[replace(r, q, '') for i in x]", "ints"),
    ("[t in t + 'x' for i in x]", "ints"),
    ("[u < v for i in x]", "ints"),
    ("[max(u, v) for i in x]", "ints"),
    ("[u == v for i in x]", "ints"),
    ("[v in d for i in x]", "ints"),
    ("[d[v] for i in x]", "ints"),
    ("[get(d, v) for i in x]", "ints"),
    ("[1e308 % 3e-100 for i in x]", "ints"),
    ("[1e290 // 3e-10 for i in x]", "ints"),
    ("[round(123456.789012345, 9) for i in x]", "ints"),
    ("[str(1.7976931348623157e308) for i in x]", "ints"),
    ("[float('1.23456789012345678901234567890123e-300') for i in x]", "ints"),
    ("[i.a for i in x]", "members"),
    ("[i * 2 for i in x if i > -1]", "ints"),
    ("[1 if i else 2 for i in x]", "ints"),
    ("[{'a': i, 'b': i} for i in x]", "ints"),
    ("[[i] for i in x]", "ints"),
    ("[{} for i in x]", "ints"),
    ("[t[0:2] for i in x]", "ints"),
    ("[t[i:i + 2] for i in x]", "ints"),
    ("[y[0:2] for i in x]", "ints"),
    ("[y[0:2:1] for i in x]", "rows"),
    ("[y[-1] for i in x]", "rows"),
    ("[-i for i in x]", "ints"),
    ("[not i for i in x]", "ints"),
    ("[i in y for i in x]", "ints"),
    ("[i == j for i in x for j in y]", "rows"),
    ("[i == i for i in x]", "rows"),
    ("[0 < i < 9 for i in x]", "ints"),
    ("[i and i or i for i in x]", "ints"),
    ("[str(i) for i in x]", "ints"),
    ("[str(i) for i in x]", "rows"),
    ("[toJson(i) for i in x]", "floats"),
    ("[hash(i) for i in x]", "ints"),
    ("[hash(i) for i in x]", "members"),
    ("[int('42') for i in x]", "ints"),
    ("[float('4.2e3') for i in x]", "ints"),
    ("[round(i, 2) for i in x]", "floats"),
    ("[formatTime(i) for i in x]", "ints"),
    ("[parseTime('2026-01-31T12:00:00.123Z') for i in x]", "ints"),
    ("[fromJson('{\"a\":[1]}') for i in x]", "ints"),
    ("[base64Decode('aGFsbG8=') for i in x]", "ints"),
    ("[split('a,b', ',') for i in x]", "ints"),
    ("[replace('abc', 'b', 'xx') for i in x]", "ints"),
    ("[upper(i) for i in x]", "texts"),
    ("[upper('\u0390') for i in x]", "ints"),
    ("[join(i) for i in x]", "empty arrays"),
    ("[len(i) for i in x]", "pairs"),
    ("[get(i, 'a', 1) for i in x]", "members"),
    ("[keys(i) for i in x]", "members"),
    ("[values(i) for i in x]", "members"),
    ("[merge(i, i) for i in x]", "members"),
    ("[unique(i) for i in x]", "ones"),
    ("[sorted(i) for i in x]", "pairs"),
    ("[sorted(i, 'a') for i in [x]]", "members"),
    ("[min(i) for i in x]", "pairs"),
    ("[max(i, 1) for i in x]", "ints"),
    ("[sum(i) for i in x]", "pairs"),
    ("[range(2) for i in x]", "ints"),
    ("[flatten(i) for i in x]", "ones"),
    ("[concat(i, i) for i in x]", "ones"),
    ("[concat(i, i) for i in x]", "texts"),
    ("[i + i for i in x]", "texts"),
    ("[i + i for i in x]", "wide texts"),
    ("[coalesce(null, i) for i in x]", "ints"),
    ("[type(i) for i in x]", "mixed"),
    ("[bool(i) for i in x]", "ints"),
    ("[i for j in x for i in j]", "ones"),
)


_WIDE: Final = "\u1234" * 20_000
_FIXED: Final[dict[str, Any]] = {
    "t": "text" * 9_999,
    "r": "a" * 2_400,
    "q": "a" * 1_198 + "ba",
    "u": _WIDE + "x",
    "v": _WIDE + "y",
    "d": {"\u1234" * 20_000 + "y": 1},
}


def names(shape: str, count: int) -> dict[str, Any]:
    """What a case reads, with ``count`` elements."""
    x = SHAPES[shape][:count]
    written = json.dumps(x, ensure_ascii=False)
    y = json.loads(written)
    keys = x if shape == "wide prefixes" else map(str, range(count))
    return _FIXED | {
        "x": x,
        "y": y,
        "o": {str(i): element for i, element in enumerate(x)},
        "p": {str(i): element for i, element in enumerate(y)},
        "k": dict.fromkeys(keys, 1),
        "j": written,
        "w": "[" * 33 + '"' * count,
        "b": "[" * 33 + "]" * count,
        "n": count,
    }


def spend(source: str, given: dict[str, Any]) -> Budget | None:
    """Evaluate; return what was left of the budget, or nothing if it did not do."""
    budget = Budget()
    try:
        evaluate_within(parse(source), given, budget)
    except ExpressionError:
        return None
    return budget


def largest(source: str, shape: str) -> int:
    """How many elements the budget lets through, to some percent."""
    low, high = 0, len(SHAPES[shape])
    while high - low > max(1, low // 50):
        middle = (low + high) // 2 if low else max(1, high // 16)
        if spend(source, names(shape, middle)) is None:
            high = middle
        else:
            low = middle
    return low
