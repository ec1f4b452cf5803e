"""A trigger: starts a sequence by a schedule or by an event on the bus."""

import re
from typing import Annotated, Any, Final

from pydantic import Field, PlainValidator, WithJsonSchema

from seriatim.domain import limits
from seriatim.domain.definition.fields import (
    Description,
    Id,
    JsonObject,
    Model,
    Priority,
    check_text,
    refuse,
)
from seriatim.domain.definition.value_types import describe
from seriatim.domain.schedules.cron import CronError, parse_cron
from seriatim.domain.schedules.next_time import time_zone

RATE: Final = re.compile(r"([1-9][0-9]{0,5}) (minute|hour|day)(s?)")
TIME_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")


def _check_cron(value: object) -> str:
    text = check_text(value, characters_max=limits.NAME_CHARACTERS_MAX)
    try:
        parse_cron(text)
    except CronError as error:
        refuse("InvalidSchedule", f"cannot be read: {error}; it is {describe(text)}")
    return text


def _check_rate(value: object) -> str:
    text = check_text(value, characters_max=limits.NAME_CHARACTERS_MAX)
    found = RATE.fullmatch(text)
    if found is None or (found[1] == "1") != (found[3] == ""):
        refuse(
            "InvalidSchedule",
            f"must be a number of minutes, hours or days such as '5 minutes' or '1 hour'; "
            f"it is {describe(text)}",
        )
    return text


def _check_time_zone(value: object) -> str:
    text = check_text(value, characters_max=limits.NAME_CHARACTERS_MAX)
    if TIME_ZONE.fullmatch(text) is None or not _is_time_zone(text):
        refuse(
            "InvalidSchedule",
            f"must be the name of a time zone such as 'Europe/Berlin'; it is {describe(text)}",
        )
    return text


def _is_time_zone(text: str) -> bool:
    try:
        time_zone(text)
    except ValueError:
        return False
    return True


JSON_TEXT: Final = WithJsonSchema({"type": "string"})


class Schedule(Model):
    """When to start: exactly one of ``cron`` and ``rate``, seen in a time zone."""

    cron: Annotated[str, PlainValidator(_check_cron), JSON_TEXT] | None = None
    rate: Annotated[str, PlainValidator(_check_rate), JSON_TEXT] | None = None
    time_zone: Annotated[str, PlainValidator(_check_time_zone), JSON_TEXT] = "UTC"


class Trigger(Model):
    """Starts ``sequence_id`` by exactly one of ``schedule`` and ``event_pattern``.

    In the texts of ``variables`` ``${expression}`` sees the event as ``event``.
    """

    id: Id
    description: Description = ""
    sequence_id: Id
    schedule: Schedule | None = None
    event_pattern: JsonObject | None = None
    variables: JsonObject = Field(default_factory=dict)
    priority: Priority = 0
    enabled: bool = True


def canonical_trigger(trigger: Trigger) -> dict[str, Any]:
    """The stored document of a trigger that passed validation, every default written out."""
    return trigger.model_dump(mode="json", by_alias=True)
