"""Routes of the revisions of a sequence."""

from http import HTTPStatus

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.resolver import Routes
from functions.api.routes.sequences import SEQUENCE, TAGS

router = Routes()


@router.get(
    SEQUENCE + "/revisions",
    summary="List the revisions of a sequence",
    operation_id="listRevisions",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "RevisionPage", "A page, the newest first.", 404),
)
def list_revisions(
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    limit: p.Limit = p.PAGE_ITEMS_DEFAULT,
    cursor: p.Cursor = None,
) -> Answer:
    """Lists what was published, without the documents; a draft has nothing yet."""
    return json_answer(wiring.current().revisions.list(project_id, sequence_id, limit, cursor))


@router.get(
    SEQUENCE + "/diff",
    summary="Compare two revisions",
    operation_id="compareRevisions",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "RevisionDiff", "What differs.", 404),
)
def compare_revisions(
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    older: p.FromRevision = None,
    newer: p.ToRevision = None,
) -> Answer:
    """Says what the newer revision has otherwise: nodes, transitions, variables and settings."""
    return json_answer(wiring.current().revisions.diff(project_id, sequence_id, older, newer))
