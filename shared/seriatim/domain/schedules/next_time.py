"""The next time of a schedule, seen in its time zone.

As EventBridge Scheduler has it: an hour that a change of the clock leaves out fires nothing; of one
that comes twice only the first does. A rate counts from when the trigger was made.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from seriatim.domain.schedules.cron import YEAR_MAX, Cron, parse_cron

UNITS_MS: Final = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}


def time_zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises ``ValueError`` if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error


def rate_ms(rate: str) -> int:
    """The interval of a rate such as ``5 minutes``."""
    number, unit = rate.split(" ")
    return int(number) * UNITS_MS[unit.removesuffix("s")]


def next_time(schedule: Mapping[str, Any], made_at: int, after: int) -> int | None:
    """When a schedule (canonical JSON) fires next after an instant; None if it never does again."""
    if schedule["rate"] is not None:
        interval = rate_ms(schedule["rate"])
        return made_at + interval * max(1, (after - made_at) // interval + 1)
    cron, zone = parse_cron(schedule["cron"]), time_zone(schedule["timeZone"])
    return next((time for time in _times(cron, zone, after) if time > after), None)


def _times(cron: Cron, zone: ZoneInfo, after: int) -> Iterator[int]:
    """The instants of an expression, from a day before ``after`` on."""
    start = datetime.fromtimestamp(after / 1000 - 86_400, zone)
    for year in range(start.year, YEAR_MAX + 1):
        for month in range(start.month if year == start.year else 1, 13):
            for day in cron.days_of(year, month):
                if (year, month, day) >= (start.year, start.month, start.day):
                    yield from _times_of_day(cron, zone, datetime(year, month, day))  # noqa: DTZ001


def _times_of_day(cron: Cron, zone: ZoneInfo, day: datetime) -> Iterator[int]:
    for hour in cron.hours:
        for minute in cron.minutes:
            shown = day.replace(hour=hour, minute=minute)
            instant = shown.replace(tzinfo=zone).astimezone(UTC)
            is_there = instant.astimezone(zone).replace(tzinfo=None) == shown
            if is_there:
                yield int(instant.timestamp()) * 1000
