"""Routes of activities: outside workers poll for attempts."""

from http import HTTPStatus
from typing import Any

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.resolver import Routes
from functions.api.schemas.bodies import PollBody
from seriatim.domain.times import to_iso

router = Routes()


@router.post(
    "/projects/<project_id>/activities/<activity_name>/poll",
    summary="Poll for attempts",
    operation_id="pollActivity",
    tags=["Activities"],
    responses=answers(HTTPStatus.OK, "PolledTasks", "Attempts to be worked on, or none."),
)
def poll_activity(project_id: p.ProjectId, activity_name: p.ActivityName, body: PollBody) -> Answer:
    """Gives out attempts as soon as there is one, or none after `waitSeconds`."""
    tasks = wiring.current().polling.poll(
        project_id, activity_name, body.worker_id, body.wait_seconds, body.max_tasks
    )
    return json_answer({"tasks": [_on_wire(task) for task in tasks]})


def _on_wire(task: dict[str, Any]) -> dict[str, Any]:
    deadline = task["deadline"]
    return {**task, "deadline": None if deadline is None else to_iso(deadline)}
