"""Routes of sequences."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer, stored_answer
from functions.api.describing import answers, texts
from functions.api.etags import versions
from functions.api.pictures import CONTENT_TYPES, Format, draw
from functions.api.resolver import Routes
from functions.api.routes.uploads import document_of
from functions.api.schemas.bodies import SequenceBody, SequencePatchBody, VerbBody

SEQUENCES = "/projects/<project_id>/sequences"
SEQUENCE = SEQUENCES + "/<sequence_id>"
TAGS = ["Sequences"]

router = Routes()


@router.post(
    SEQUENCES,
    summary="Create a draft",
    operation_id="createSequence",
    tags=TAGS,
    responses=answers(
        HTTPStatus.CREATED, "Sequence", "The draft.", 413, 422, headers="ETag Location"
    ),
)
def create_sequence(request: Request, project_id: p.ProjectId, body: SequenceBody) -> Answer:
    """Stores a draft under a new id."""
    document = document_of(project_id, body)
    stored = wiring.current().definitions.create(project_id, document)
    return stored_answer(request, stored, HTTPStatus.CREATED)


@router.get(
    SEQUENCES,
    summary="List sequences",
    operation_id="listSequences",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "SequencePage", "A page, without nodes and transitions."),
)
def list_sequences(
    project_id: p.ProjectId,
    status: p.SequenceStatusFilter = None,
    name: p.NameFilter = None,
    limit: p.Limit = p.PAGE_ITEMS_DEFAULT,
    cursor: p.Cursor = None,
) -> Answer:
    """Lists the project's sequences."""
    page = wiring.current().definitions.list(
        project_id, status=status, name=name, limit=limit, cursor=cursor
    )
    return json_answer(page)


@router.get(
    SEQUENCE,
    summary="Read a sequence",
    operation_id="getSequence",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Sequence", "The sequence.", 404, headers="ETag"),
)
def get_sequence(
    request: Request,
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    revision: p.Revision = None,
) -> Answer:
    """Reads the newest document, or the immutable one of a revision."""
    stored = wiring.current().definitions.get(project_id, sequence_id, revision)
    return stored_answer(request, stored)


@router.patch(
    SEQUENCE,
    summary="Change a sequence",
    operation_id="changeSequence",
    tags=TAGS,
    responses=answers(
        HTTPStatus.OK, "Sequence", "The sequence.", 404, 409, 412, 413, 422, headers="ETag"
    ),
)
def change_sequence(
    request: Request,
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    body: SequencePatchBody,
    if_match: p.IfMatch = None,
) -> Answer:
    """Merges `metadata` and replaces what else the body names; of an active sequence, the result
    is validated as for activation and becomes the next revision.
    """
    based_on = versions(if_match)
    changes = document_of(project_id, body)
    stored = wiring.current().definitions.change(project_id, sequence_id, changes, based_on)
    return stored_answer(request, stored)


@router.post(
    SEQUENCE + "/activate",
    summary="Activate a draft",
    operation_id="activateSequence",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Sequence", "Active.", 404, 409, 422, headers="ETag"),
)
def activate_sequence(
    request: Request,
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    body: VerbBody,  # noqa: ARG001 - checked to be empty
) -> Answer:
    """Validates a draft in full and publishes it as revision 1; warnings are in `problems`."""
    stored = wiring.current().definitions.activate(project_id, sequence_id)
    return stored_answer(request, stored)


@router.post(
    SEQUENCE + "/deprecate",
    summary="Deprecate an active sequence",
    operation_id="deprecateSequence",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Sequence", "Deprecated.", 404, 409, headers="ETag"),
)
def deprecate_sequence(
    request: Request,
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    body: VerbBody,  # noqa: ARG001 - checked to be empty
) -> Answer:
    """Has it start no more; what runs goes on."""
    stored = wiring.current().definitions.deprecate(project_id, sequence_id)
    return stored_answer(request, stored)


@router.post(
    SEQUENCE + "/archive",
    summary="Archive a deprecated sequence",
    operation_id="archiveSequence",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Sequence", "Archived.", 404, 409, headers="ETag"),
)
def archive_sequence(
    request: Request,
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    body: VerbBody,  # noqa: ARG001 - checked to be empty
) -> Answer:
    """Has it change no more; its revisions stay readable."""
    stored = wiring.current().definitions.archive(project_id, sequence_id)
    return stored_answer(request, stored)


@router.post(
    SEQUENCES + "/validate",
    summary="Validate a sequence",
    operation_id="validateSequence",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Validation", "All problems.", 413),
)
def validate_sequence(project_id: p.ProjectId, body: SequenceBody) -> Answer:
    """Runs all checks of activation and stores nothing."""
    document = document_of(project_id, body)
    return json_answer(wiring.current().definitions.validate(project_id, document))


@router.get(
    SEQUENCE + "/graph",
    summary="Draw a sequence",
    operation_id="drawSequence",
    tags=TAGS,
    responses=texts("The picture.", *CONTENT_TYPES.values(), problems=(404, 406)),
)
def draw_sequence(
    request: Request,
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    format: Format = "json",  # noqa: A002 - the parameter's name in the contract
) -> Answer:
    """Draws the newest document."""
    document = wiring.current().definitions.get(project_id, sequence_id).document
    return draw(request, document, format)
