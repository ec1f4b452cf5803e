"""What the bus is told of a step: one event per change of an execution's status or pause and, where
a deployment wants them, of a node run's.

Pure. ``sequenceNumber`` is the number of the history's event: a reader orders by it and drops what
it has seen.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from seriatim.domain import control_events as c
from seriatim.domain import events as e
from seriatim.domain import permit_events as p
from seriatim.domain.event import NodeEvent
from seriatim.domain.join_events import FiringUndone
from seriatim.domain.step import Step
from seriatim.domain.times import to_iso
from seriatim.domain.values import Error, Status
from seriatim.ports.event_bus import OutgoingEvent

EXECUTION_CHANGED: Final = "Execution Status Change"
NODE_CHANGED: Final = "Node Status Change"

DETAIL_BYTES_MAX: Final = 240 * 1024
"""EventBridge takes 1 MB. Beyond this, big parts are left out and the event says so: it then fits
every target, and is billed as four events of 64 KB at most.
"""
MESSAGE_CHARACTERS_MAX: Final = 4_096
"""Of an error's message, where the event would be too large."""

_encode = msgspec.json.Encoder().encode

Change = tuple[Status | None, dict[str, Any]]


class Identity(msgspec.Struct, frozen=True):
    """What an execution is, as its first event has it; later steps do not say it again."""

    project_id: str
    execution_id: str
    sequence_id: str
    revision: int
    started_at: int
    name: str | None
    priority: int
    metadata: dict[str, Any]
    parent_id: str | None
    hops: int


def identity_of(step: Step) -> Identity | None:
    """The identity that a step tells: the first step of an execution does."""
    started = step.events[0]
    if not isinstance(started, e.ExecutionStarted):
        return None
    return Identity(
        project_id=started.project_id,
        execution_id=started.execution_id,
        sequence_id=started.sequence_id,
        revision=started.revision,
        started_at=step.time,
        name=started.name,
        priority=started.priority,
        metadata=started.metadata,
        parent_id=started.parent.execution_id if started.parent else None,
        hops=started.hops,
    )


def events_of(identity: Identity, step: Step, *, has_nodes: bool) -> Iterator[OutgoingEvent]:
    """The events of a step, in the order of the history; with ``has_nodes`` those of nodes, too."""
    asks_first = any(isinstance(x, p.SlotRequested | p.HoldingsRequested) for x in step.events)
    for number, event in enumerate(step.events, step.first_event):
        change = _execution_change(event, asks_first=asks_first)
        detail_type = EXECUTION_CHANGED
        if change is None and has_nodes and isinstance(event, NodeEvent):
            change, detail_type = _node_change(event), NODE_CHANGED
        if change is None:
            continue
        detail = _about(identity) | {
            "sequenceNumber": number,
            "time": to_iso(step.time),
            "status": change[0],
            **change[1],
        }
        if isinstance(event, e.ExecutionEnded):
            detail["endTime"] = to_iso(step.time)
        yield OutgoingEvent(detail_type, step.time, fitted(detail))


def revision_after(step: Step) -> int | None:
    """The revision that a step has its execution go on with, where it changes it."""
    revision = None
    for event in step.events:
        if isinstance(event, c.ExecutionRedriven | c.ExecutionMoved):
            revision = event.revision
    return revision


def _about(identity: Identity) -> dict[str, Any]:
    told = {
        "projectId": identity.project_id,
        "executionId": identity.execution_id,
        "sequenceId": identity.sequence_id,
        "revision": identity.revision,
        "startTime": to_iso(identity.started_at),
        "name": identity.name,
        "priority": identity.priority or None,
        "metadata": identity.metadata or None,
        "parentExecutionId": identity.parent_id,
        "hops": identity.hops or None,
    }
    return {field: value for field, value in told.items() if value is not None}


def _execution_change(event: e.AnyEvent, *, asks_first: bool) -> Change | None:
    """``asks_first``: the step asks for what the execution has to have before it runs."""
    match event:
        case e.ExecutionStarted():
            return (Status.PENDING if event.slots else Status.RUNNING), {}
        case e.ExecutionStatusChanged():
            return event.status, {}
        case c.ExecutionRedriven():
            status = Status.PENDING if asks_first else Status.RUNNING
            return status, {"revision": event.revision, **_given(reason=event.reason)}
        case p.ExecutionAdmitted():
            return Status.RUNNING, {}
        case c.ExecutionPaused():
            return event.status, {"paused": True, **_given(reason=event.reason)}
        case c.ExecutionResumed():
            return event.status, {"paused": False}
        case e.ExecutionEnded():
            return event.status, _given(error=_shown(event.error), reason=event.reason)
        case _:
            return None


def _node_change(event: NodeEvent) -> Change | None:
    """The status that the event gives its node run, as the API shows it."""
    status, more = None, {}
    match event:
        case e.NodeStarted():
            status, more = Status.PENDING, _given(index=event.index)
        case e.TaskScheduled():
            status = Status.WAITING if event.handed_out else Status.RUNNING
            more = {"attempt": event.attempt}
        case e.TaskStarted():
            status, more = Status.RUNNING, {"attempt": event.attempt}
        case e.TaskFailed():
            status = Status.WAITING
            more = {"attempt": event.attempt, "error": _shown(event.error)}
        case e.NodeWaiting() | e.IncidentRaised():
            status = Status.WAITING
            if isinstance(event, e.IncidentRaised):
                more = {"error": _shown(event.error)}
        case e.DependenciesResolved():
            status = Status.PENDING
        case e.NodeSucceeded():
            status = Status.SUCCEEDED
        case e.NodeFailed():
            status, more = Status.FAILED, {"error": _shown(event.error)}
        case FiringUndone():
            status = Status.CANCELLED
        case e.NodeCancelled():
            status, more = Status.CANCELLED, {"reason": event.reason}
        case _:
            return None
    return status, {"nodeId": event.node_id, "number": event.number, "run": event.run, **more}


def _given(**fields: Any) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if value is not None}


def _shown(error: Error | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"code": error.code, "message": error.message, **_given(details=error.details)}


def fitted(detail: dict[str, Any]) -> bytes:
    """The JSON of a detail; of one too large the error's details, then the middle of its message,
    then the metadata are left out, and ``truncated`` says so.
    """
    body = _encode(detail)
    if len(body) <= DETAIL_BYTES_MAX:
        return body
    detail = {**detail, "truncated": True}
    for cut in (_without_details, _with_short_texts, _without_metadata):
        detail = cut(detail)
        body = _encode(detail)
        if len(body) <= DETAIL_BYTES_MAX:
            break
    assert len(body) <= DETAIL_BYTES_MAX, "names and ids are bounded"
    return body


def _without_details(detail: dict[str, Any]) -> dict[str, Any]:
    if "error" not in detail:
        return detail
    kept = {field: value for field, value in detail["error"].items() if field != "details"}
    return {**detail, "error": kept}


def _with_short_texts(detail: dict[str, Any]) -> dict[str, Any]:
    shortened = {}
    if "error" in detail:
        error = detail["error"]
        shortened["error"] = {**error, "message": error["message"][:MESSAGE_CHARACTERS_MAX]}
    if "reason" in detail:
        shortened["reason"] = detail["reason"][:MESSAGE_CHARACTERS_MAX]
    return detail | shortened


def _without_metadata(detail: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in detail.items() if field != "metadata"}
