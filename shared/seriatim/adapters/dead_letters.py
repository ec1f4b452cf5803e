"""``DeadLetters`` in SQS: the message as it came, why it was refused in its attributes."""

from typing import TYPE_CHECKING, Final

from seriatim.adapters.errors import transient_as_unavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MESSAGE_BYTES_MAX: Final = 1024 * 1024
REASON_CHARACTERS_MAX: Final = 1_000
ATTRIBUTES_BYTES_RESERVED: Final = 8 * 1024
"""SQS counts names, types and values of attributes with the body."""

assert 4 * REASON_CHARACTERS_MAX < ATTRIBUTES_BYTES_RESERVED


class SqsDeadLetters:
    """One message for each that was refused."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def put(self, body: str, code: str, reason: str) -> None:
        """Keep the message with ``code`` and ``reason``; of one that leaves no room for them the
        end is cut, and ``truncated`` says so.
        """
        attributes = {"code": code, "reason": _sendable(reason)[:REASON_CHARACTERS_MAX]}
        kept = body.encode()
        if len(kept) > MESSAGE_BYTES_MAX - ATTRIBUTES_BYTES_RESERVED:
            kept = kept[: MESSAGE_BYTES_MAX - ATTRIBUTES_BYTES_RESERVED]
            attributes["truncated"] = "true"
        with transient_as_unavailable:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=kept.decode(errors="ignore"),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            )


def _sendable(text: str) -> str:
    """Without what SQS takes in no text: control characters, halves of characters."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean.encode(errors="replace").decode() or "unknown"
