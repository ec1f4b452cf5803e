"""Hands calls of DynamoDB and EventBridge to moto's own methods, without the HTTP between.

Most of a call's time goes into a request that is signed, taken apart, routed, answered and
parsed again, all in this process. Here botocore writes the request's body, moto's method gets what
it says, and its result is the answer. A call that does more than read or write items, or put
events, or that moto refuses, goes the whole way: a refusal has changed nothing, and comes out with
all its words.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from threading import Event
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb import responses
from moto.dynamodb.comparisons import (
    Func,
    Op,
    create_condition_expression_parser,
)
from moto.dynamodb.models import table
from moto.dynamodb.responses import DynamoHandler
from moto.events.models import events_backends

from seriatim.adapters.clients import Clients
from seriatim.local.lambda_context import REGION

METHODS: Final[Mapping[str, Callable[[DynamoHandler], Any]]] = {
    "BatchGetItem": DynamoHandler.batch_get_item,
    "GetItem": DynamoHandler.get_item,
    "PutItem": DynamoHandler.put_item,
    "Query": DynamoHandler.query,
    "UpdateItem": DynamoHandler.update_item,
}
BINARY: Final = b'"B": '
"""In a body: botocore has made text of bytes, and moto's parser would make bytes of it."""

CONVERT: Final = "_convert_to_request_dict"
"""botocore's method that makes a request of parameters."""
CONDITIONS_REMEMBERED_MAX: Final = 4_096

Answer = tuple[AWSResponse, dict[str, Any]]
Turn = Callable[[], AbstractContextManager[None]]


def shorten_calls(clients: Clients, turn: Turn, is_over: Event) -> None:
    """Until ``is_over``. Every call is made in a turn of its own."""

    def answer(model: OperationModel, params: Mapping[str, Any], **_: Any) -> Answer | None:
        body = params["body"]
        if is_over.is_set() or BINARY in body:
            return None
        try:
            with turn():
                result = _result_of(model.name, json.loads(body))
        except Exception:  # noqa: BLE001 - whatever it is, the whole way tells it
            return None
        return None if result is None else _answer(params["url"], result)

    before_call: Any = answer  # the stubs know of no handler that answers
    clients.dynamodb.meta.events.register("before-call.dynamodb", before_call)
    clients.events.meta.events.register("before-call.events", before_call)
    _shorten_requests(clients.dynamodb.put_item)
    _shorten_requests(clients.events.put_events)


def _shorten_requests(method: Any) -> None:
    """Of the client that has ``method``: botocore works out an address by rules for each call,
    which is always the client's own, and goes through the model of an operation for each request,
    where in JSON the parameters are the body.
    """
    client = method.__self__
    convert: Callable[..., dict[str, Any]] = getattr(client, CONVERT)
    known: dict[str, dict[str, Any]] = {}

    def converted(*, api_params: Any, context: Any, **more: Any) -> dict[str, Any]:
        operation: str = more["operation_model"].name
        try:
            body = json.dumps(api_params).encode()
        except TypeError:  # bytes or a time
            return convert(api_params=api_params, context=context, **more)
        if operation not in known:
            made = convert(api_params=api_params, context=context, **more)
            known[operation] = {**made, "headers": dict(made["headers"])}
            return made
        like = known[operation]
        return {**like, "headers": dict(like["headers"]), "body": body, "context": context}

    vars(client)["_ruleset_resolver"] = None
    vars(client)[CONVERT] = converted


def _result_of(operation: str, body: dict[str, Any]) -> Mapping[str, Any] | None:
    if operation == "PutEvents":
        entries = events_backends[DEFAULT_ACCOUNT_ID][REGION].put_events(body["Entries"])
        failed = [entry for entry in entries if "ErrorCode" in entry]
        return {"FailedEntryCount": len(failed), "Entries": entries}
    method = METHODS.get(operation)
    if method is None:
        return None
    handler = DynamoHandler()
    handler.body = body
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    result: Mapping[str, Any] = method(handler).result
    return result


def _answer(url: str, result: Mapping[str, Any]) -> Answer:
    metadata = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
    parsed = {name: value for name, value in result.items() if value is not None}
    parsed["ResponseMetadata"] = metadata
    return AWSResponse(url, 200, HTTPHeaders(), None), parsed


def remember_conditions() -> None:
    """moto parses a condition twice for each write. The same text with the same names and values
    always means the same. Repeating this changes nothing.
    """
    vars(table)["get_filter_expression"] = _filter
    vars(responses)["create_condition_expression_parser"] = _parser


def _filter(expression: str | None, names: Any, values: Any) -> Op | Func:
    condition: Op | Func = _parser(expression, names, values).parse()
    return condition


def _parser(expression: str | None, names: Any, values: Any) -> Any:
    """A parser that has parsed already, if it can be remembered."""
    given = tuple((name, *value.items()) for name, value in (values or {}).items())
    try:
        return _remembered(expression, tuple((names or {}).items()), given)
    except TypeError:  # a list or a map among the values
        return create_condition_expression_parser(expression, names, values)


@lru_cache(CONDITIONS_REMEMBERED_MAX)
def _remembered(
    expression: str | None,
    names: tuple[tuple[str, str], ...],
    values: tuple[tuple[str, tuple[str, str]], ...],
) -> Any:
    named = {name: dict([value]) for name, value in values}
    parser = create_condition_expression_parser(expression, dict(names), named)
    parsed = parser.parse()
    vars(parser)["parse"] = lambda: parsed
    return parser
