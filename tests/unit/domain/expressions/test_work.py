"""What each kind of part, operator and function counts: a table, so that none becomes free.

A unit is ten nanoseconds and two bytes at most; `python -m bench.expressions` weighs them.
"""

from typing import Any

import pytest

from seriatim.domain.expressions.budget import (
    STEP_WORK,
    STEPS_MAX,
    WORK_MAX,
    Budget,
)
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.functions.table import FUNCTIONS
from seriatim.domain.expressions.language import evaluate_within, parse

NAMES: dict[str, Any] = {
    "a": 1,
    "s": "a" * 1_600,
    "t": "a" * 1_600,
    "w": "\u1234" * 1_600,
    "x": [1, 2, 3],
    "y": [1, 2, 3],
    "o": {"a": 1, "b": 2},
    "p": {"a": 1, "b": 2},
    "deep": [[[1]]],
    "rows": [{"k": 2}, {"k": 1}],
    "f": 1e-300,
    "many": list(range(2_499)),
    "texts": ["a"] * 20,
    "rows20": [{"k": i} for i in range(20)],
    "short": "a" * 2_400,
    "sought": "a" * 1_198 + "ba",
}
MADE = 180 + 110
"""An array or object that is made, and is the result."""


def work(source: str) -> int:
    """What an evaluation counts beside its steps."""
    budget = Budget()
    evaluate_within(parse(source), NAMES, budget)
    return WORK_MAX - budget.work - (STEPS_MAX - budget.steps) * STEP_WORK


@pytest.mark.parametrize(
    ("source", "units"),
    [
        ("a + a > a and not a", 0),
        ("o.a", 0),
        ("x", 0),
        ("s == t", 124),
        ("s < t", 200),
        ("s + t", 3_200),
        ("w + w", 9_600),
        ("'a' in s", 100),
        ("'ab' in s", 533 + 159),
        ("t in s", 533),
        ("1e308 % 3e-100", 240),
        ("7.5 % 2", 0),
        ("x == y", 120 + 3 * 24),
        ("o == p", 120 + 4 * 24),
        ("x == o", 120),
        ("deep == [[[1]]]", 3 * 210 + 3 * 144),
        ("4 in x", 3 * 24),
        ("[]", MADE),
        ("[1, 2]", MADE + 2 * 30),
        ("{'a': 1}", MADE + 120),
        ("[i for i in x]", MADE + 3 * 30),
        ("[x]", MADE + 30 + 35 + 66 + 3 * 8),
        ("[x, x]", MADE + 60 + 35 + 110 + 2 * (66 + 3 * 8)),
        ("[many]", MADE + 30 + 35 + 420 + 2_499 * 3),
        ("[texts]", MADE + 30 + 35 + 420 + 20 * 9),
        ("rows20[:]", 160 + MADE + 20 * (30 + 35 + 20) + 400 + 40 * 3),
        ("[o]", MADE + 30 + 35 + 66 + 4 * 8),
        ("[s]", MADE + 30 + 110),
        ("x[1:]", 160 + MADE + 2 * 30),
        ("s[1:11]", 160 + 10),
    ],
)
def test_a_part_counts(source: str, units: int) -> None:
    assert work(source) == units


@pytest.mark.parametrize(
    ("source", "units"),
    [
        ("toJson(x)", 120 + 3 * 72 + 7),
        ("toJson(o)", 120 + 2 * (72 + 48 + 27) + 13),
        ("toJson(f)", 240 + 6),
        ("hash(s)", 1_600),
        ("fromJson('[1,2]')", 5 + MADE + 2 * 30 + 2 * 3 * 24),
        ("fromJson('1.5')", 3 + 180 + 60),
        ("float('1.5')", 60),
        ("float('1.5e-300')", 240),
        ("keys(o)", MADE + 2 * 30 + 2 * 24 + 2 * 4),
        ("values(o)", MADE + 2 * 30 + 2 * 24 + 2 * 4),
        ("sorted(x)", MADE + 3 * 30 + 3 * 24 + 2 * 6),
        ("sorted([w])", 180 + 30 + MADE + 30 + 24 + 202 + 110),
        ("sorted(rows, 'k')[0].k", 180 + 60 + 48 + 48 + 2 * 4 + 48),
        ("max(x)", 3 * 24),
        ("sum(x)", 3 * 24),
        ("all(x)", 3 * 24),
        ("range(10)", MADE + 10 * 30),
        ("concat(x, y)", MADE + 6 * 30),
        ("flatten(x)", MADE + 3 * 30 + 3 * 24),
        ("unique(x)", MADE + 6 * 30 + 3 * 24),
        ("merge(o, p)", MADE + 8 * 30),
        ("upper(s)", 3_200),
        ("split(s, 'b')", 200 + MADE + 30 + 1_600 + 110),
        ("replace(s, 'b', 'c')", 200 + 1_600),
    ],
)
def test_a_function_counts_beside_its_call(source: str, units: int) -> None:
    called = FUNCTIONS[source.partition("(")[0]].work
    assert work(source) == called + units


def test_what_a_shorter_text_is_searched_for_counts_at_each_place() -> None:
    assert work("sought in short") == 800 + 1_200 * 1_200 // 20
    assert work("len(split(short, sought))") > 2 * 72_000


def test_the_longest_range_can_be_made_and_summed_up() -> None:
    assert work("range(10000)") + 2 * STEP_WORK < WORK_MAX
    with pytest.raises(ExpressionError, match="units of work"):
        work("sum(range(10000))")
    assert work("sum(range(7000))") < WORK_MAX


def test_all_steps_can_be_taken() -> None:
    assert work("[i for i in many if i < 0]") == MADE
