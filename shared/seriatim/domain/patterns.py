"""Regular expressions of users, matched in steps that are counted.

Python's own matcher tries alternatives one after the other: ``(a+)+$`` over thirty letters takes it
minutes, and nothing can interrupt it. Here all alternatives go forward together, a character at a
time, so that the work is at most the text's length times the pattern's. The price: no
back-references, and no looking around, which no such matcher can have.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from re import _constants as c  # type: ignore[attr-defined,unused-ignore]
from re import _parser  # type: ignore[attr-defined,unused-ignore]
from typing import Any, Final, NamedTuple

INSTRUCTIONS_MAX: Final = 2_000
"""Of one pattern; ``{n,m}`` counts what it repeats so many times."""
PATTERNS_KEPT: Final = 256

Test = Callable[[str], bool]
Spend = Callable[[int], None]


class PatternRefused(ValueError):
    """The pattern can not be matched in bounded time; the message says why."""


class Step(NamedTuple):
    """Take a character that passes the test; else go on at the targets; without them: matched."""

    test: Test | None = None
    place: Any = None
    targets: tuple[int, ...] = ()


_CATEGORIES: Final[dict[Any, Test]] = {
    c.CATEGORY_DIGIT: str.isdecimal,
    c.CATEGORY_NOT_DIGIT: lambda one: not one.isdecimal(),
    c.CATEGORY_SPACE: str.isspace,
    c.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    c.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    c.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}
_PLACES: Final = frozenset(
    {
        c.AT_BEGINNING,
        c.AT_BEGINNING_STRING,
        c.AT_END,
        c.AT_END_STRING,
        c.AT_BOUNDARY,
        c.AT_NON_BOUNDARY,
    }
)


class Pattern:
    """A pattern, ready to be looked for."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps

    def is_in(self, text: str, spend: Spend) -> bool:
        """Whether it is anywhere in the text. ``spend`` is told of work before it is done."""
        live: list[int] = []
        for at in range(len(text) + 1):
            reached: dict[int, None] = {}
            for place in (*live, 0):
                if self._reach(place, text, at, reached):
                    return True
            spend(1 + len(reached))
            if at < len(text):
                live = [
                    place + 1
                    for place in reached
                    if (test := self._steps[place].test) is not None and test(text[at])
                ]
        return False

    def _reach(self, place: int, text: str, at: int, reached: dict[int, None]) -> bool:
        """Add what can be got to from here without a character; whether the end is among it."""
        todo = [place]
        while todo:
            here = todo.pop()
            if here in reached:
                continue
            reached[here] = None
            step = self._steps[here]
            if step.test is not None or (step.place is not None and not _is_at(step, text, at)):
                continue
            if not step.targets:
                return True
            todo.extend(step.targets)
        return False


def _is_at(step: Step, text: str, at: int) -> bool:
    match step.place:
        case c.AT_BEGINNING | c.AT_BEGINNING_STRING:
            return at == 0
        case c.AT_END_STRING:
            return at == len(text)
        case c.AT_END:
            return at == len(text) or (at == len(text) - 1 and text[at] == "\n")
        case _:
            is_word = _CATEGORIES[c.CATEGORY_WORD]
            before, after = at > 0 and is_word(text[at - 1]), at < len(text) and is_word(text[at])
            return (before != after) is (step.place is c.AT_BOUNDARY)


@lru_cache(maxsize=PATTERNS_KEPT)
def pattern(source: str) -> Pattern:
    """The pattern that a text describes.

    Raises:
        PatternRefused: it is no pattern, is too large, or refers back or looks around.
    """
    try:
        parsed = _parser.parse(source)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternRefused(f"it is no regular expression ({error})") from error
    if parsed.state.flags & ~re.UNICODE.value:
        raise PatternRefused("it has flags such as (?i)")
    steps: list[Step] = []
    _write(list(parsed), steps)
    return Pattern((*steps, Step()))


def _write(items: list[Any], steps: list[Step]) -> None:
    for kind, value in items:
        if len(steps) >= INSTRUCTIONS_MAX:
            raise PatternRefused(f"it has more than {INSTRUCTIONS_MAX:,} parts")
        if kind is c.SUBPATTERN:
            _, added, removed, inner = value
            if added or removed:
                raise PatternRefused("it has flags such as (?i)")
            _write(list(inner), steps)
        elif kind is c.BRANCH:
            _write_branches([list(one) for one in value[1]], steps)
        elif kind in {c.MAX_REPEAT, c.MIN_REPEAT}:
            _write_repeat(value[0], value[1], value[2], steps)
        elif kind is c.AT and value in _PLACES:
            steps.append(Step(place=value, targets=(len(steps) + 1,)))
        else:
            steps.append(Step(test=_test(kind, value)))


def _write_branches(branches: list[list[Any]], steps: list[Step]) -> None:
    ends = []
    for branch in branches[:-1]:
        fork = len(steps)
        steps.append(Step())
        _write(branch, steps)
        ends.append(len(steps))
        steps.append(Step())
        steps[fork] = Step(targets=(fork + 1, len(steps)))
    _write(branches[-1], steps)
    for end in ends:
        steps[end] = Step(targets=(len(steps),))


def _write_repeat(least: int, most: int, inner: Any, steps: list[Step]) -> None:
    items = list(inner)
    for _ in range(least):
        _write(items, steps)
        _bound(steps)
    if most is c.MAXREPEAT:
        fork = len(steps)
        steps.append(Step())
        _write(items, steps)
        steps.append(Step(targets=(fork,)))
        steps[fork] = Step(targets=(fork + 1, len(steps)))
        return
    forks = []
    for _ in range(most - least):
        forks.append(len(steps))
        steps.append(Step())
        _write(items, steps)
        _bound(steps)
    for fork in forks:
        steps[fork] = Step(targets=(fork + 1, len(steps)))


def _bound(steps: list[Step]) -> None:
    if len(steps) > INSTRUCTIONS_MAX:
        raise PatternRefused(f"it has more than {INSTRUCTIONS_MAX:,} parts")


def _test(kind: Any, value: Any) -> Test:
    if kind is c.LITERAL:
        return chr(value).__eq__
    if kind is c.NOT_LITERAL:
        return chr(value).__ne__
    if kind is c.ANY:
        return "\n".__ne__
    if kind is c.IN:
        is_negated = value[0][0] is c.NEGATE
        tests = list(_members(value[1:] if is_negated else value))
        return lambda one: any(test(one) for test in tests) is not is_negated
    raise PatternRefused("it refers back or looks around")


def _members(items: list[Any]) -> Iterator[Test]:
    for kind, value in items:
        if kind is c.RANGE:
            low, high = map(chr, value)
            yield lambda one, low=low, high=high: low <= one <= high  # type: ignore[misc]
        elif kind is c.CATEGORY:
            yield _CATEGORIES[value]
        else:
            yield _test(kind, value)
