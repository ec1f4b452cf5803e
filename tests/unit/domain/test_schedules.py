"""Schedules fire when EventBridge Scheduler would fire them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from seriatim.domain.schedules.cron import CronError, parse_cron
from seriatim.domain.schedules.next_time import next_time, time_zone
from seriatim.domain.times import from_iso, to_iso


def cron(text: str, zone: str = "UTC") -> dict[str, Any]:
    return {"cron": text, "rate": None, "timeZone": zone}


def times(schedule: dict[str, Any], after: str, count: int = 3, made_at: int = 0) -> list[str]:
    """The next times, to the minute."""
    found: list[str] = []
    instant: int | None = from_iso(after)
    while len(found) < count:
        assert instant is not None
        instant = next_time(schedule, made_at, instant)
        if instant is None:
            return found
        found.append(to_iso(instant)[:16])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 9 * * ? *", ["2026-01-31T09:00", "2026-02-01T09:00", "2026-02-02T09:00"]),
        ("0/20 8-9 ? * SAT *", ["2026-01-31T08:00", "2026-01-31T08:20", "2026-01-31T08:40"]),
        ("*/30 0 1 * ? *", ["2026-02-01T00:00", "2026-02-01T00:30", "2026-03-01T00:00"]),
        ("0 0 L * ? *", ["2026-02-28T00:00", "2026-03-31T00:00", "2026-04-30T00:00"]),
        ("0 0 LW * ? *", ["2026-02-27T00:00", "2026-03-31T00:00", "2026-04-30T00:00"]),
        ("0 0 1W * ? *", ["2026-02-02T00:00", "2026-03-02T00:00", "2026-04-01T00:00"]),
        ("0 0 15W FEB,MAR ? *", ["2026-02-16T00:00", "2026-03-16T00:00", "2027-02-15T00:00"]),
        ("0 0 ? * 2#1 *", ["2026-02-02T00:00", "2026-03-02T00:00", "2026-04-06T00:00"]),
        ("0 0 ? * 6L *", ["2026-02-27T00:00", "2026-03-27T00:00", "2026-04-24T00:00"]),
        ("0 0 ? * MON-TUE,FRI *", ["2026-02-02T00:00", "2026-02-03T00:00", "2026-02-06T00:00"]),
        ("0 0 29 2 ? *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("0 0 31 1/3 ? 2027", ["2027-01-31T00:00", "2027-07-31T00:00", "2027-10-31T00:00"]),
        ("0 0 ? * 1#5 2026", ["2026-03-29T00:00", "2026-05-31T00:00", "2026-08-30T00:00"]),
        ("0 0 31 2 ? *", []),
        ("0 0 1 1 ? 2020", []),
    ],
)
def test_a_cron_expression_fires_when_it_says(text: str, expected: list[str]) -> None:
    assert times(cron(text), "2026-01-31T00:00:00Z") == expected


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        # The clock goes from 2 to 3 on 2026-03-29: half past two is not there that day.
        ("30 2 * * ? *", "2026-03-28T12:00:00Z", ["2026-03-30T00:30", "2026-03-31T00:30"]),
        # It goes from 3 back to 2 on 2026-10-25: half past two comes twice, and fires once.
        ("30 2 * * ? *", "2026-10-24T12:00:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("0 9 ? * MON *", "2026-03-23T12:00:00Z", ["2026-03-30T07:00", "2026-04-06T07:00"]),
    ],
)
def test_a_cron_expression_is_seen_in_its_time_zone(
    text: str, after: str, expected: list[str]
) -> None:
    assert times(cron(text, "Europe/Berlin"), after, 2) == expected


def test_a_rate_counts_from_when_the_trigger_was_made() -> None:
    made_at = from_iso("2026-01-31T00:07:00Z")
    schedule = {"cron": None, "rate": "2 hours", "timeZone": "UTC"}
    expected = ["2026-01-31T10:07", "2026-01-31T12:07"]
    assert times(schedule, "2026-01-31T08:07:00Z", 2, made_at) == expected
    assert times(schedule, "2026-01-31T00:07:00Z", 1, made_at) == ["2026-01-31T02:07"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 9 * * ?", "six fields"),
        ("60 9 * * ? *", "minutes are 0-59"),
        ("0 24 * * ? *", "hours are 0-23"),
        ("0 9 0 * ? *", "days of the month are 1-31"),
        ("0 9 * 13 ? *", "months are 1-12 or JAN-DEC"),
        ("0 9 ? * 8 *", "days of the week are 1-7 or SUN-SAT"),
        ("0 9 ? * MON#6 *", "five of each"),
        ("0 9 * * ? 1969", "years are 1970-2199"),
        ("0 9 * * * *", "needs"),
        ("0 9 ? * ? *", "needs"),
        ("0 9-8 * * ? *", "upwards"),
        ("0/0 9 * * ? *", "a step"),
        ("0 9 32W * ? *", "days of the month"),
        ("0 9,, * * ? *", "cannot be read"),
        ("? 9 * * ? *", "cannot be read"),
    ],
)
def test_what_is_no_cron_expression_is_told_why(text: str, reason: str) -> None:
    with pytest.raises(CronError, match=reason):
        parse_cron(text)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "Europe"])
def test_a_zone_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        time_zone(name)


def test_every_minute_of_a_year_agrees_with_a_plain_reading() -> None:
    """A second opinion on the search: walk through the minutes, and ask each."""
    schedule = cron("15,45 6-7 ? * TUE *")
    wanted = []
    for hour in range(24 * 366):
        start = datetime(2028, 1, 1, tzinfo=UTC).timestamp() + hour * 3_600
        when = datetime.fromtimestamp(start, UTC)
        if when.weekday() == 1 and when.hour in {6, 7}:
            wanted += [when.replace(minute=m).isoformat()[:16] for m in (15, 45)]
    assert times(schedule, "2028-01-01T00:00:00Z", len(wanted)) == wanted
