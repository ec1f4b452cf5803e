"""Executions, node runs, errors and history as callers see them: camelCase documents, ISO times.

The founding document's ``SequenceExecution``, ``NodeExecution`` and ``ExecutionError`` with what
the contract adds. Says nothing of pages and sizes (``pages``, ``answer_size``).
"""

from collections.abc import Mapping
from typing import Any, Final

from seriatim.domain.event import NodeEvent
from seriatim.domain.events import AnyEvent
from seriatim.domain.state import NodeRun, Pause, State
from seriatim.domain.times import to_iso
from seriatim.domain.values import ChildOutcome, Error, ParentLink, Status, Wait
from seriatim.ports.sequences import SequenceRecord
from seriatim.ports.summaries import Summary

Document = dict[str, Any]

TIME_FIELDS: Final = frozenset(
    {"deadline", "heartbeat_by", "retry_at", "queue_by", "at", "not_before"}
)
INTERNAL_FIELDS: Final = frozenset(
    {"content", "arrival", "keeps_ended", "scope", "start_node_id", "tasks_version", "request_id"}
)
"""Bookkeeping of tokens and of storage: the history says the same in other words."""
FLAGS: Final = frozenset({"handed_out", "has_until", "is_end", "uncaught", "is_kept"})
"""Fields that are there only where they are true."""
UNLISTED_FIELDS: Final = frozenset({"nodes", "transitions", "variables"})
"""What a list leaves out of a sequence's document: they can be many."""


def execution_document(state: State) -> Document:
    """An execution in full: the latest run of each node, in order of start."""
    runs = latest_runs(state)
    document: Document = {
        **execution_receipt(state),
        "paused": state.is_paused,
        "pause": _pause(state.pause) if state.is_paused else None,
        "priority": state.priority,
        "reason": state.end_reason,
        "parent": _parent(state.parent),
        "currentNodeIds": _current_node_ids(state),
        "variables": state.variables,
        "outputs": state.outputs,
        "nodeExecutions": {run.node_id: node_run_document(run) for run in runs},
        "errors": [error_document(error, at, node_id) for at, node_id, error in state.errors],
        "metadata": state.metadata,
    }
    return _without_absent(document)


def execution_receipt(state: State) -> Document:
    """What a call answers that is not about what is in the execution."""
    document: Document = {
        "id": state.execution_id,
        "sequenceId": state.sequence_id,
        "projectId": state.project_id,
        "name": state.name,
        "revision": state.revision,
        "status": state.status.value,
        "startTime": to_iso(state.started_at),
        "endTime": _time(state.ended_at),
    }
    return _without_absent(document)


def node_run_document(run: NodeRun, task_token: str | None = None) -> Document:
    """One run of a node; with the task token that a waiting one is to be completed with."""
    known = (time for time in (run.ended_at, run.failed_at) if time is not None)
    failed_at = next(known, run.started_at)
    document: Document = {
        "nodeId": run.node_id,
        "run": run.run,
        "index": run.index,
        "status": run.status.value,
        "startTime": to_iso(run.started_at),
        "endTime": _time(run.ended_at),
        "attempts": run.attempts,
        "inputs": run.inputs,
        "outputs": run.outputs,
        "error": error_document(run.error, failed_at, run.node_id) if run.error else None,
        "taskToken": task_token,
        "waitingFor": _waiting_for(run),
    }
    return _without_absent(document)


def _waiting_for(run: NodeRun) -> Document | None:
    """What an active run waits for; None for one that works or has ended."""
    if run.status is not Status.WAITING:
        return None
    if run.retry_at is not None:
        return {"kind": "retry", "until": to_iso(run.retry_at)}
    if run.wait is None:
        return _without_absent({"kind": "task", "until": _time(run.queue_by or run.deadline)})
    names = list(run.wait.node_ids)
    return _without_absent(
        {
            "kind": run.wait.kind,
            "until": _time(run.wait.at),
            "ledger" if run.wait.kind in {"permit", "rate"} else "signalName": run.wait.name,
            "units": run.wait.units or None,
            "executionIds" if run.wait.kind == "child" else "nodeIds": names or None,
        }
    )


def latest_runs(state: State) -> list[NodeRun]:
    """The latest run of each node over all scopes, in order of start."""
    latest: dict[str, NodeRun] = {}
    for (_, node_id), run in state.latest.items():
        if node_id not in latest or latest[node_id].number < run.number:
            latest[node_id] = state.active.get(run.number, run)
    return sorted(latest.values(), key=lambda run: run.number)


def error_document(error: Error, at: int | None = None, node_id: str | None = None) -> Document:
    """An error; with the time and the node where the founding document has them."""
    document: Document = {
        "code": error.code,
        "message": error.message,
        "details": error.details,
        "timestamp": _time(at),
        "nodeId": node_id,
        "retryable": error.retryable,
    }
    return _without_absent(document)


def _pause(pause: Pause | None) -> Document | None:
    if pause is None:
        return None
    return _without_absent({"at": to_iso(pause.at), "reason": pause.reason, "by": pause.by})


def summary_document(summary: Summary) -> Document:
    """An execution as lists show it."""
    document: Document = {
        "id": summary.id,
        "sequenceId": summary.sequence_id,
        "projectId": summary.project_id,
        "name": summary.name,
        "revision": summary.revision,
        "status": summary.status.value,
        "paused": summary.paused,
        "priority": summary.priority,
        "startTime": to_iso(summary.start_time),
        "endTime": _time(summary.end_time),
        "parentId": summary.parent_id,
        "error": error_document(summary.error) if summary.error else None,
        "metadata": summary.metadata,
    }
    return _without_absent(document)


def sequence_document(
    record: SequenceRecord, document: Mapping[str, Any], revision: int
) -> Document:
    """A sequence with one of its documents: the newest, or a revision's."""
    return {
        **document,
        "id": record.id,
        "projectId": record.project_id,
        "status": record.status,
        "revision": revision,
        "createdAt": to_iso(record.created_at),
        "updatedAt": to_iso(record.updated_at),
    }


def listed_sequence_document(record: SequenceRecord) -> Document:
    """A sequence as lists show it: without its nodes, transitions and variables."""
    shown = {name: value for name, value in record.document.items() if name not in UNLISTED_FIELDS}
    return sequence_document(record, {**shown, "name": record.name}, record.revision)


def history_item(number: int, time: int, event: AnyEvent) -> Document:
    """An event as the history shows it. ``nodeRun`` tells the runs of one node id apart."""
    document: Document = {"number": number, "time": to_iso(time), "type": type(event).__name__}
    is_about_run = isinstance(event, NodeEvent)
    names = zip(event.__struct_fields__, event.__struct_encode_fields__, strict=True)
    for field, name in names:
        if field in INTERNAL_FIELDS:
            continue
        value = getattr(event, field)
        if field == "number" and is_about_run:
            document["nodeRun"] = value
        elif value is not None and value != () and (value or field not in FLAGS):
            document[name] = _on_wire(field, value)
    return document


def _on_wire(field: str, value: Any) -> Any:
    match value:
        case int() if field in TIME_FIELDS:
            return to_iso(value)
        case tuple() if field == "taken":
            return [transition_id for transition_id, _ in value]
        case Error():
            return error_document(value)
        case Wait():
            waits = {
                "kind": value.kind,
                "at": _time(value.at),
                "name": value.name,
                "nodeIds": list(value.node_ids) or None,
                "units": value.units or None,
            }
            return _without_absent(waits)
        case ParentLink():
            return _parent(value)
        case ChildOutcome():
            error = error_document(value.error) if value.error else None
            outcome = {"status": value.status.value, "outputs": value.outputs, "error": error}
            return _without_absent(outcome)
        case _:
            return value


def _parent(parent: ParentLink | None) -> Document | None:
    if parent is None:
        return None
    document = {
        "executionId": parent.execution_id,
        "nodeRun": parent.number,
        "index": parent.index,
    }
    return _without_absent(document)


def _current_node_ids(state: State) -> list[str]:
    """Where the tokens are: on nodes that run or wait, on their way to one, parked at a join.

    In order of start and of arrival; an execution that has ended has none.
    """
    if state.status.is_terminal:
        return []
    running = [state.active[number].node_id for number in sorted(state.active)]
    on_their_way = [state.arrivals[number].node_id for number in sorted(state.arrivals)]
    parked = sorted(
        (token.arrival, node_id)
        for (_, node_id), parking in state.parked.items()
        for tokens in parking.held.values()
        for token in tokens
    )
    return list(dict.fromkeys([*running, *on_their_way, *(node_id for _, node_id in parked)]))


def _time(ms: int | None) -> str | None:
    return None if ms is None else to_iso(ms)


def _without_absent(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
