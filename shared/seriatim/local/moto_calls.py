"""Hands calls of DynamoDB and EventBridge to moto's own methods, without the HTTP between.

Most of a call's time goes into a request that is signed, taken apart, routed, answered and
parsed again, all in this process. Here moto's method gets what is asked, and its result is the
answer: without botocore where nobody listens to the client's calls, else in botocore's last moment
before a request. What is plain does not get that far (``moto_plain``). A call that does more than
read or write items, or put events, or that moto refuses, goes the whole way: a refusal has changed
nothing, and comes out with all its words.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Event
from typing import Any, Final

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.validate import ParamValidator
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.events.models import events_backends

from seriatim.adapters.clients import Clients
from seriatim.local.lambda_context import REGION
from seriatim.local.moto_plain import PlainCalls

METHODS: Final[Mapping[str, Callable[[DynamoHandler], Any]]] = {
    "BatchGetItem": DynamoHandler.batch_get_item,
    "GetItem": DynamoHandler.get_item,
    "PutItem": DynamoHandler.put_item,
    "Query": DynamoHandler.query,
    "UpdateItem": DynamoHandler.update_item,
}
PUT_EVENTS: Final = "PutEvents"
SHORT: Final = frozenset({*METHODS, PUT_EVENTS})
"""What is handed to moto directly."""
BINARY: Final = '"B": '
"""In a body: botocore has made text of bytes, and moto's parser would make bytes of it."""


Answer = tuple[AWSResponse, dict[str, Any]]
Result = Callable[[str, str], Mapping[str, Any] | None]
"""Of an operation and its request's body; none where the call is to go the whole way."""
Answered = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
"""As ``Result``, of what is given to the client."""
Turn = Callable[[], AbstractContextManager[None]]


def shorten_calls(clients: Clients, turn: Turn, is_over: Event) -> None:
    """Until ``is_over``. Every call is made in a turn of its own."""

    tables = PlainCalls(dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables)

    def tried(ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | None:
        if is_over.is_set():
            return None
        try:
            with turn():
                return ask()
        except Exception:  # noqa: BLE001 - whatever it is, the whole way tells it
            return None

    def result(operation: str, text: str) -> Mapping[str, Any] | None:
        if operation not in SHORT or BINARY in text:
            return None
        return tried(lambda: _result_of(operation, json.loads(text)))

    def direct(operation: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        try:
            text = json.dumps(params, default=_in_seconds)
        except TypeError:  # bytes
            return None
        return result(operation, text)

    def plain(operation: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        found = tried(lambda: tables.answer(operation, params))
        return direct(operation, params) if found is None else found

    for service in (clients.dynamodb, clients.events):
        _answer_before_requests(service, result)
    _answer_at_once(clients.dynamodb, METHODS, plain)
    _answer_at_once(clients.events, (PUT_EVENTS,), _checking(clients.events, direct))


def _answer_before_requests(client: Any, result: Result) -> None:
    def answer(model: OperationModel, params: Mapping[str, Any], **_: Any) -> Answer | None:
        found = result(model.name, params["body"].decode())
        return None if found is None else (_http(params["url"]), _parsed(found))

    name = client.meta.service_model.service_name
    client.meta.events.register(f"before-call.{name}", answer)


def _answer_at_once(client: Any, operations: Iterable[str], answer: Answered) -> None:
    """While nobody but us listens to the client's calls: botocore takes as long for one as moto."""
    is_heard = Event()
    for register in ("register", "register_first", "register_last"):
        vars(client.meta.events)[register] = _telling(
            getattr(client.meta.events, register), is_heard
        )
    for operation in operations:
        method = xform_name(operation)
        vars(client)[method] = _at_once(operation, getattr(client, method), answer, is_heard)


def _checking(client: Any, answer: Answered) -> Answered:
    """Leaves to botocore what it would refuse itself. DynamoDB's client refuses nothing."""
    validate = ParamValidator().validate

    def checked(operation: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        shape = client.meta.service_model.operation_model(operation).input_shape
        return None if validate(params, shape).has_errors() else answer(operation, params)

    return checked


def _telling(register: Callable[..., None], is_heard: Event) -> Callable[..., None]:
    def registered(*given: Any, **named: Any) -> None:
        is_heard.set()
        register(*given, **named)

    return registered


def _at_once(
    operation: str, whole: Callable[..., Any], answer: Answered, is_heard: Event
) -> Callable[..., Any]:
    def called(**params: Any) -> Any:
        found = None if is_heard.is_set() else answer(operation, params)
        return whole(**params) if found is None else _parsed(found)

    return called


def _in_seconds(value: object) -> int:
    """A time, as botocore writes it."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise TypeError


def _result_of(operation: str, body: dict[str, Any]) -> Mapping[str, Any]:
    if operation == PUT_EVENTS:
        entries = events_backends[DEFAULT_ACCOUNT_ID][REGION].put_events(body["Entries"])
        failed = [entry for entry in entries if "ErrorCode" in entry]
        return {"FailedEntryCount": len(failed), "Entries": entries}
    handler = DynamoHandler()
    handler.body = body
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    result: Mapping[str, Any] = METHODS[operation](handler).result
    return result


def _parsed(result: Mapping[str, Any]) -> dict[str, Any]:
    parsed = {name: value for name, value in result.items() if value is not None}
    parsed["ResponseMetadata"] = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
    return parsed


def _http(url: str) -> AWSResponse:
    return AWSResponse(url, 200, HTTPHeaders(), None)
