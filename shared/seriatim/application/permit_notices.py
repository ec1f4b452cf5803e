"""Notices of a ledger as messages to the executions that they are for."""

from collections.abc import Iterable
from typing import assert_never

from seriatim.application.work import DeliverMessage, encode
from seriatim.domain.messages import PermitsDenied, PermitsGranted
from seriatim.domain.permits.values import Denied, Granted, Notice
from seriatim.ports import OutgoingWork, WorkQueue


def send_notices(queue: WorkQueue, project_id: str, ledger: str, notices: Iterable[Notice]) -> None:
    """Send all of them. Done twice, the second is refused as stale. Raises ``Unavailable``."""
    work = [_work(project_id, ledger, notice) for notice in notices]
    if work:
        queue.send(work)


def _work(project_id: str, ledger: str, notice: Notice) -> OutgoingWork:
    message = DeliverMessage(
        project_id=project_id,
        execution_id=notice.execution_id,
        message=message_of(ledger, notice),
    )
    return OutgoingWork(project_id, encode(message))


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
