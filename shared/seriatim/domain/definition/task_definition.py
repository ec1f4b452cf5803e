"""The task definition: how a task is done, and the object that each integration needs.

The object named after the integration holds what all targets share; each of ``targets`` adds a
weight and the fields that differ. In every text of these ``${expression}`` stands for its value.
"""

import re
from typing import Annotated, Any, Final

from pydantic import Field, PlainValidator, WithJsonSchema

from seriatim.domain import limits
from seriatim.domain.definition.fields import (
    Concurrency,
    Id,
    JsonObject,
    Lax,
    Model,
    Name,
    Seconds,
    bounded,
    check_name,
    check_number,
    check_object,
    check_text,
    has_place,
    integer,
    number,
    or_with_place,
    refuse,
)
from seriatim.domain.definition.kinds import Balancing, Integration, Invocation
from seriatim.domain.definition.sequence import RetryPolicy
from seriatim.domain.definition.value_types import describe, shorten

FUNCTION_ARN: Final = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w$:-]+")
HTTP_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SECRET_ID: Final = re.compile(r"[A-Za-z0-9_.@+-]{1,128}")
HEADERS_OF_OURS: Final = frozenset(
    {
        "accept", "accept-encoding", "accept-language", "connection", "content-encoding",
        "content-length", "content-type", "expect", "host", "idempotency-key", "keep-alive",
        "proxy-connection", "seriatim-task-token", "te", "trailer", "transfer-encoding", "upgrade",
        "user-agent",
    }
)  # fmt: skip
"""Headers that a redirect takes anywhere, that frame a request or say where it goes, or that the
service itself sets: never a credential.
"""
HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def _check_function_arn(value: object) -> str:
    text = check_text(value, characters_max=limits.URL_CHARACTERS_MAX)
    if FUNCTION_ARN.fullmatch(text) is None:
        example = "arn:aws:lambda:eu-central-1:123456789012:function:charge"
        refuse("InvalidArn", f"must be a function's ARN such as {example}; it is {describe(text)}")
    return text


def _check_url(value: object) -> str:
    text = check_text(value, characters_max=limits.URL_CHARACTERS_MAX)
    if re.fullmatch(r"https?://[^\s/?#]+([/?#]\S*)?", text) is None:
        refuse(
            "InvalidUrl",
            f"must begin with https:// or http:// and have no blanks; it is {describe(text)}",
        )
    return text


def _check_method(value: object) -> str:
    text = check_text(value, characters_max=limits.NAME_CHARACTERS_MAX)
    if text not in HTTP_METHODS:
        refuse("NotOneOf", f"must be one of {', '.join(HTTP_METHODS)}; it is {describe(text)}")
    return text


def _check_headers(value: object) -> dict[str, str]:
    headers = check_object(value, keys_max=limits.HEADERS_MAX)
    for name, text in headers.items():
        if HEADER_NAME.fullmatch(name) is None:
            refuse("InvalidHeader", f"has {shorten(repr(name))}, which is no name of a header")
        if not isinstance(text, str):
            refuse("WrongType", f"has {name!r}, which must be a text; it is {describe(text)}")
        if not has_place(text) and any(character in text for character in "\r\n\0"):
            refuse("InvalidHeader", f"has {name!r}, which must be one line")
    return headers


def _check_secret_id(value: object) -> str:
    text = check_text(value, characters_max=limits.ID_CHARACTERS_MAX)
    if SECRET_ID.fullmatch(text) is None or set(text) == {"."}:
        refuse("InvalidId", f"may have letters, digits and _.@+-; it is {shorten(repr(text))}")
    return text


def _check_credential_header(value: object) -> str:
    text = check_name(value)
    if HEADER_NAME.fullmatch(text) is None or text.lower() in HEADERS_OF_OURS:
        refuse("InvalidHeader", f"is {shorten(repr(text))}, which can not carry a credential")
    return text


def _check_per_seconds(value: object) -> int | float:
    seconds = check_number(value, 0, limits.DURATION_SECONDS_MAX, " seconds")
    if seconds == 0:
        refuse("OutOfRange", "must be more than 0 seconds; it is 0")
    return seconds


def _check_json_schema(value: object) -> dict[str, Any] | bool:
    if not isinstance(value, dict | bool):
        refuse("WrongType", f"must be a JSON Schema, an object; it is {describe(value)}")
    return value


JsonSchema = Annotated[
    dict[str, Any] | bool,
    PlainValidator(_check_json_schema),
    WithJsonSchema({"type": ["object", "boolean"]}),
]
Url = Annotated[str, *or_with_place(_check_url)]
Text = Annotated[str, *or_with_place(check_name)]


class PythonTarget(Model):
    """A function registered in a module that ships with the worker, by its registered name."""

    function: Name


class LambdaTarget(Model):
    """A Lambda function; ``async`` completes by task token."""

    function_arn: Annotated[str, *or_with_place(_check_function_arn)]
    invocation: Annotated[Invocation, Lax] = Invocation.SYNC


class HttpCredentials(Model):
    """A secret of the project, by its id, and the header that it is the value of."""

    secret_id: Annotated[
        str, PlainValidator(_check_secret_id), WithJsonSchema({"type": "string", "minLength": 1})
    ]
    header: Annotated[
        str, PlainValidator(_check_credential_header), WithJsonSchema({"type": "string"})
    ] = "Authorization"


class HttpTarget(Model):
    """One HTTP request; ``callback`` completes by task token. ``insecure`` lets it go over http."""

    method: Annotated[
        str, PlainValidator(_check_method), WithJsonSchema({"enum": list(HTTP_METHODS)})
    ]
    url: Url
    headers: Annotated[
        dict[str, str], PlainValidator(_check_headers), WithJsonSchema({"type": "object"})
    ] = Field(default_factory=dict)
    body: Any = None
    callback: bool = False
    credentials: HttpCredentials | None = None
    insecure: bool = False


class SqsTarget(Model):
    """A queue that gets the inputs and a task token."""

    queue_url: Url


class EventbridgeTarget(Model):
    """A bus that gets an event; ``callback`` completes by task token, else at once."""

    bus_name: Text
    source: Text
    detail_type: Text
    callback: bool = False


class ActivityTarget(Model):
    """A named list that outside workers poll."""

    name: Annotated[str, *Id.__metadata__]


Target = PythonTarget | LambdaTarget | HttpTarget | SqsTarget | EventbridgeTarget | ActivityTarget

TARGET_BY_INTEGRATION: Final[dict[Integration, type[Target]]] = {
    Integration.PYTHON: PythonTarget,
    Integration.LAMBDA: LambdaTarget,
    Integration.HTTP: HttpTarget,
    Integration.SQS: SqsTarget,
    Integration.EVENTBRIDGE: EventbridgeTarget,
    Integration.ACTIVITY: ActivityTarget,
}


class RateLimit(Model):
    """At most ``permits`` attempts begin within any ``per_seconds``."""

    permits: Annotated[int, *integer(1, limits.PERMITS_MAX)]
    per_seconds: Annotated[
        int | float,
        PlainValidator(_check_per_seconds),
        WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
    ]


class Weight(Model):
    """What a target has beside the fields that differ."""

    weight: Annotated[int | float, *number(0, limits.TARGET_WEIGHT_MAX)] = 1


class TaskDefinition(Model):
    """How a task is done. ``validation.task_definitions`` checks the object and the targets.

    A name that is not given is the id.
    """

    id: Id
    name: Name = ""
    integration: Annotated[Integration, Lax]
    input_schema: JsonSchema | None = None
    output_schema: JsonSchema | None = None
    timeout_seconds: Seconds = 0
    heartbeat_seconds: Seconds = 0
    queue_timeout_seconds: Seconds = 0
    retry_policy: RetryPolicy | None = None
    max_concurrency: Concurrency | None = None
    rate_limit: RateLimit | None = None
    balancing: Annotated[Balancing, Lax] = Balancing.WEIGHTED
    python: JsonObject | None = None
    lambda_: JsonObject | None = Field(default=None, alias="lambda")
    http: JsonObject | None = None
    sqs: JsonObject | None = None
    eventbridge: JsonObject | None = None
    activity: JsonObject | None = None
    targets: Annotated[tuple[JsonObject, ...], *bounded(limits.TARGETS_MAX)] = ()

    def object_of(self, integration: Integration) -> dict[str, Any] | None:
        """The object named after an integration, as it was given."""
        name = "lambda_" if integration is Integration.LAMBDA else integration.value
        found: dict[str, Any] | None = getattr(self, name)
        return found

    def merged_targets(self) -> list[dict[str, Any]]:
        """Each target's own fields over the shared ones, without the weight."""
        shared = self.object_of(self.integration) or {}
        own = [
            {name: value for name, value in target.items() if name != "weight"}
            for target in self.targets
        ]
        return [shared | fields for fields in own]


def canonical_task_definition(definition: TaskDefinition) -> dict[str, Any]:
    """The stored document of a task definition that passed validation, every default written out.

    Each of ``targets`` is complete (its weight and every field), so that running merges nothing;
    without targets, the object named after the integration is. Other integrations' objects are
    left out. The document parses to an equal definition.
    """
    document = definition.model_dump(mode="json", by_alias=True)
    for integration in Integration:
        del document[integration.value]
    document["name"] = definition.name or definition.id
    model = TARGET_BY_INTEGRATION[definition.integration]
    shared = definition.object_of(definition.integration) or {}
    weights = [target.get("weight", 1) for target in definition.targets]
    document[definition.integration.value] = _with_defaults(model, shared)
    document["targets"] = [
        {"weight": weight, **_filled(model, fields)}
        for weight, fields in zip(weights, definition.merged_targets(), strict=True)
    ]
    return document


def _with_defaults(model: type[Target], fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with those that have a default; required ones may be left to the targets."""
    optional = {
        field.alias or name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }
    return optional | fields


def _filled(model: type[Target], fields: dict[str, Any]) -> dict[str, Any]:
    return model.model_validate(fields).model_dump(mode="json", by_alias=True)
