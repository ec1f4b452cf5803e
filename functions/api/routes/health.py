"""Routes about the service itself: whether it is there, and what it can do."""

from http import HTTPStatus

from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.resolver import Routes
from seriatim.version import VERSION

router = Routes()


@router.get(
    "/health",
    summary="Ask whether the service is there",
    operation_id="getHealth",
    tags=["Service"],
    responses=answers(HTTPStatus.OK, "Health", "It is."),
)
def get_health() -> Answer:
    """Says that the service is there, and its version."""
    return json_answer({"status": "ok", "version": VERSION})
