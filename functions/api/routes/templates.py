"""Routes of templates."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer, stored_answer
from functions.api.describing import answers, nothing
from functions.api.etags import versions
from functions.api.resolver import Routes
from functions.api.routes.uploads import document_of
from functions.api.schemas.bodies import InstantiateBody, TemplateBody, TemplatePatchBody

TEMPLATES = "/projects/<project_id>/templates"
TEMPLATE = TEMPLATES + "/<template_id>"
TAGS = ["Templates"]

router = Routes()


@router.post(
    TEMPLATES,
    summary="Create a template",
    operation_id="createTemplate",
    tags=TAGS,
    responses=answers(
        HTTPStatus.CREATED, "Template", "The template.", 413, 422, headers="ETag Location"
    ),
)
def create_template(request: Request, project_id: p.ProjectId, body: TemplateBody) -> Answer:
    """Stores a sequence with parameters under a new id. Its parameters, its places for them, and
    the sequence with the defaults put in are checked.
    """
    stored = wiring.current().templating.create(project_id, document_of(project_id, body))
    return stored_answer(request, stored, HTTPStatus.CREATED, kind="templates")


@router.get(
    TEMPLATES,
    summary="List templates",
    operation_id="listTemplates",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "TemplatePage", "A page, without what is in them."),
)
def list_templates(
    project_id: p.ProjectId,
    name: p.NameFilter = None,
    limit: p.Limit = p.PAGE_ITEMS_DEFAULT,
    cursor: p.Cursor = None,
) -> Answer:
    """Lists the project's templates."""
    page = wiring.current().templating.list(project_id, name=name, limit=limit, cursor=cursor)
    return json_answer(page)


@router.get(
    TEMPLATE,
    summary="Read a template",
    operation_id="getTemplate",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Template", "The template.", 404, headers="ETag"),
)
def get_template(request: Request, project_id: p.ProjectId, template_id: p.TemplateId) -> Answer:
    """Reads it as it was written."""
    return stored_answer(request, wiring.current().templating.get(project_id, template_id))


@router.patch(
    TEMPLATE,
    summary="Change a template",
    operation_id="changeTemplate",
    tags=TAGS,
    responses=answers(
        HTTPStatus.OK, "Template", "The template.", 404, 412, 413, 422, headers="ETag"
    ),
)
def change_template(
    request: Request,
    project_id: p.ProjectId,
    template_id: p.TemplateId,
    body: TemplatePatchBody,
    if_match: p.IfMatch = None,
) -> Answer:
    """Merges `metadata` and replaces what else the body names. Sequences that it has made stay as
    they are.
    """
    based_on = versions(if_match)
    changes = document_of(project_id, body)
    stored = wiring.current().templating.change(project_id, template_id, changes, based_on)
    return stored_answer(request, stored)


@router.delete(
    TEMPLATE,
    summary="Delete a template",
    operation_id="deleteTemplate",
    tags=TAGS,
    responses=nothing("It is gone; sequences that it has made stay.", 404, 412),
)
def delete_template(
    project_id: p.ProjectId, template_id: p.TemplateId, if_match: p.IfMatch = None
) -> Answer:
    """Takes it away; sequences that it has made stay."""
    wiring.current().templating.delete(project_id, template_id, versions(if_match))
    return Answer(HTTPStatus.NO_CONTENT.value, body="")


@router.post(
    TEMPLATE + "/instantiate",
    summary="Make a sequence of a template",
    operation_id="instantiateTemplate",
    tags=TAGS,
    responses=answers(
        HTTPStatus.CREATED, "Sequence", "The draft.", 404, 413, 422, headers="ETag Location"
    ),
)
def instantiate_template(
    request: Request, project_id: p.ProjectId, template_id: p.TemplateId, body: InstantiateBody
) -> Answer:
    """Puts the arguments in and stores the sequence as a draft. Each place for a parameter becomes
    the argument's value as a whole; without an argument it becomes the default.
    """
    stored = wiring.current().templating.instantiate(
        project_id, template_id, body.arguments or {}, body.name
    )
    return stored_answer(request, stored, HTTPStatus.CREATED)
