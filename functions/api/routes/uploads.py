"""Routes of uploads, and how an upload stands for a body."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.json_body import Malformed, read_body
from functions.api.resolver import Routes
from functions.api.schemas.bodies import VerbBody
from seriatim.domain.definition.value_types import describe
from seriatim.domain.validation.problems import ProblemCode, error

UPLOAD_FIELD: Final = "uploadId"

router = Routes()


@router.post(
    "/projects/<project_id>/uploads",
    summary="Begin an upload",
    operation_id="beginUpload",
    tags=["Uploads"],
    responses=answers(HTTPStatus.CREATED, "Upload", "Where to put the document."),
)
def begin_upload(
    project_id: p.ProjectId,
    body: VerbBody,  # noqa: ARG001 - checked to be empty
) -> Answer:
    """For a definition too large for a body: `PUT` it to `url`, then send `{uploadId}` where the
    definition would be.
    """
    return json_answer(wiring.current().uploading.begin(project_id), HTTPStatus.CREATED)


def document_of(project_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The document that a body is, or that it stands for: ``{uploadId}`` alone.

    Raises:
        Malformed: what was uploaded is no JSON object, or not a strict one.
        Invalid: there is no such upload.
        TooLarge: it is larger than an upload may be.
    """
    if set(body) != {UPLOAD_FIELD}:
        return dict(body)
    upload_id = body[UPLOAD_FIELD]
    if not isinstance(upload_id, str):
        message = f"{UPLOAD_FIELD!r} must be a text; it is {describe(upload_id)}."
        raise Malformed([error(ProblemCode.WRONG_TYPE, message, UPLOAD_FIELD)])
    content = wiring.current().uploading.read(project_id, upload_id)
    try:
        text = content.decode()
    except UnicodeDecodeError as refused:
        message = f"The upload is no UTF-8: byte {refused.start} cannot be read."
        raise Malformed([error(ProblemCode.INVALID_JSON, message)]) from None
    return read_body(text)
