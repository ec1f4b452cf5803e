"""Cron expressions as EventBridge Scheduler has them: minutes, hours, day of month, month, day of
week (1 is Sunday), year; lists, ranges, steps, and of days also ``?``, ``L``, ``W`` and ``#``.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2199
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

RANGE: Final = re.compile(r"(\*|[0-9A-Z]+)(?:-([0-9A-Z]+))?(?:/([0-9]+))?")
NEAREST: Final = re.compile(r"([0-9]{1,2})W")
LAST_WEEKDAY: Final = re.compile(r"([0-9A-Z]+)L")
NTH_WEEKDAY: Final = re.compile(r"([0-9A-Z]+)#([0-9]+)")

DaysOf = Callable[[int, int], Iterator[int]]
"""The days of a month (year, month) that fit one part of an expression."""


class CronError(ValueError):
    """The expression is none; the message says which part, and what it may be."""


@dataclass(frozen=True)
class Field:
    """What one of the six may say."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """The value of a number or a name."""
        if text in self.names:
            return self.low + self.names.index(text)
        if not text.isdecimal() or not self.low <= int(text) <= self.high:
            names = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
            raise CronError(f"{self.name} are {self.low}-{self.high}{names}, not {text!r}")
        return int(text)

    def numbers(self, part: str) -> range:
        """The values of one part of a list: all, one, a range; each with a step."""
        found = RANGE.fullmatch(part)
        if found is None:
            raise CronError(f"{part!r} cannot be read in {self.name}")
        first, last, step = found.groups()
        low, high = self.low, self.high
        if first != "*":
            low = self.number(first)
            high = self.number(last) if last else (self.high if step else low)
        elif last:
            raise CronError(f"{part!r} cannot be read in {self.name}")
        if low > high:
            raise CronError(f"a range goes upwards; in {self.name} it is {part!r}")
        if step and not 1 <= int(step) <= self.high:
            raise CronError(f"a step in {self.name} is 1-{self.high}, not {step}")
        return range(low, high + 1, int(step) if step else 1)


MINUTE: Final = Field("minutes", 0, 59)
HOUR: Final = Field("hours", 0, 23)
DAY: Final = Field("days of the month", 1, 31)
MONTH: Final = Field("months", 1, 12, MONTHS)
WEEKDAY: Final = Field("days of the week", 1, 7, WEEKDAYS)
YEAR: Final = Field("years", YEAR_MIN, YEAR_MAX)


@dataclass(frozen=True)
class Cron:
    """An expression that was read."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    days: tuple[DaysOf, ...]

    def days_of(self, year: int, month: int) -> list[int]:
        """The days of a month on which it fires, in order."""
        if year not in self.years or month not in self.months:
            return []
        return sorted({day for days in self.days for day in days(year, month)})


def parse_cron(text: str) -> Cron:
    """Read an expression of six fields. Raises ``CronError``."""
    fields = text.upper().split(" ")
    if len(fields) != 6:
        raise CronError(
            "it has six fields (minutes, hours, day of month, month, day of week, year)"
            f" such as '0 9 * * ? *'; this one has {len(fields)}"
        )
    minutes, hours, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise CronError("it needs '?' as its day of month or as its day of week, and not as both")
    return Cron(
        minutes=tuple(sorted(_all(MINUTE, minutes))),
        hours=tuple(sorted(_all(HOUR, hours))),
        months=_all(MONTH, month),
        years=_all(YEAR, year),
        days=tuple(
            map(_days_of_month, day.split(","))
            if weekday == "?"
            else map(_days_of_week, weekday.split(","))
        ),
    )


def _all(field: Field, text: str) -> frozenset[int]:
    return frozenset(number for part in text.split(",") for number in field.numbers(part))


def _days_of_month(part: str) -> DaysOf:
    if part == "L":
        return _last_day
    if part == "LW":
        return partial(_nearest_weekday, None)
    if nearest := NEAREST.fullmatch(part):
        return partial(_nearest_weekday, DAY.number(nearest[1]))
    return partial(_listed, DAY.numbers(part))


def _days_of_week(part: str) -> DaysOf:
    if part == "L":
        return partial(_weekdays, (7,))
    if last := LAST_WEEKDAY.fullmatch(part):
        return partial(_nth_weekday, WEEKDAY.number(last[1]), None)
    if nth := NTH_WEEKDAY.fullmatch(part):
        if not 1 <= int(nth[2]) <= 5:
            raise CronError(f"a month has at most five of each day of the week; it is {part!r}")
        return partial(_nth_weekday, WEEKDAY.number(nth[1]), int(nth[2]))
    return partial(_weekdays, tuple(WEEKDAY.numbers(part)))


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _weekday(year: int, month: int, day: int) -> int:
    """1 is Sunday."""
    return (calendar.weekday(year, month, day) + 1) % 7 + 1


def _listed(days: range, year: int, month: int) -> Iterator[int]:
    return (day for day in days if day <= _length(year, month))


def _last_day(year: int, month: int) -> Iterator[int]:
    yield _length(year, month)


def _nearest_weekday(day: int | None, year: int, month: int) -> Iterator[int]:
    """Monday to Friday nearest to a day, in the same month."""
    last = _length(year, month)
    if day is not None and day > last:
        return
    day = last if day is None else day
    match _weekday(year, month, day):
        case 7:
            yield day - 1 if day > 1 else day + 2
        case 1:
            yield day + 1 if day < last else day - 2
        case _:
            yield day


def _weekdays(weekdays: tuple[int, ...], year: int, month: int) -> Iterator[int]:
    for day in range(1, _length(year, month) + 1):
        if _weekday(year, month, day) in weekdays:
            yield day


def _nth_weekday(weekday: int, nth: int | None, year: int, month: int) -> Iterator[int]:
    """The nth such day of a month, if it has one; without ``nth`` the last."""
    days = list(_weekdays((weekday,), year, month))
    if nth is None:
        yield days[-1]
    elif nth <= len(days):
        yield days[nth - 1]
