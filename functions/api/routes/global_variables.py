"""Routes of global variables."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer, whole_answer
from functions.api.describing import answers
from functions.api.etags import etag, versions
from functions.api.resolver import Routes
from functions.api.schemas.bodies import GlobalVariableBody
from seriatim.domain.values import GlobalValue

VARIABLES = "/projects/<project_id>/variables"
VARIABLE = VARIABLES + "/<variable_name>"
TAGS = ["Global variables"]

router = Routes()


@router.put(
    VARIABLE,
    summary="Write a global variable",
    operation_id="putGlobalVariable",
    tags=TAGS,
    responses=answers(
        HTTPStatus.OK, "GlobalVariable", "As it is now.", 406, 412, 413, headers="ETag"
    ),
)
def put_global_variable(
    request: Request,
    project_id: p.ProjectId,
    variable_name: p.VariableName,
    body: GlobalVariableBody,
    if_match: p.IfMatch = None,
) -> Answer:
    """Writes it; the first time, it is made. With `version` (0: never written) or `If-Match` only
    if that is its version still, else 412: what others have written meanwhile is not undone.
    """
    based_on = versions(if_match)
    if body.version is not None:
        own = frozenset({str(body.version)})
        based_on = own if based_on is None else based_on & own
    held = wiring.current().project_variables.put(
        project_id,
        variable_name,
        body.value,
        based_on=based_on,
        must_exist=if_match is not None,
    )
    return _shown(request, held)


@router.get(
    VARIABLE,
    summary="Read a global variable",
    operation_id="getGlobalVariable",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "GlobalVariable", "As it is now.", 404, 406, headers="ETag"),
)
def get_global_variable(
    request: Request, project_id: p.ProjectId, variable_name: p.VariableName
) -> Answer:
    """Reads its value and its version, which counts its writes."""
    return _shown(request, wiring.current().project_variables.get(project_id, variable_name))


@router.get(
    VARIABLES,
    summary="List global variables",
    operation_id="listGlobalVariables",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "GlobalVariablePage", "A page, by name."),
)
def list_global_variables(
    project_id: p.ProjectId, limit: p.Limit = p.PAGE_ITEMS_DEFAULT, cursor: p.Cursor = None
) -> Answer:
    """Lists the project's variables with their values."""
    return json_answer(wiring.current().project_variables.list(project_id, limit, cursor))


def _shown(request: Request, held: GlobalValue) -> Answer:
    document = {"value": held.value, "version": held.version}
    return whole_answer(request, document, {"ETag": etag(held.version)})
