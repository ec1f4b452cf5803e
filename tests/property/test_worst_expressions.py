"""The dearest expressions that we know take what they count: time and memory go with their work.

Goal: a unit of work is at most ten nanoseconds of a quiet core and two bytes, so that no evaluation
takes over 5 ms and 1 MB (`python -m bench.expressions` measures it). Method: every case over some
elements, its time beside a loop of the interpreter's, so that slow and busy machines make no
difference; what is left of one has a bound that only a missing count breaks.
"""

import tracemalloc
from contextlib import suppress

import pytest

from bench.expressions import evaluated
from bench.worst_expressions import CASES, SHAPES, names, spend
from seriatim.domain.expressions.budget import WORK_MAX, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import evaluate_within, parse

ELEMENTS = 100
NANOSECONDS_MAX = 30
"""Three times what a unit is meant to take."""
BYTES_MAX = 2
BESIDE_UNITS = 2_000
"""What an evaluation takes whatever it does, and a clock's step."""


def id_of(case: tuple[str, str]) -> str:
    return " over ".join(case)


def fitting(source: str, shape: str) -> int:
    """How many elements an evaluation is let through with, some hundred at most."""
    count = min(ELEMENTS, len(SHAPES[shape]))
    while count and spend(source, names(shape, count)) is None:
        count //= 2
    return count


@pytest.mark.parametrize("case", CASES, ids=id_of)
def test_time_and_memory_go_with_the_work(case: tuple[str, str]) -> None:
    source, shape = case
    expression, given = parse(source), names(shape, fitting(source, shape))
    seconds, work = evaluated(expression, given)
    assert 0 < work <= WORK_MAX
    assert seconds * 1e9 < NANOSECONDS_MAX * (work + BESIDE_UNITS)
    tracemalloc.start()
    try:
        with suppress(ExpressionError):  # two cases are no JSON
            evaluate_within(expression, given, Budget())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < BYTES_MAX * (work + BESIDE_UNITS)
