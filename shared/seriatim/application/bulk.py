"""Bulk calls: one act on all executions of a project that a filter shows.

A bulk is a chain of messages, one per page of the list. Each execution gets the act under a key
made of the bulk's id, so a page that is done twice changes nothing. What started after the call, or
after the first one under the same key, is left out.
"""

import base64
import hashlib
from enum import StrEnum
from typing import assert_never

import msgspec

from seriatim.application import work as w
from seriatim.application.errors import Refused, WrongState
from seriatim.application.redriving import RedriveOrder, redrive_request
from seriatim.application.starting import Starter
from seriatim.application.states import States
from seriatim.domain import messages as m
from seriatim.domain.values import TERMINAL, Status
from seriatim.ports.bulk_keys import BulkKeys, SettledBulk
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound
from seriatim.ports.ids import Ids
from seriatim.ports.queue import OutgoingWork, WorkQueue
from seriatim.ports.summaries import Summaries, Summary, SummaryFilter

EXECUTIONS_PER_PAGE = 100
REDRIVABLE = TERMINAL - {Status.SUCCEEDED}


class BulkAction(StrEnum):
    """What can be done to many executions at once."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    REDRIVE = "redrive"


class BulkOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks for; a filter that restricts nothing is all executions of the project."""

    action: BulkAction
    where: SummaryFilter
    reason: str | None = None
    by: str | None = None
    key: str | None = None


class Bulk:
    """The use case of callers, and what the worker does of it."""

    def __init__(
        self,
        summaries: Summaries,
        queue: WorkQueue,
        starter: Starter,
        states: States,
        ids: Ids,
        keys: BulkKeys,
        clock: Clock,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._summaries = summaries
        self._queue = queue
        self._starter = starter
        self._states = states
        self._ids = ids

    def order(self, project_id: str, order: BulkOrder) -> str:
        """Have it done; returns the bulk's id. When this returns it is not lost any more. The same
        order with the same key is the same bulk, which changes nothing the second time. Raises
        ``WrongState`` where the key stands for another order.
        """
        bulk_id, at = self._settled(project_id, order)
        before = order.where.started_before
        before = at + 1 if before is None else min(before, at + 1)
        work = w.RunBulk(
            project_id=project_id,
            execution_id=bulk_id,
            action=order.action.value,
            where=msgspec.structs.replace(order.where, started_before=before),
            reason=order.reason,
            by=order.by,
        )
        self._queue.send([_outgoing(work)])
        return bulk_id

    def _settled(self, project_id: str, order: BulkOrder) -> SettledBulk:
        """The key is settled before the message is sent: after a crash the same order is sent
        again, and no other can have come between.
        """
        now = self._clock.now()
        if order.key is None:
            return SettledBulk(self._ids.new("bulk"), now)
        bulk_id = _id_of(project_id, order)
        settled = self._keys.settle(project_id, order.key, bulk_id, now)
        if settled.id != bulk_id:
            text = f"the idempotency key {order.key!r} was used for another bulk; take a new one"
            raise WrongState("IdempotencyKeyReused", text)
        return settled

    def act(self, work: w.RunBulk | w.RedriveExecution) -> w.DeliverMessage | None:
        """Do a page; or say which message a redrive is, pinned now."""
        if isinstance(work, w.RedriveExecution):
            return self._redrive(work)
        self._run(work)
        return None

    def _run(self, work: w.RunBulk) -> None:
        """Send the act to each execution of a page whose state allows it, and the next page."""
        page = self._summaries.list(work.project_id, work.where, EXECUTIONS_PER_PAGE, work.cursor)
        action = BulkAction(work.action)
        works = [_act(work, action, one.id) for one in page.items if _is_allowed(action, one)]
        if page.cursor is not None:
            works.append(msgspec.structs.replace(work, cursor=page.cursor))
        if works:
            self._queue.send([_outgoing(each) for each in works])

    def _redrive(self, work: w.RedriveExecution) -> w.DeliverMessage | None:
        """The redrive as a message, pinned now; ``None`` where there is nothing to run it on."""
        order = RedriveOrder(reason=work.reason, key=work.idempotency_key, by=work.by)
        state = self._states.fresh(work.key)
        if state is None:
            return None
        try:
            message = redrive_request(self._starter, state, order)
        except (Refused, NotFound):
            return None
        return w.DeliverMessage(
            project_id=work.project_id, execution_id=work.execution_id, message=message
        )


def _id_of(project_id: str, order: BulkOrder) -> str:
    parts = [project_id, order.key, order.action.value, order.where, order.reason]
    digest = hashlib.sha256(msgspec.json.encode(parts)).digest()[:16]
    return "bulk-" + base64.b32encode(digest).decode().lower().rstrip("=")


def _is_allowed(action: BulkAction, summary: Summary) -> bool:
    """Whether the execution, as it is listed, could be told to. It decides for itself."""
    is_over = summary.status in TERMINAL
    match action:
        case BulkAction.CANCEL:
            return not is_over
        case BulkAction.PAUSE:
            return not is_over and not summary.paused
        case BulkAction.RESUME:
            return not is_over and summary.paused
        case BulkAction.REDRIVE:
            return summary.status in REDRIVABLE
        case _:
            assert_never(action)


def _act(work: w.RunBulk, action: BulkAction, execution_id: str) -> w.AnyWork:
    key, reason, by = work.execution_id, work.reason, work.by
    message: m.AnyMessage
    match action:
        case BulkAction.CANCEL:
            message = m.CancelRequest(reason=reason, key=key, by=by)
        case BulkAction.PAUSE:
            message = m.PauseRequest(reason=reason, key=key, by=by)
        case BulkAction.RESUME:
            message = m.ResumeRequest(reason=reason, key=key, by=by)
        case BulkAction.REDRIVE:
            return w.RedriveExecution(
                project_id=work.project_id,
                execution_id=execution_id,
                idempotency_key=key,
                reason=reason,
                by=by,
            )
        case _:
            assert_never(action)
    return w.DeliverMessage(project_id=work.project_id, execution_id=execution_id, message=message)


def _outgoing(work: w.AnyWork) -> OutgoingWork:
    return OutgoingWork(work.project_id, w.encode(work))
