"""The ``sqs`` integration: hands an attempt out by a message on a queue of the user's."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from seriatim.domain.errors import PAYLOAD_TOO_LARGE
from seriatim.ports.tasks import Failed, HandedOut, TaskRequest
from seriatim.tasks.attempts import envelope
from seriatim.tasks.aws import Aws
from seriatim.tasks.failures import failed

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageRequestTypeDef

MESSAGE_BYTES_MAX: Final = 1024 * 1024
QUEUE_NOT_ALLOWED: Final = "Sqs.QueueNotAllowed"
FIFO_SUFFIX: Final = ".fifo"
NOT_TEXT: Final = ("\ufffe", "\uffff")
"""Characters that JSON may hold as they are and SQS refuses."""


class SqsTasks:
    """Sends messages; whoever receives one answers with its task token."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> HandedOut | Failed:
        """Send the envelope. On a FIFO queue an execution's messages keep their order, and an
        attempt that is delivered twice sends one. A queue of the service's own is refused.
        """
        if _place(settings["queueUrl"]) in {_place(url) for url in self._aws.own_queues}:
            return failed(QUEUE_NOT_ALLOWED, "the queue is the service's own; name one of yours")
        message = envelope(request)
        body = _compact(message, is_ascii=False)
        if any(character in body for character in NOT_TEXT):
            body = _compact(message, is_ascii=True)
        size = len(body.encode())
        if size > MESSAGE_BYTES_MAX:
            return failed(
                PAYLOAD_TOO_LARGE,
                f"the message has {size:,} bytes, and SQS takes {MESSAGE_BYTES_MAX:,}",
            )
        sending: SendMessageRequestTypeDef = {
            "QueueUrl": settings["queueUrl"],
            "MessageBody": body,
        }
        if settings["queueUrl"].endswith(FIFO_SUFFIX):
            sending["MessageGroupId"] = _digest(request.key.execution_id)
            sending["MessageDeduplicationId"] = _digest(
                f"{request.idempotency_key}/{request.attempt}"
            )
        try:
            self._aws.clients.sqs.send_message(**sending)
        except self._aws.errors as error:
            return Failed(self._aws.error_of("Sqs", error))
        return HandedOut()


def _compact(message: Mapping[str, Any], *, is_ascii: bool) -> str:
    return json.dumps(message, ensure_ascii=is_ascii, allow_nan=False, separators=(",", ":"))


def _place(url: str) -> str:
    """Account and name of a queue: its URL may have several hosts."""
    return "/".join(unquote(urlsplit(url).path).split("/")[-2:])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
