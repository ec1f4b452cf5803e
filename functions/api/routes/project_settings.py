"""Routes of a project's settings."""

from http import HTTPStatus

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.etags import etag, versions
from functions.api.resolver import Routes
from functions.api.schemas.project_settings import SettingsBody, shown
from seriatim.domain.project_choices import HeldChoices

SETTINGS = "/projects/<project_id>/settings"
TAGS = ["Project settings"]

router = Routes()


@router.get(
    SETTINGS,
    summary="Read the settings",
    operation_id="getProjectSettings",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ShownSettings", "As they are now.", headers="ETag"),
)
def get_project_settings(project_id: p.ProjectId) -> Answer:
    """Reads what the project has chosen; every project has settings from the start."""
    return _answer(wiring.current().configuring.get(project_id))


@router.put(
    SETTINGS,
    summary="Replace the settings",
    operation_id="putProjectSettings",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ShownSettings", "As they are now.", 412, headers="ETag"),
)
def put_project_settings(
    project_id: p.ProjectId, body: SettingsBody, if_match: p.IfMatch = None
) -> Answer:
    """Replaces all of them: what the body leaves out does not restrict any more."""
    held = wiring.current().configuring.put(project_id, body.choices(), versions(if_match))
    return _answer(held)


def _answer(held: HeldChoices) -> Answer:
    return json_answer(shown(held.choices), headers={"ETag": etag(held.version)})
