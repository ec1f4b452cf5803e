"""The worst expressions that we know, each at the largest size that its budget lets through, and
at twice that, where it is refused on the way.

A unit of work is ten nanoseconds of a quiet core. This machine may be busy or another: a loop is
timed beside each evaluation, and times are told as of a machine that goes round it in
`REFERENCE_SECONDS`. The processor's time counts.
"""

import gc
import statistics
import time
from typing import Final, NamedTuple

from bench.worst_expressions import CASES, SHAPES, largest, names
from seriatim.domain.expressions.budget import (
    DEPTH_MAX,
    PARTS_MAX,
    SOURCE_CHARACTERS_MAX,
    WORK_MAX,
    Budget,
)
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import Expression, evaluate_within, parse

SECONDS_AIM: Final = 0.005
REFERENCE_SECONDS: Final = 36e-9
"""One round of the loop that is timed beside."""
ROUNDS: Final = 10_000
TURNS: Final = 7
SHOWN: Final = 10
LONGEST: Final = {
    "parts": ",".join(["a"] * (PARTS_MAX - 2)).join("[]"),
    "characters": "'" + "x" * (SOURCE_CHARACTERS_MAX - 2) + "'",
    "levels": "-" * (DEPTH_MAX - 2) + "a",
    "calls": ",".join(["max(a,a)"] * 200).join("[]"),
}
"""Expressions as large as they may be; they are read when a sequence is published."""


class Cost(NamedTuple):
    """What a case takes, on the machine that is referred to."""

    seconds: float
    work: int
    case: str


def round_seconds() -> float:
    """One round of a loop of the interpreter, now."""
    begun = time.thread_time()
    total = 0
    for number in range(ROUNDS):
        total += number & 3
    return (time.thread_time() - begun) / ROUNDS


def evaluated(expression: Expression, given: dict[str, object]) -> tuple[float, int]:
    """Seconds as of the machine that is referred to, and units of work."""
    taken = []
    for _ in range(TURNS):
        before, budget = round_seconds(), Budget()
        begun = time.thread_time()
        try:
            evaluate_within(expression, given, budget)
        except ExpressionError:
            budget.work = max(0, budget.work)
        seconds = time.thread_time() - begun
        taken.append(seconds * REFERENCE_SECONDS / statistics.mean((before, round_seconds())))
    return statistics.median(taken), WORK_MAX - budget.work


def costs() -> list[Cost]:
    """Every case, the slowest first."""
    found = []
    for source, shape in CASES:
        size = largest(source, shape)
        expression = parse(source)
        for count in (size, min(2 * size, len(SHAPES[shape]))):
            seconds, work = evaluated(expression, names(shape, count))
            found.append(Cost(seconds, work, f"{source} over {count:,} of {shape}"))
    return sorted(found, reverse=True)


def reading_seconds(source: str) -> float:
    """What it takes to read and check an expression."""
    taken = []
    for _ in range(TURNS):
        before, begun = round_seconds(), time.thread_time()
        parse(source)
        taken.append((time.thread_time() - begun) * REFERENCE_SECONDS / before)
    return statistics.median(taken)


def main() -> None:
    """Measure, and print."""
    gc.collect()
    gc.freeze()
    print(
        f"a round of the loop takes {round_seconds() * 1e9:.0f} ns here; "
        f"times are as if it took {REFERENCE_SECONDS * 1e9:.0f}"
    )
    found = costs()
    over = sum(cost.seconds > SECONDS_AIM for cost in found)
    print(f"{len(found)} evaluations, {over} over {SECONDS_AIM * 1e3:.0f} ms; the slowest:")
    for seconds, work, case in found[:SHOWN]:
        each = seconds * 1e9 / max(1, work)
        print(f"  {seconds * 1e3:5.2f} ms, {work:7,} units of {each:4.1f} ns  {case}")
    print("to read one, which is done when it is published and once for each plan:")
    for what, source in LONGEST.items():
        print(f"  the most {what}: {reading_seconds(source) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
