"""The ``eventbridge`` integration: puts an event on a bus, which completes the task at once or,
with ``callback``, hands it out.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seriatim.domain.errors import PAYLOAD_TOO_LARGE
from seriatim.domain.values import Error
from seriatim.ports.event_bus import SOURCE
from seriatim.ports.tasks import Completed, Failed, HandedOut, TaskOutcome, TaskRequest
from seriatim.tasks.attempts import envelope
from seriatim.tasks.aws import Aws
from seriatim.tasks.failures import failed, shortened

EVENT_BYTES_MAX: Final = 1024 * 1024
ENTRY_BYTES_RESERVED: Final = 4 * 1024
"""For what counts beside the detail: source, detail type, time."""

SOURCE_NOT_ALLOWED: Final = "EventBridge.SourceNotAllowed"
TRANSIENT_ENTRY_CODES: Final = frozenset(
    {"InternalException", "InternalFailure", "ThrottlingException"}
)


class EventBridgeTasks:
    """Puts events on a bus of the user's."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> TaskOutcome:
        """Put the envelope, without a task token where nobody is to answer. The result is
        ``{eventId}``.
        """
        if settings["source"] == SOURCE:
            text = f"events of the source {SOURCE!r} are the service's own; use another source"
            return failed(SOURCE_NOT_ALLOWED, text)
        is_callback = bool(settings.get("callback"))
        detail = msgspec.json.encode(envelope(request, has_token=is_callback))
        if len(detail) > EVENT_BYTES_MAX - ENTRY_BYTES_RESERVED:
            return failed(
                PAYLOAD_TOO_LARGE,
                f"the event's detail has {len(detail):,} bytes, and EventBridge takes"
                f" {EVENT_BYTES_MAX - ENTRY_BYTES_RESERVED:,}",
            )
        try:
            answer = self._aws.clients.events.put_events(
                Entries=[
                    {
                        "EventBusName": settings["busName"],
                        "Source": settings["source"],
                        "DetailType": settings["detailType"],
                        "Detail": detail.decode(),
                    }
                ]
            )
        except self._aws.errors as error:
            return Failed(self._aws.error_of("EventBridge", error))
        entry = answer["Entries"][0]
        code = entry.get("ErrorCode")
        if code:
            message = shortened(entry.get("ErrorMessage", ""))
            is_transient = code in TRANSIENT_ENTRY_CODES
            return Failed(Error(f"EventBridge.{code}", message, retryable=is_transient))
        return HandedOut() if is_callback else Completed({"eventId": entry.get("EventId")})
