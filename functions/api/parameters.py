"""Parameters of paths, query strings and headers: each with its check and its description.

A path's parts arrive percent-encoded (``incoming``) and leave here as the ids they stand for.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from pydantic import PlainValidator, WithJsonSchema

from functions.api.errors import RequestRefused
from seriatim.domain import limits
from seriatim.domain.definition.fields import check_id, check_name, refuse
from seriatim.domain.definition.kinds import SequenceStatus
from seriatim.domain.definition.value_types import shorten
from seriatim.domain.times import EXAMPLE, from_iso
from seriatim.domain.validation.problems import ProblemCode
from seriatim.domain.values import Status

PAGE_ITEMS_DEFAULT: Final = 50
PAGE_ITEMS_MAX: Final = 200
CURSOR_CHARACTERS_MAX: Final = 8_192
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 256


def _id(value: Any) -> str:
    return check_id(unquote(value))


def _name(value: Any) -> str:
    return check_name(unquote(value))


def _text(characters_max: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            refuse(ProblemCode.EMPTY, "must not be blank; leave it out or give it a text")
        if len(value) > characters_max:
            within = f"may have at most {characters_max:,} characters"
            refuse(ProblemCode.TOO_LONG, f"{within}; it has {len(value):,}")
        return value

    return check


def _whole_number(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        is_whole = isinstance(value, str) and value.isascii() and value.isdigit()
        # More digits than the highest has are zeros in front, or too many.
        digits = value.lstrip("0")[: len(str(high)) + 1] if is_whole else ""
        if not is_whole or not low <= (number := int(digits or "0")) <= high:
            shown = shorten(repr(value))
            within = f"must be a whole number from {low} to {high:,}"
            refuse(ProblemCode.OUT_OF_RANGE, f"{within}; it is {shown}")
        return number

    return check


def _one_of(kind: type[Status] | type[SequenceStatus]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in list(kind):
            shown = shorten(repr(value))
            refuse(ProblemCode.NOT_ONE_OF, f"must be one of {', '.join(kind)}; it is {shown}")
        return kind(value)

    return check


def _time(value: Any) -> int:
    try:
        return from_iso(value)
    except ValueError as error:
        hint = " (write + as %2B in a URL)" if " " in value else ""
        refuse(ProblemCode.INVALID_TIME, f"{error}{hint}")


_ID_SCHEMA = WithJsonSchema(
    {"type": "string", "minLength": 1, "maxLength": limits.ID_CHARACTERS_MAX}
)
_NAME_SCHEMA = WithJsonSchema(
    {"type": "string", "minLength": 1, "maxLength": limits.NAME_CHARACTERS_MAX}
)
_TIME_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE]})


def _id_in_path(description: str) -> tuple[PlainValidator, WithJsonSchema, Path]:
    return PlainValidator(_id), _ID_SCHEMA, Path(description=description)


ProjectId = Annotated[str, *_id_in_path("The project.")]
SequenceId = Annotated[str, *_id_in_path("The sequence.")]
TemplateId = Annotated[str, *_id_in_path("The template.")]
ResourcePoolId = Annotated[str, *_id_in_path("The resource pool.")]
TriggerId = Annotated[str, *_id_in_path("The trigger.")]
TaskDefinitionId = Annotated[str, *_id_in_path("The task definition.")]
ExecutionId = Annotated[str, *_id_in_path("The execution.")]
NodeId = Annotated[str, *_id_in_path("The node.")]
ActivityName = Annotated[str, *_id_in_path("The activity's name, as task definitions give it.")]
VariableName = Annotated[
    str, PlainValidator(_name), _NAME_SCHEMA, Path(description="The variable's name.")
]
SignalName = Annotated[
    str, PlainValidator(_name), _NAME_SCHEMA, Path(description="The signal's name.")
]

Limit = Annotated[
    int,
    PlainValidator(_whole_number(1, PAGE_ITEMS_MAX)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": PAGE_ITEMS_MAX}),
    Query(alias="limit", description="How many items a page has at most."),
]
Cursor = Annotated[
    str | None,
    PlainValidator(_text(CURSOR_CHARACTERS_MAX)),
    WithJsonSchema({"type": "string"}),
    Query(alias="cursor", description="The `cursor` of the page before."),
]
Revision = Annotated[
    int | None,
    PlainValidator(_whole_number(1, limits.REVISION_MAX)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": limits.REVISION_MAX}),
    Query(alias="revision", description="A published revision instead of the newest document."),
]


def _revision_in_query(name: str, description: str) -> tuple[PlainValidator, WithJsonSchema, Query]:
    schema = {"type": "integer", "minimum": 1, "maximum": limits.REVISION_MAX}
    check = PlainValidator(_whole_number(1, limits.REVISION_MAX))
    return check, WithJsonSchema(schema), Query(alias=name, description=description)


FromRevision = Annotated[
    int | None, *_revision_in_query("from", "The older one; the one before `to` unless given.")
]
ToRevision = Annotated[
    int | None, *_revision_in_query("to", "The newer one; the newest unless given.")
]
NameFilter = Annotated[
    str | None,
    PlainValidator(_text(limits.NAME_CHARACTERS_MAX)),
    WithJsonSchema({"type": "string"}),
    Query(alias="name", description="Only those of exactly this name."),
]
SequenceStatusFilter = Annotated[
    SequenceStatus | None,
    PlainValidator(_one_of(SequenceStatus)),
    WithJsonSchema({"enum": list(SequenceStatus)}),
    Query(alias="status", description="Only those in this status."),
]
StatusFilter = Annotated[
    Status | None,
    PlainValidator(_one_of(Status)),
    WithJsonSchema({"enum": list(Status)}),
    Query(alias="status", description="Only those in this status."),
]
SequenceIdFilter = Annotated[
    str | None,
    PlainValidator(check_id),
    _ID_SCHEMA,
    Query(alias="sequenceId", description="Only executions of this sequence."),
]
METADATA_PREFIX: Final = "metadata."
MetadataFilter = Annotated[
    str | None,
    PlainValidator(_text(limits.TEXT_CHARACTERS_MAX)),
    WithJsonSchema({"type": "string"}),
    Query(
        alias=METADATA_PREFIX + "KEY",
        description="Only those whose metadata has this value under `KEY`, for which any key "
        "stands; several such parameters have to hold together. Texts are compared exactly, "
        "numbers and truth values as they are in JSON.",
    ),
]
StartedAfter = Annotated[
    int | None,
    PlainValidator(_time),
    _TIME_SCHEMA,
    Query(alias="startedAfter", description="Only those that started after this time."),
]
StartedBefore = Annotated[
    int | None,
    PlainValidator(_time),
    _TIME_SCHEMA,
    Query(alias="startedBefore", description="Only those that started before this time."),
]


def searched_metadata(query: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The keys of metadata that a query string asks for, with the texts they must have.

    Raises:
        RequestRefused: 400 for too many of them, or one that is too long.
    """
    found = sorted(
        (name.removeprefix(METADATA_PREFIX), text)
        for name, text in query.items()
        if name.startswith(METADATA_PREFIX)
    )
    if len(found) > limits.SEARCHED_KEYS_MAX:
        detail = f"At most {limits.SEARCHED_KEYS_MAX} keys of metadata can be asked for at once."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.TOO_MANY, detail)
    longest = max((len(text) for _, text in found), default=0)
    if longest > limits.TEXT_CHARACTERS_MAX:
        within = f"Metadata is asked for by at most {limits.TEXT_CHARACTERS_MAX:,} characters"
        detail = f"{within}; one text has {longest:,}."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.TOO_LONG, detail)
    return tuple(found)


IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The `ETag` that the change is based on."),
]
IdempotencyKey = Annotated[
    str | None,
    PlainValidator(_text(IDEMPOTENCY_KEY_CHARACTERS_MAX)),
    WithJsonSchema({"type": "string", "maxLength": IDEMPOTENCY_KEY_CHARACTERS_MAX}),
    Header(
        alias="Idempotency-Key",
        description="The caller's name for this call: repeated, it changes nothing.",
    ),
]
