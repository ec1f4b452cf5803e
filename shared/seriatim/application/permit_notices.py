"""Notices of a ledger as messages to the executions that they are for."""

from collections.abc import Iterable
from typing import assert_never

from seriatim.application.work import DeliverMessage, encode
from seriatim.domain.messages import PermitsDenied, PermitsGranted
from seriatim.domain.permits.values import Denied, Granted, Notice
from seriatim.ports.queue import OutgoingWork, WorkQueue


def send_notices(queue: WorkQueue, project_id: str, ledger: str, notices: Iterable[Notice]) -> None:
    """Send all of them. Done twice, the second is refused as stale. Raises ``Unavailable``."""
    messages = [
        work_of(project_id, notice.execution_id, message_of(ledger, notice)) for notice in notices
    ]
    if messages:
        queue.send([OutgoingWork(project_id, encode(message)) for message in messages])


def work_of(
    project_id: str, execution_id: str, message: PermitsGranted | PermitsDenied
) -> DeliverMessage:
    """The message that brings a ledger's answer to an execution."""
    return DeliverMessage(project_id=project_id, execution_id=execution_id, message=message)


def message_of(ledger: str, notice: Notice) -> PermitsGranted | PermitsDenied:
    """What the execution is told."""
    match notice:
        case Granted():
            return PermitsGranted(
                ledger=ledger,
                request_id=notice.request_id,
                not_before=notice.not_before,
                target=notice.target,
            )
        case Denied():
            return PermitsDenied(ledger=ledger, request_id=notice.request_id, error=notice.error)
        case _:
            assert_never(notice)
