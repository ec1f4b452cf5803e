"""Hostile expressions: each is refused or stays small, quick and without any effect.

The strings are those that break evaluators of this kind (escapes through objects, formats, bombs of
size and of time) and those that would break ours if a limit were missing. Time is bounded loosely
here, since machines are shared; what the limits count is exact.
"""

import copy
import time
import tracemalloc
from typing import Any

import pytest

from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import evaluate, parse

MEMORY_BYTES_MAX = 1_000_000
SECONDS_MAX = 0.1

NAMES: dict[str, Any] = {
    "x": [1, 2],
    "s": "abc",
    "d": {"a": 1},
    "n": 10**15,
    "huge": 10**4000,
    "big": "x" * 100_000,
    "text": "y" * 6_000_000,
    "rows": [{"a": index} for index in range(1_000)],
    "deep": None,
    "nodes": {"a": {"outputs": {}}},
}
for _ in range(500):
    NAMES["deep"] = [NAMES["deep"]]

ESCAPES = [
    "().__class__.__bases__[0].__subclasses__()",
    "[].__class__.__base__",
    "s.__class__.__mro__",
    "x.__init__.__globals__",
    "(lambda: 1).__code__",
    "(lambda: 1)()",
    "(y for y in x).gi_frame",
    "[y for y in x].append(1)",
    "x.append(99)",
    "x.clear()",
    "d.pop('a')",
    "d.update({'b': 1})",
    "d.setdefault('b', 1)",
    "s.format(s)",
    "s.format_map(d)",
    "'{0.__class__}'.format(s)",
    "f'{s.__class__}'",
    "f'{s!r:>1000000000}'",
    "__import__('os').system('true')",
    "__builtins__['eval']('1')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "open('/etc/passwd')",
    "getattr(s, 'upper')",
    "globals()",
    "vars()",
    "type('X', [], {})",
    "lower.__globals__",
    "lower",
    "len(len)",
    "(s := 1)",
    "[s := 1, s]",
    "x[0] = 5",
    "del x",
    "import os",
    "await s",
    "yield s",
    "{**d}",
    "[*x]",
    "lower(*x)",
    "lower(**d)",
    "lower(value=s)",
    "nodes",
    "nodes.a.__class__",
    "nodes.__class__.x",
    "variable('__builtins__')",
    "s.__format__('>1000000000')",
]

HARMLESS = [
    "d.__class__",
    "d['__class__'].__mro__",
    "rows[0].__dict__",
    "d.keys",
    "nodes.a.outputs.get",
]

BOMBS = [
    "'%1000000000d' % 1",
    "'%s' * 1000000000",
    "'a' * 1000000000",
    "[0] * 1000000000",
    "4000000 ** 4000000",
    "1 << 1000000000",
    "'a'.zfill(1000000000)",
    "n * n",
    "huge * huge",
    "huge + 1",
    "range(1000000000)",
    "range(9000000000000000000)",
    "[i for i in range(1000000000)]",
    "[0 for i in range(9999) for j in range(9999)]",
    "[[0 for a in rows] for b in rows]",
    "len([r for r in rows for q in rows])",
    "[[[[1 for a in rows] for b in rows] for c in rows] for d in rows]",
    "[e for a in [[[x for i in range(99)] for i in range(99)]] for b in a for c in b for e in c]",
    "[f for a in [text] for b in [[a for i in range(90)]] for f in b]",
    "[[z for i in range(999)] for y in [[text for i in x]] for z in [[y for i in range(999)]]]",
    "toJson([z for y in [[x for i in range(99)]] for z in [[y for i in range(99)]]])",
    "[y for y in [[[x for i in range(99)] for j in range(99)]] if y == [0]] == [x]",
    "big + big + big",
    "concat(big, big, big)",
    "join([big for i in range(1000)], '')",
    "join(rows, big)",
    "replace(big, 'x', big)",
    "replace(big, 'x', '') + text",
    "split(big, 'x')",
    "split(text, 'y')",
    "[upper(big) for i in range(100)]",
    "lower(text)",
    "[contains(text, 'z') for i in range(1000)]",
    "['z' in text for i in range(1000)]",
    "[text == text for i in range(1000)]",
    "sorted([text for i in range(1000)])",
    "unique([text for i in range(1000)])",
    "max([text for i in range(1000)])",
    "hash(text)",
    "[hash(big) for i in range(1000)]",
    "toJson([text, text])",
    "toJson([big for i in range(1000)])",
    "str([rows for i in range(1000)])",
    "[rows == rows for i in range(1000)]",
    "flatten([rows for i in range(1000)])",
    "concat(rows, rows, rows, rows)[0:1] == [rows for i in range(9000)]",
    "base64Encode(text)",
    "base64Decode(text)",
    "text[1:]",
    "text[::2]",
    "[text[i:] for i in range(1000)]",
    "[deep]",
    "toJson(deep)",
    "deep == [deep]",
    "unique([deep, deep])",
    "{'a': deep}",
    "fromJson('" + "[" * 2_000 + "]" * 2_000 + "')",
    "fromJson('" + "[" * 4_000 + "')",
    "fromJson('" + "9" * 4_000 + "')",
    "fromJson('1e" + "9" * 300 + "')",
    "int('" + "9" * 4_000 + "')",
    "float('" + "9" * 4_000 + "')",
    "parseTime('" + "9" * 4_000 + "')",
    "9" * 4_000,
    "0x" + "f" * 4_000,
    "1e999999999",
    "(" * 2_000 + ")" * 2_000,
    "(" * 60 + "x" + ")" * 60 + "[0]" * 600,
    "[" * 4_096,
    "{'a':" * 800,
    "-" * 4_000 + "1",
    "not " * 1_000 + "x",
    "s" + ".b" * 2_000,
    "x" + "[0]" * 1_300,
    "s+" * 2_000 + "s",
    "s if s else " * 330 + "s",
    "lambda:" * 500 + "1",
    "a" * 4_097,
    "'" * 4_095,
    "'" + "\\\\" * 2_000,
    "\x00",
    "'\x00",
    "s\ud800",
    "'\\ud800'",
    "\u202es",
    "\ufeff\ufeffs",
    "\uff11 + 1",
]


def attempt(source: str) -> object:
    return evaluate(parse(source), NAMES)


@pytest.mark.parametrize("source", ESCAPES + BOMBS, ids=lambda source: ascii(source)[:60])
def test_attack_is_refused_quickly_in_little_memory(source: str) -> None:
    before = copy.copy(NAMES), copy.deepcopy(NAMES["d"]), list(NAMES["x"])
    tracemalloc.start()
    try:
        with pytest.raises(ExpressionError):
            attempt(source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_BYTES_MAX
    assert (NAMES, NAMES["d"], NAMES["x"]) == before
    assert min(_seconds(source) for _ in range(3)) < SECONDS_MAX


def _seconds(source: str) -> float:
    start = time.process_time()
    with pytest.raises(ExpressionError):
        attempt(source)
    return time.process_time() - start


@pytest.mark.parametrize("source", HARMLESS)
def test_python_names_are_keys_like_any_other(source: str) -> None:
    assert attempt(source) is None


def test_members_named_like_pythons_are_read_from_json() -> None:
    names = {"d": {"__class__": 1, "keys": 2, "items": [3]}}
    assert evaluate(parse("[d.__class__, d.keys, d.items[0]]"), names) == [1, 2, 3]


@pytest.mark.parametrize("source", ["text", "d", "x[0]", "huge", "len(text)", "'y' in text"])
def test_large_inputs_may_be_passed_on_and_looked_at(source: str) -> None:
    assert attempt(source) is not None


def test_an_unforeseen_failure_is_the_expressions_too() -> None:
    class Broken(dict[str, object]):
        def get(self, key: object, default: object = None) -> object:
            raise TypeError("broken")

    with pytest.raises(ExpressionError, match="cannot be evaluated \\(TypeError\\)"):
        evaluate(parse("d.x"), {"d": Broken()})
