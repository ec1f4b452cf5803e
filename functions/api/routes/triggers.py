"""Routes of triggers."""

from http import HTTPStatus

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers, nothing
from functions.api.resolver import Routes
from functions.api.schemas.triggers import TriggerBody

TRIGGERS = "/projects/<project_id>/triggers"
TRIGGER = TRIGGERS + "/<trigger_id>"
TAGS = ["Triggers"]

router = Routes()


@router.put(
    TRIGGER,
    summary="Store a trigger",
    operation_id="putTrigger",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ShownTrigger", "As it is stored.", 409, 413, 422),
)
def put_trigger(project_id: p.ProjectId, trigger_id: p.TriggerId, body: TriggerBody) -> Answer:
    """Stores it, in place of the one before, and has it fire so; `enabled: false` pauses it. After
    a 503 the same call does what is left.
    """
    return json_answer(wiring.current().triggering.put(project_id, trigger_id, body))


@router.get(
    TRIGGER,
    summary="Read a trigger",
    operation_id="getTrigger",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ShownTrigger", "The trigger.", 404),
)
def get_trigger(project_id: p.ProjectId, trigger_id: p.TriggerId) -> Answer:
    """Reads it, with what came of its last firing."""
    return json_answer(wiring.current().triggering.get(project_id, trigger_id))


@router.delete(
    TRIGGER,
    summary="Delete a trigger",
    operation_id="deleteTrigger",
    tags=TAGS,
    responses=nothing("It is gone, and fires no more.", 404),
)
def delete_trigger(project_id: p.ProjectId, trigger_id: p.TriggerId) -> Answer:
    """Takes it away; executions that it started go on."""
    wiring.current().triggering.delete(project_id, trigger_id)
    return Answer(HTTPStatus.NO_CONTENT.value, body="")


@router.get(
    TRIGGERS,
    summary="List triggers",
    operation_id="listTriggers",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "TriggerPage", "A page, by id."),
)
def list_triggers(
    project_id: p.ProjectId, limit: p.Limit = p.PAGE_ITEMS_DEFAULT, cursor: p.Cursor = None
) -> Answer:
    """Lists the project's triggers."""
    return json_answer(wiring.current().triggering.list(project_id, limit, cursor))
