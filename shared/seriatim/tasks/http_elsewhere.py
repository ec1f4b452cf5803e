"""The ``http`` integration where it is kept apart: the request is sent by a function that may read
no data of ours, so that whoever makes it misbehave has nothing but the request.

``HttpElsewhere`` asks it, ``answered`` is what it answers.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seriatim.domain.errors import PAYLOAD_TOO_LARGE, TIMEOUT
from seriatim.domain.values import ExecutionKey
from seriatim.ports.clock import Clock
from seriatim.ports.tasks import Completed, Failed, HandedOut, TaskOutcome, TaskRequest
from seriatim.tasks.aws import Aws
from seriatim.tasks.bounded import TimeIsUp, call_within
from seriatim.tasks.failures import failed
from seriatim.tasks.http import ANSWER_TOO_LARGE, HttpTasks
from seriatim.tasks.http_credentials import Credential, Secrets, credential

BYTES_MAX: Final = 6_000_000
"""Of what Lambda hands over at once, either way (6 MB, of which it wants a little itself)."""
FUNCTION_FAILED: Final = "Http.FunctionFailed"
NOBODY: Final = ExecutionKey("", "")


class HttpAttempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """All that the other function is told: the request as it is to be sent, and its headers'
    sources. No execution, no variable, no definition.
    """

    settings: dict[str, Any]
    idempotency_key: str
    task_token: str
    """Empty unless the request is to carry it."""
    deadline: int | None
    credential: Credential | None = None
    """The one of this request: the function may read no others."""


class HttpOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What became of it: an error, or a result, or neither where somebody will answer by token."""

    is_handed_out: bool = False
    result: Any = None
    error: dict[str, Any] | None = None


_outcomes: msgspec.json.Decoder[HttpOutcome] = msgspec.json.Decoder(HttpOutcome)


class HttpElsewhere:
    """Has requests sent by another function, and waits for it."""

    def __init__(self, clock: Clock, aws: Aws, function_name: str, secrets: Secrets) -> None:
        self._secrets = secrets
        self._clock = clock
        self._aws = aws
        self._function_name = function_name

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> TaskOutcome:
        """As ``HttpTasks.run``. A function that fails is a retryable failure: nobody knows whether
        the request was sent, as with a connection that breaks.
        """
        found = credential(self._secrets, request.key.project_id, settings)
        if isinstance(found, Failed):
            return found
        payload = msgspec.json.encode(
            HttpAttempt(
                settings={k: v for k, v in settings.items() if k != "credentials"},
                idempotency_key=request.idempotency_key,
                task_token=request.task_token if settings.get("callback") else "",
                deadline=request.deadline,
                credential=found,
            )
        )
        if len(payload) > BYTES_MAX:
            message = f"the request has {len(payload):,} bytes; {BYTES_MAX:,} are the most"
            return failed(PAYLOAD_TOO_LARGE, message)
        try:
            return call_within(
                lambda: self._invoke(payload, found), clock=self._clock, deadline=request.deadline
            )
        except TimeIsUp:
            message = "the request took longer than timeoutSeconds"
            return failed(TIMEOUT, message, is_retryable=True)
        except self._aws.errors as error:
            return Failed(self._aws.error_of("Lambda", error))

    def _invoke(self, payload: bytes, secret: Credential | None) -> TaskOutcome:
        answer = self._aws.clients.functions.invoke(
            FunctionName=self._function_name, InvocationType="RequestResponse", Payload=payload
        )
        body = answer["Payload"].read()
        if answer.get("FunctionError"):
            said = body.decode(errors="replace")
            shown = said if secret is None else secret.blotted(said)
            message = f"the function that sends requests failed: {shown[:500]}"
            return failed(FUNCTION_FAILED, message, is_retryable=True)
        return _outcome(_outcomes.decode(body))


def answered(tasks: HttpTasks, attempt: Mapping[str, Any]) -> dict[str, Any]:
    """Send the request of an ``HttpAttempt``; an ``HttpOutcome``. Both as JSON has them."""
    asked = msgspec.convert(attempt, HttpAttempt)
    request = TaskRequest(
        key=NOBODY,
        sequence_id="",
        node_id="",
        number=0,
        run=0,
        attempt=0,
        definition={},
        inputs={},
        idempotency_key=asked.idempotency_key,
        task_token=asked.task_token,
        deadline=asked.deadline,
    )
    told = _told(tasks.send(request, asked.settings, asked.credential))
    if len(msgspec.json.encode(told)) > BYTES_MAX:
        message = f"the answer has more than {BYTES_MAX:,} bytes"
        told = _told(failed(ANSWER_TOO_LARGE, message))
    answer: dict[str, Any] = msgspec.to_builtins(told)
    return answer


def _told(outcome: TaskOutcome) -> HttpOutcome:
    match outcome:
        case Completed(result):
            return HttpOutcome(result=result)
        case Failed(error):
            return HttpOutcome(error=msgspec.to_builtins(error))
        case HandedOut():
            return HttpOutcome(is_handed_out=True)


def _outcome(told: HttpOutcome) -> TaskOutcome:
    if told.error is not None:
        return msgspec.convert({"error": told.error}, Failed)
    return HandedOut() if told.is_handed_out else Completed(told.result)
