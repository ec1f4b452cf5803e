"""What the OpenAPI document says of a route's answers; the schemas are in ``schemas``."""

from http import HTTPStatus
from typing import Any, Final

from functions.api.errors import PROBLEM_JSON

JSON: Final = "application/json"
SCHEMAS: Final = "#/components/schemas/"

ALWAYS: Final = (400, 403, 500, 503)
DETAILS: Final = {
    400: "The request is malformed; `problems` says where.",
    403: "The caller's identity may not do this in this project.",
    404: "There is no such thing in this project.",
    406: "The answer is too large to be sent uncompressed.",
    409: "The state does not allow it.",
    412: "`If-Match` names a version that is no longer there.",
    413: "The body is too large.",
    422: "The definition is wrong; `problems` says where and what to do, all at once.",
    429: "The project has used up its quota; `Retry-After` says when there is more.",
    500: "A fault of the service; it is logged under `requestId`.",
    503: "The service cannot do it right now; repeating the call is safe.",
}


def answers(
    status: HTTPStatus, schema: str, description: str, *problems: int, headers: str = ""
) -> dict[int, Any]:
    """The answer of success, of the schema named, and the problems that a route may answer.

    ``headers``: names of the headers of the answer, separated by blanks.
    """
    success: dict[str, Any] = {
        "description": description,
        "content": {JSON: {"schema": {"$ref": SCHEMAS + schema}}},
    }
    if headers:
        success["headers"] = {name: {"schema": {"type": "string"}} for name in headers.split()}
    return {status.value: success, **_problems(problems)}


def texts(description: str, *content_types: str, problems: tuple[int, ...] = ()) -> dict[int, Any]:
    """An answer that is a text in one of several formats."""
    content = {
        name: {"schema": {"type": "object" if name == JSON else "string"}} for name in content_types
    }
    success = {"description": description, "content": content}
    return {HTTPStatus.OK.value: success, **_problems(problems)}


def nothing(description: str, *problems: int) -> dict[int, Any]:
    """An answer without a body."""
    return {HTTPStatus.NO_CONTENT.value: {"description": description}, **_problems(problems)}


def problem(status: int) -> dict[str, Any]:
    """The answer of a problem."""
    schema = {"schema": {"$ref": SCHEMAS + "Problem"}}
    return {"description": DETAILS[status], "content": {PROBLEM_JSON: schema}}


def _problems(problems: tuple[int, ...]) -> dict[int, Any]:
    return {status: problem(status) for status in sorted({*problems, *ALWAYS})}
