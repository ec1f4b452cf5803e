"""Checks of triggers and of resource pools."""

import json
from collections.abc import Iterator
from typing import Any

from seriatim.domain.definition.resource_pool import ResourcePool
from seriatim.domain.definition.trigger import Trigger
from seriatim.domain.definition.value_types import shorten
from seriatim.domain.event_patterns import PATTERN_BYTES_MAX, troubles
from seriatim.domain.expressions.errors import ExpressionSyntaxError
from seriatim.domain.validation import expression_names as names_known
from seriatim.domain.validation.documents import read_document
from seriatim.domain.validation.expression_places import parse_text, texts_with_places
from seriatim.domain.validation.problems import Problem, ProblemCode, error, in_order


def parse_trigger(
    document: object, *, trigger_id: str = ""
) -> tuple[Trigger | None, list[Problem]]:
    """The trigger of a document, and all problems at once; None if there are any.

    Whether its sequence is there is for whoever stores it.
    """
    trigger, problems = read_document(Trigger, document, trigger_id)
    if trigger is not None:
        problems += _check_cause(trigger)
        problems += _check_variables(trigger)
    return (None if problems else trigger), in_order(problems)


def _check_cause(trigger: Trigger) -> Iterator[Problem]:
    if trigger.schedule is None and trigger.event_pattern is None:
        message = "A trigger needs 'schedule' or 'eventPattern'; add one."
        yield error(ProblemCode.MISSING_FIELD, message, "schedule")
    if trigger.schedule is not None and trigger.event_pattern is not None:
        message = "A trigger takes 'schedule' or 'eventPattern', not both; make it two triggers."
        yield error(ProblemCode.UNKNOWN_FIELD, message, "eventPattern")
    if trigger.event_pattern == {}:
        message = "'eventPattern' must not be empty; say which events are meant."
        yield error(ProblemCode.EMPTY, message, "eventPattern")
    elif trigger.event_pattern is not None:
        yield from _check_pattern(trigger.event_pattern)
    schedule = trigger.schedule
    if schedule is not None and (schedule.cron is None) == (schedule.rate is None):
        message = "A schedule needs either 'cron' or 'rate'; give one of them."
        yield error(ProblemCode.INVALID_SCHEDULE, message, "schedule")


def _check_pattern(pattern: dict[str, Any]) -> Iterator[Problem]:
    for path, text in troubles(pattern):
        place = ".".join(map(str, ("eventPattern", *path)))
        yield error(ProblemCode.INVALID_PATTERN, f"{place!r} {text}.", "eventPattern", *path)
    size = len(json.dumps(pattern, separators=(",", ":")).encode())
    if size > PATTERN_BYTES_MAX:
        message = f"'eventPattern' may have {PATTERN_BYTES_MAX:,} bytes as JSON; it has {size:,}."
        yield error(ProblemCode.TOO_LONG, message, "eventPattern")


def _check_variables(trigger: Trigger) -> Iterator[Problem]:
    for path, text in texts_with_places(trigger.variables):
        found = parse_text(text, is_template=True)
        if isinstance(found, ExpressionSyntaxError):
            message = f"The text {shorten(text)!r} cannot be read: {found.message}."
            yield error(ProblemCode.EXPRESSION_SYNTAX, message, "variables", *path)
            continue
        unknown = {name for one in found for name in one.names} - names_known.IN_TRIGGER
        for name in sorted(unknown):
            message = f"In {shorten(text)!r} {name!r} is unknown; a trigger knows 'event' alone."
            yield error(ProblemCode.UNKNOWN_VARIABLE, message, "variables", *path)


def parse_resource_pool(
    document: object, *, resource_pool_id: str = ""
) -> tuple[ResourcePool | None, list[Problem]]:
    """The resource pool of a document, and all problems at once; None if there are any."""
    return read_document(ResourcePool, document, resource_pool_id)
