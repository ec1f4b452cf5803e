"""Pictures of sequences and executions: the formats, and drawing in one of them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import PlainValidator, WithJsonSchema

from functions.api.answers import Answer, text_answer
from seriatim.domain.definition.fields import refuse
from seriatim.domain.validation.problems import ProblemCode

FormatName = Literal["json", "mermaid", "dot", "svg"]

CONTENT_TYPES: Final[Mapping[FormatName, str]] = {
    "json": "application/json",
    "mermaid": "text/vnd.mermaid",
    "dot": "text/vnd.graphviz",
    "svg": "image/svg+xml",
}


def _known(value: Any) -> str:
    if value not in CONTENT_TYPES:
        refuse(
            ProblemCode.NOT_ONE_OF, f"must be one of {', '.join(CONTENT_TYPES)}; it is {value!r}"
        )
    return str(value)


Format = Annotated[
    FormatName,
    PlainValidator(_known),
    WithJsonSchema({"enum": list(get_args(FormatName))}),
    Query(alias="format", description="The picture's format."),
]


def draw(
    request: Request,
    document: Mapping[str, Any],
    kind: FormatName,
    statuses: Mapping[str, str] | None = None,
) -> Answer:
    """The picture of a sequence's document; ``statuses`` by node id colour it."""
    # Drawing is a part of its own that few calls need.
    from seriatim.graph.render import MEDIA_TYPES, render_text  # noqa: PLC0415

    return text_answer(request, render_text(document, kind, statuses), MEDIA_TYPES[kind])
