"""Bodies of calls, as models: immutable, strict, unknown fields refused; null is as good as absent.

A definition's body is taken as it is: its own validation says what is wrong with it.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field, PlainValidator, WithJsonSchema

from functions.api.json_body import Malformed
from seriatim.domain import limits
from seriatim.domain.definition.fields import (
    JsonObject,
    Metadata,
    Model,
    Name,
    check_id,
    check_text,
    integer,
)
from seriatim.domain.validation.json_values import check_json
from seriatim.domain.validation.shape import read_model
from seriatim.domain.values import Error

TASK_TOKEN_CHARACTERS_MAX: Final = 8_192
POLL_WAIT_SECONDS_MAX: Final = 20
POLL_TASKS_MAX: Final = 10
VARIABLE_VERSION_MAX: Final = 10**15

SCHEMA_MARK: Final = "x-schema"
"""In a schema, names the one of ``documents`` that the OpenAPI document puts in its place."""

M = TypeVar("M", bound=Model)


def _text(characters_max: int, *, empty: bool) -> tuple[PlainValidator, WithJsonSchema]:
    return (
        PlainValidator(lambda value: check_text(value, characters_max=characters_max, empty=empty)),
        WithJsonSchema({"type": "string", "maxLength": characters_max}),
    )


Message = Annotated[str, *_text(limits.TEXT_CHARACTERS_MAX, empty=True)]
Reason = Annotated[str, *_text(limits.DESCRIPTION_CHARACTERS_MAX, empty=True)]
TaskToken = Annotated[str, *_text(TASK_TOKEN_CHARACTERS_MAX, empty=False)]
WorkerId = Annotated[
    str,
    PlainValidator(check_id),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": limits.ID_CHARACTERS_MAX}),
]


ExecutionPriority = Annotated[int, *integer(-limits.PRIORITY_ABS_MAX, limits.PRIORITY_ABS_MAX)]


class StartRequest(Model):
    """What an execution begins with. A ``name`` makes the start safe to repeat."""

    name: Name | None = None
    variables: JsonObject | None = None
    priority: ExecutionPriority | None = None
    metadata: Metadata | None = None


class CancelRequest(Model):
    """Why the execution is cancelled."""

    reason: Reason | None = None


class VerbRequest(Model):
    """Nothing: the path says it all."""


class SignalRequest(Model):
    """What the signal carries."""

    payload: Any = None


class GlobalVariableRequest(Model):
    """What the variable is to hold. With a `version`, only if that is its version still; 0 is that
    of a variable that was never written.
    """

    value: Any
    version: Annotated[int, *integer(0, VARIABLE_VERSION_MAX)] | None = None


class InstantiateRequest(Model):
    """Arguments by the names of the template's parameters, and the name of the sequence, if it is
    not to be the template's own.
    """

    arguments: JsonObject | None = None
    name: Name | None = None


class TaskSuccessRequest(Model):
    """Completes the attempt that the task token is bound to; ``output`` may be any JSON."""

    task_token: TaskToken
    output: Any


class TaskError(Model):
    """Why the attempt failed. ``code`` is what ``retryableErrors`` match."""

    code: Name
    message: Message
    details: Any = None
    retryable: bool = False

    def to_error(self) -> Error:
        """The error as executions keep it."""
        return Error(self.code, self.message, self.details, self.retryable)


class TaskFailureRequest(Model):
    """Fails the attempt that the task token is bound to."""

    task_token: TaskToken
    error: TaskError


class TaskHeartbeatRequest(Model):
    """Says that whoever holds the task token is alive."""

    task_token: TaskToken


class PollRequest(Model):
    """Asks for attempts of an activity, waiting for the first one if none is there yet."""

    worker_id: WorkerId
    wait_seconds: Annotated[int, *integer(0, POLL_WAIT_SECONDS_MAX)] = 0
    max_tasks: Annotated[int, *integer(1, POLL_TASKS_MAX)] = Field(default=1)


CALL_MODELS: Final[tuple[type[Model], ...]] = (
    StartRequest,
    CancelRequest,
    SignalRequest,
    GlobalVariableRequest,
    InstantiateRequest,
    TaskSuccessRequest,
    TaskFailureRequest,
    TaskHeartbeatRequest,
    PollRequest,
)


def _checked(value: Any) -> Any:
    """The value, if it is not nested too deep."""
    problems = check_json(value)
    if problems:
        # No ValueError: pydantic lets it through, with the problems as they are.
        raise Malformed(problems)
    return value


def _reader(model: type[M]) -> Callable[[Any], M]:
    def read(value: Any) -> M:
        found, problems = read_model(model, _checked(value))
        if problems:
            raise Malformed(problems)
        assert found is not None, "no model only where there are problems"
        return found

    return read


def call_body(model: type[Model]) -> tuple[PlainValidator, WithJsonSchema, Body]:
    """Marks the body of a call that is one of ``model`` (unpack it into ``Annotated``)."""
    return (
        PlainValidator(_reader(model)),
        WithJsonSchema({"type": "object", SCHEMA_MARK: model.__name__}),
        Body(description=model.__doc__),
    )


def taking(schema: str, description: str) -> tuple[WithJsonSchema, Body]:
    """Marks the body of a call that takes a document of this schema (unpack it)."""
    return (
        WithJsonSchema({"type": "object", SCHEMA_MARK: schema}),
        Body(description=description),
    )


StartBody = Annotated[StartRequest, *call_body(StartRequest)]
CancelBody = Annotated[CancelRequest, *call_body(CancelRequest)]
VerbBody = Annotated[VerbRequest, *call_body(VerbRequest)]
SignalBody = Annotated[SignalRequest, *call_body(SignalRequest)]
GlobalVariableBody = Annotated[GlobalVariableRequest, *call_body(GlobalVariableRequest)]
InstantiateBody = Annotated[InstantiateRequest, *call_body(InstantiateRequest)]
TaskSuccessBody = Annotated[TaskSuccessRequest, *call_body(TaskSuccessRequest)]
TaskFailureBody = Annotated[TaskFailureRequest, *call_body(TaskFailureRequest)]
TaskHeartbeatBody = Annotated[TaskHeartbeatRequest, *call_body(TaskHeartbeatRequest)]
PollBody = Annotated[PollRequest, *call_body(PollRequest)]

SequenceBody = Annotated[
    dict[str, Any],
    *taking(
        "NewSequenceOrUpload", "A `TaskSequence` without `id`, `projectId`, `status`, `revision`."
    ),
]
SequencePatchBody = Annotated[
    dict[str, Any],
    *taking("SequencePatchOrUpload", "The fields to replace; `metadata` is merged key by key."),
]
TemplateBody = Annotated[
    dict[str, Any],
    *taking("NewTemplateOrUpload", "A sequence with `parameters`, as for a new sequence."),
]
TemplatePatchBody = Annotated[
    dict[str, Any],
    *taking("TemplatePatchOrUpload", "The fields to replace; `metadata` is merged key by key."),
]
TaskDefinitionBody = Annotated[
    dict[str, Any],
    *taking("NewTaskDefinition", "The task definition; `id` may be left out."),
]
VariablesBody = Annotated[
    dict[str, Any],
    PlainValidator(_checked),
    *taking("VariableValues", "Values by the names of declared variables."),
]
