"""Firing: a trigger's schedule or event starts its sequence, once however often it comes."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seriatim.application.errors import Invalid, Refused, WrongState
from seriatim.application.executions import Executions
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.placeholders import fill, parse_template
from seriatim.domain.limits import HOPS_MAX, NAME_CHARACTERS_MAX
from seriatim.domain.times import from_iso, to_iso
from seriatim.domain.values import Error
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound, TooLarge, Unavailable
from seriatim.ports.event_bus import SOURCE
from seriatim.ports.triggers import Firing, TriggerRecord, Triggers

SCHEDULED: Final = "Scheduled Start"


class Fire(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a schedule or a rule sends: which trigger, and when it was due or by which event."""

    project_id: str
    trigger_id: str
    scheduled_time: str | None = None
    event: dict[str, Any] | None = None


class Firer:
    """Starts what triggers ask for, and keeps what came of it where the trigger is read."""

    def __init__(self, triggers: Triggers, executions: Executions, clock: Clock) -> None:
        self._triggers = triggers
        self._executions = executions
        self._clock = clock

    def fire(self, fire: Fire) -> None:
        """Start the trigger's sequence. Repeated for the same instant or event, nothing starts
        twice. A trigger that is gone or paused by now starts nothing, nor does an event of ours
        about another project: all have one bus, and a pattern may fit what is not the caller's.

        Raises:
            Refused: nothing can be started; the trigger shows why, too.
            Unavailable: now nothing could be.
        """
        try:
            record = self._triggers.get(fire.project_id, fire.trigger_id)
        except NotFound:
            return
        if not record.document["enabled"]:
            return
        try:
            event = _event_of(fire)
            if _is_of_another_project(event, fire.project_id):
                return
            execution_id = self._start(record, event)
        except (Refused, NotFound, TooLarge) as problem:
            refused = _as_refused(problem)
            self._note(fire, error=Error(refused.code, refused.message))
            raise refused from problem
        self._note(fire, execution_id=execution_id)

    def _start(self, record: TriggerRecord, event: Mapping[str, Any]) -> str | None:
        """The id of the execution; None where it began before the trigger was changed."""
        try:
            state = self._executions.start(
                record.project_id,
                record.document["sequenceId"],
                variables=_variables(record, event),
                name=name_of(record.id, event),
                priority=record.document["priority"],
                hops=_hops(event),
                by=f"trigger {record.id}",
            )
        except WrongState as refused:
            if refused.code == "NameTaken":
                return None
            raise
        return state.execution_id

    def _note(
        self, fire: Fire, execution_id: str | None = None, error: Error | None = None
    ) -> None:
        """Only shown: that it cannot be written now is no reason to fire again."""
        firing = Firing(at=self._clock.now(), execution_id=execution_id, error=error)
        try:
            self._triggers.record_firing(fire.project_id, fire.trigger_id, firing)
        except Unavailable:
            return


def name_of(trigger_id: str, event: Mapping[str, Any]) -> str:
    """The name of the execution that a trigger starts for an event: the same each time."""
    name = f"{trigger_id}@{event['id']}"
    if len(name) <= NAME_CHARACTERS_MAX:
        return name
    return f"{trigger_id}@{hashlib.sha256(name.encode()).hexdigest()}"


def _event_of(fire: Fire) -> dict[str, Any]:
    """What ``event`` is in the trigger's variables; a schedule's looks like any other."""
    if fire.event is not None:
        if not isinstance(fire.event.get("id"), str):
            raise Invalid("MalformedMessage", "an event has an id")
        return fire.event
    try:
        due = to_iso(from_iso(fire.scheduled_time or ""))
    except ValueError as error:
        raise Invalid("MalformedMessage", f"scheduledTime {error}") from error
    return {"id": due, "source": f"{SOURCE}.schedule", "detail-type": SCHEDULED, "time": due}


def _is_of_another_project(event: Mapping[str, Any], project_id: str) -> bool:
    detail = event.get("detail")
    is_ours = event.get("source") == SOURCE
    return is_ours and not (isinstance(detail, dict) and detail.get("projectId") == project_id)


def _variables(record: TriggerRecord, event: Mapping[str, Any]) -> dict[str, Any]:
    try:
        filled = fill(parse_template(record.document["variables"]), {"event": event})
    except ExpressionError as error:
        raise Invalid("ExpressionError", f"variables of the trigger: {error}") from error
    assert isinstance(filled, dict)
    return filled


def _hops(event: Mapping[str, Any]) -> int:
    """How many triggers, this one included, lead here by events of ours."""
    detail = event.get("detail")
    if event.get("source") != SOURCE or not isinstance(detail, dict):
        return 0
    hops = detail.get("hops", 0)
    hops = (hops if isinstance(hops, int) else HOPS_MAX) + 1
    if hops > HOPS_MAX:
        text = (
            f"{HOPS_MAX} triggers have started each other's sequences in a row by their status"
            " events; let the pattern of one of them leave out the executions of the others"
        )
        raise WrongState("TriggerLoop", text)
    return hops


def _as_refused(problem: Refused | NotFound | TooLarge) -> Refused:
    if isinstance(problem, Refused):
        return problem
    return WrongState("NotFound" if isinstance(problem, NotFound) else "TooLarge", str(problem))
