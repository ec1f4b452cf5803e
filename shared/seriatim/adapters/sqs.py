"""``WorkQueue`` in SQS: one standard queue, fair by project.

A body over the inline limit lies in the payloads, and a short one that names it travels
(``packed``); whoever receives a message opens it again (``opened``).
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from time import sleep
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.batching import batches
from seriatim.adapters.concurrently import each
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.adapters.tracing import ATTRIBUTE, trace_header
from seriatim.ports.errors import Unavailable
from seriatim.ports.payloads import Payloads
from seriatim.ports.queue import OutgoingWork

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH_MESSAGES_MAX = 10
BATCH_BYTES_MAX = 1024 * 1024
BODY_INLINE_BYTES_MAX = 256 * 1024
"""Lambda hands over at most 6 MB at once; ten messages of this size fit."""
DELAY_SECONDS_MAX = 900
VISIBILITY_SECONDS_MAX = 12 * 60 * 60
ATTEMPTS_MAX = 3
BACKOFF_SECONDS = 0.05

assert BODY_INLINE_BYTES_MAX <= BATCH_BYTES_MAX
assert BODY_INLINE_BYTES_MAX * BATCH_MESSAGES_MAX <= 6_000_000

# SQS's answers where a receipt is not, or no longer, that of a message in flight.
GONE = frozenset(
    {
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
    }
)


class _Packed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The short body. Work has a ``type`` and none of these fields: it cannot be taken for one."""

    payload_project: str
    payload: str


_packed_bodies: msgspec.json.Decoder[_Packed] = msgspec.json.Decoder(_Packed)


def packed(work: OutgoingWork, payloads: Payloads) -> str:
    """The text that travels for ``work``."""
    body = work.body
    if len(body) > BODY_INLINE_BYTES_MAX:
        key = payloads.put(work.project_id, body)
        body = msgspec.json.encode(_Packed(work.project_id, key))
    # XML has no such characters, so SQS takes none; in JSON they can only be inside of a string.
    return body.decode().replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def opened(body: str, payloads: Payloads) -> bytes:
    """The work that a received body stands for. Raises ``NotFound`` if its payload is gone."""
    if not body.startswith('{"payload_project"'):
        return body.encode()
    reference = _packed_bodies.decode(body)
    return payloads.get(reference.payload_project, reference.payload)


@lru_cache(maxsize=1024)
def fairness_group(project_id: str) -> str:
    """The message group of a project: SQS serves groups by turns, so no flood holds up the rest."""
    return hashlib.sha256(project_id.encode()).hexdigest()[:32]


class SqsWorkQueue:
    """Sends in as few calls as SQS allows, several of them at once: a wide fork begins thousands
    of messages, and its worker has other things to do.
    """

    def __init__(
        self,
        client: "SQSClient",
        url: str,
        payloads: Payloads,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._client = client
        self._url = url
        self._payloads = payloads
        self._pause = pause

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """Send all of them, or raise ``Unavailable``: some may have been sent."""
        messages = [self._message_of(one) for one in work]
        with transient_as_unavailable:
            if len(messages) == 1:
                self._client.send_message(QueueUrl=self._url, **messages[0])
                return
            each(
                self._send_batch,
                batches(
                    messages, _bytes_of, entries_max=BATCH_MESSAGES_MAX, bytes_max=BATCH_BYTES_MAX
                ),
            )

    def extend(self, receipt: str, seconds: int) -> None:
        """Keep a received message hidden for that long from now. An expired receipt is ignored."""
        assert 0 <= seconds <= VISIBILITY_SECONDS_MAX
        with transient_as_unavailable:
            try:
                self._client.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
            except ClientError as error:
                if code_of(error) not in GONE:
                    raise

    def _message_of(self, work: OutgoingWork) -> dict[str, Any]:
        seconds = -(-work.delay_ms // 1000)
        assert 0 <= seconds <= DELAY_SECONDS_MAX, f"a delay of {work.delay_ms} ms is a timer's"
        message: dict[str, Any] = {
            "MessageBody": packed(work, self._payloads),
            "MessageGroupId": fairness_group(work.project_id),
        }
        if seconds:
            message["DelaySeconds"] = seconds
        if header := trace_header():
            value = {"DataType": "String", "StringValue": header}
            message["MessageSystemAttributes"] = {ATTRIBUTE: value}
        return message

    def _send_batch(self, messages: list[dict[str, Any]]) -> None:
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                self._pause(BACKOFF_SECONDS * 2**attempt)
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(index), **one} for index, one in enumerate(messages)],  # type: ignore[typeddict-item]
            )
            failed = answer.get("Failed", [])
            if not failed:
                return
            for failure in failed:
                assert not failure["SenderFault"], f"SQS refused a message: {failure}"
            messages = [messages[int(failure["Id"])] for failure in failed]
        raise Unavailable(f"SQS did not take {len(messages)} messages.")


def _bytes_of(message: dict[str, Any]) -> int:
    return len(message["MessageBody"].encode())
