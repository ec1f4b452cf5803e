"""The ``lambda`` integration: invokes a function, and waits for its result or for its task token.

``sync``: the event is the inputs; the attempt is in the client context (``custom``). ``async``: the
event is the envelope with the task token.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seriatim.domain.definition.kinds import Invocation
from seriatim.domain.errors import INVALID_OUTPUT, PAYLOAD_TOO_LARGE, TIMEOUT
from seriatim.ports.clock import Clock
from seriatim.ports.tasks import Completed, Failed, HandedOut, TaskOutcome, TaskRequest
from seriatim.tasks.attempts import envelope
from seriatim.tasks.aws import Aws
from seriatim.tasks.bounded import TimeIsUp, call_within
from seriatim.tasks.failures import failed
from seriatim.tasks.results import NotJson, completed, decoded

SYNC_BYTES_MAX: Final = 6 * 1024 * 1024
ASYNC_BYTES_MAX: Final = 1024 * 1024
CLIENT_CONTEXT_BYTES_MAX: Final = 3_583
FUNCTION_ERROR: Final = "Lambda.FunctionError"
STACK_LINES_MAX: Final = 10


class LambdaTasks:
    """Invokes Lambda functions by ARN."""

    def __init__(self, clock: Clock, aws: Aws) -> None:
        self._clock = clock
        self._aws = aws

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> TaskOutcome:
        """Invoke it. An error that the function raised has its class as the code; one of Lambda's
        own is ``Lambda.<Code>``.
        """
        arn = settings["functionArn"]
        if settings.get("invocation") == Invocation.ASYNC:
            return self._send(request, arn)
        payload = msgspec.json.encode(request.inputs)
        if len(payload) > SYNC_BYTES_MAX:
            return _too_large(len(payload), SYNC_BYTES_MAX)
        try:
            return call_within(
                lambda: self._invoke(arn, payload, _client_context(request)),
                clock=self._clock,
                deadline=request.deadline,
            )
        except TimeIsUp:
            message = "the function took longer than timeoutSeconds"
            return failed(TIMEOUT, message, is_retryable=True)
        except self._aws.errors as error:
            return Failed(self._aws.error_of("Lambda", error))

    def _invoke(self, arn: str, payload: bytes, context: str) -> Completed | Failed:
        answer = self._aws.clients.functions.invoke(
            FunctionName=arn,
            InvocationType="RequestResponse",
            Payload=payload,
            ClientContext=context,
        )
        body = answer["Payload"].read()
        if answer.get("FunctionError"):
            return _function_error(body)
        try:
            return completed(decoded(body) if body else None)
        except NotJson as error:
            return failed(INVALID_OUTPUT, f"the function's result is no JSON: {error}")

    def _send(self, request: TaskRequest, arn: str) -> HandedOut | Failed:
        payload = msgspec.json.encode(envelope(request))
        if len(payload) > ASYNC_BYTES_MAX:
            return _too_large(len(payload), ASYNC_BYTES_MAX)
        try:
            self._aws.clients.functions.invoke(
                FunctionName=arn, InvocationType="Event", Payload=payload
            )
        except self._aws.errors as error:
            return Failed(self._aws.error_of("Lambda", error))
        return HandedOut()


def _client_context(request: TaskRequest) -> str:
    custom = envelope(request, has_token=False)
    del custom["inputs"]
    context = base64.b64encode(msgspec.json.encode({"custom": custom}))
    if len(context) > CLIENT_CONTEXT_BYTES_MAX:  # ids in scripts of four bytes
        kept = {"custom": {"idempotencyKey": request.idempotency_key}}
        context = base64.b64encode(msgspec.json.encode(kept))
    return context.decode()


def _function_error(body: bytes) -> Failed:
    try:
        raised = decoded(body)
    except NotJson:
        raised = {"errorMessage": body.decode("utf-8", "replace")}
    if not isinstance(raised, dict):
        raised = {"errorMessage": str(raised)}
    trace = raised.get("stackTrace") or raised.get("trace")
    details = {"stackTrace": trace[-STACK_LINES_MAX:]} if isinstance(trace, list) else None
    return failed(
        str(raised.get("errorType") or FUNCTION_ERROR),
        str(raised.get("errorMessage") or "the function failed"),
        details=details,
        is_retryable=True,
    )


def _too_large(size: int, size_max: int) -> Failed:
    return failed(
        PAYLOAD_TOO_LARGE,
        f"the event for the function has {size:,} bytes, and Lambda takes {size_max:,}",
    )
