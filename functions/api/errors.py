"""What goes wrong, as ``application/problem+json`` (RFC 9457) with a stable ``code``.

Owns the mapping from errors to statuses: by what the caller must do, never by a message's text.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions.api.json_body import Malformed
from seriatim.application.errors import Invalid, MovedOn, OverQuota, Retired, WrongState
from seriatim.domain.pointers import pointer
from seriatim.domain.validation.problems import Problem, ProblemCode
from seriatim.ports.errors import Conflict, NotFound, StoreError, TooLarge, Unavailable

PROBLEM_JSON: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:seriatim:problem:"
RETRY_AFTER_SECONDS: Final = 1
REQUEST_PARTS: Final = {"path": "path", "query": "query string", "header": "headers"}

logger = logging.getLogger(__name__)


class RequestRefused(Exception):
    """The request itself is at fault; nothing was looked up for it."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = dict(headers or {})


def problem_answer(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
    request_id: str | None = None,
) -> Response[str]:
    """The answer that says what went wrong, and where, if a document is at fault."""
    document: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": status.phrase,
        "status": status.value,
        "detail": _sentence(detail),
        "code": code,
    }
    if problems:
        document["problems"] = [problem.to_json() for problem in problems]
    if request_id is not None:
        document["requestId"] = request_id
    body = msgspec.json.encode(document).decode()
    return Response(status.value, PROBLEM_JSON, body, headers=dict(headers or {}))


def answer_to(error: Exception, request_id: str) -> Response[str]:
    """The answer to a request that ended in ``error``. What nobody intended is a 500, logged."""
    match error:
        case RequestRefused():
            return problem_answer(
                error.status,
                error.code,
                error.detail,
                problems=error.problems,
                headers=error.headers,
            )
        case Malformed():
            return _malformed(error.problems)
        case RequestValidationError():
            return _malformed([_problem(found) for found in error.errors()])
        case WrongState():
            return problem_answer(
                HTTPStatus.CONFLICT, error.code, error.message, problems=error.problems
            )
        case MovedOn():
            return problem_answer(HTTPStatus.PRECONDITION_FAILED, error.code, error.message)
        case OverQuota():
            return problem_answer(
                HTTPStatus.TOO_MANY_REQUESTS,
                error.code,
                error.message,
                headers={"Retry-After": str(error.retry_after_seconds)},
            )
        case Invalid():
            return _invalid_content(error)
        case Retired():
            return problem_answer(HTTPStatus.NOT_FOUND, error.code, _text(error))
        case NotFound():
            return problem_answer(HTTPStatus.NOT_FOUND, "NotFound", _text(error))
        case TooLarge():
            return problem_answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TooLarge", _text(error))
        case Unavailable() | Conflict():
            return _try_again(error)
        case _:
            return _failed(error, request_id)


def _malformed(problems: Sequence[Problem]) -> Response[str]:
    """A 400 that names every wrong parameter and every wrong place of the body."""
    first = problems[0]
    place = "" if first.path == "/" else f" Place: {first.path}"
    more = f" ({len(problems) - 1} more in `problems`)" if len(problems) > 1 else ""
    detail = f"{first.message}{place}{more}"
    return problem_answer(HTTPStatus.BAD_REQUEST, first.code, detail, problems=problems)


def _problem(found: Mapping[str, Any]) -> Problem:
    """What is wrong with a parameter; ``path`` says where it is: ``/query/limit``."""
    part, name = found["loc"][:2]
    code, words = str(found["type"]), str(found["msg"])
    if code == "missing":
        code, words = ProblemCode.MISSING_FIELD, "is required; add it"
    return Problem(
        code=code,
        severity="error",
        message=f"{name!r} in the {REQUEST_PARTS[part]} {words}.",
        path=pointer(part, name),
    )


def _invalid_content(error: Invalid) -> Response[str]:
    if error.path is not None:
        what = _sentence(error.message)
        return _malformed(
            [Problem(code=error.code, severity="error", message=what, path=error.path)]
        )
    if not error.problems:
        return problem_answer(HTTPStatus.BAD_REQUEST, error.code, error.message)
    return problem_answer(
        HTTPStatus.UNPROCESSABLE_ENTITY, error.code, error.message, problems=error.problems
    )


def _try_again(error: StoreError) -> Response[str]:
    logger.warning("a request could not be served for now", exc_info=error)
    return problem_answer(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Unavailable",
        "The service cannot do this right now. Repeating the same call is safe.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _failed(error: Exception, request_id: str) -> Response[str]:
    logger.error("request %s failed", request_id, exc_info=error)
    return problem_answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "InternalError",
        f"This is a fault of the service, not of the request. It is logged as {request_id}.",
        request_id=request_id,
    )


def _sentence(text: str) -> str:
    """Messages are sentences, whoever wrote them."""
    sentence = text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", ")")) else f"{sentence}."


def _text(error: StoreError) -> str:
    return str(error) or type(error).__doc__ or type(error).__name__


def handle_errors(app: APIGatewayHttpResolver) -> None:
    """Have every error that a route raises answered by ``answer_to``."""

    def answer(error: Exception) -> Response[str]:
        return answer_to(error, app.current_event.request_context.request_id)

    app.exception_handler(Exception)(answer)
