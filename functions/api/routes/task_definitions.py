"""Routes of task definitions."""

from http import HTTPStatus

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers, nothing
from functions.api.resolver import Routes
from functions.api.schemas.bodies import TaskDefinitionBody

TASK_DEFINITIONS = "/projects/<project_id>/task-definitions"
TASK_DEFINITION = TASK_DEFINITIONS + "/<task_definition_id>"
TAGS = ["Task definitions"]

router = Routes()


@router.put(
    TASK_DEFINITION,
    summary="Store a task definition",
    operation_id="putTaskDefinition",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "TaskDefinition", "As it is stored.", 413, 422),
)
def put_task_definition(
    project_id: p.ProjectId, task_definition_id: p.TaskDefinitionId, body: TaskDefinitionBody
) -> Answer:
    """Stores it, in place of the one before; executions keep the one that they began with."""
    definitions = wiring.current().definitions
    return json_answer(definitions.put_task_definition(project_id, task_definition_id, body))


@router.get(
    TASK_DEFINITION,
    summary="Read a task definition",
    operation_id="getTaskDefinition",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "TaskDefinition", "The task definition.", 404),
)
def get_task_definition(project_id: p.ProjectId, task_definition_id: p.TaskDefinitionId) -> Answer:
    """Reads it, every default written out."""
    definitions = wiring.current().definitions
    return json_answer(definitions.get_task_definition(project_id, task_definition_id))


@router.delete(
    TASK_DEFINITION,
    summary="Delete a task definition",
    operation_id="deleteTaskDefinition",
    tags=TAGS,
    responses=nothing("It is gone; executions go on with it.", 404),
)
def delete_task_definition(
    project_id: p.ProjectId, task_definition_id: p.TaskDefinitionId
) -> Answer:
    """Takes it away; executions go on with the one that they began with."""
    wiring.current().definitions.delete_task_definition(project_id, task_definition_id)
    return Answer(HTTPStatus.NO_CONTENT.value, body="")


@router.get(
    TASK_DEFINITIONS,
    summary="List task definitions",
    operation_id="listTaskDefinitions",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "TaskDefinitionPage", "A page."),
)
def list_task_definitions(
    project_id: p.ProjectId, limit: p.Limit = p.PAGE_ITEMS_DEFAULT, cursor: p.Cursor = None
) -> Answer:
    """Lists the project's task definitions."""
    definitions = wiring.current().definitions
    return json_answer(definitions.list_task_definitions(project_id, limit, cursor))
