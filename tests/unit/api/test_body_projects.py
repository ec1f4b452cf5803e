"""Whatever a body says of a project, the path alone counts.

Goal: every call with a body, made in project ``thief`` and naming ``owner`` in its body, is refused
or does what it would do without, in ``thief``; ``owner`` is as it was.
"""

from typing import Any

import pytest

from tests.unit.api.caller import Service, openapi
from tests.unit.api.test_isolation import BODIES, PROJECT_ROUTES, all_of, furnished

WITH_BODIES = [
    (method, path)
    for method, path in PROJECT_ROUTES
    if "requestBody" in openapi()["paths"][path][method.lower()]
]
NAMES = ("projectId", "project_id", "project", "tenantId")


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
def test_a_project_in_a_body_counts_for_nothing(method: str, path: str, service: Service) -> None:
    furnished(service, "owner")
    own = furnished(service, "thief")
    before = all_of(service, "owner")
    operation = openapi()["paths"][path][method.lower()]["operationId"]
    target = path.format(project_id="thief", **own)
    for name in NAMES:
        body: dict[str, Any] = {**(BODIES.get(operation) or {}), name: "owner"}
        answer = service.call(method, target, body)
        assert answer.status in {200, 201, 202, 400, 404, 409, 422}, answer.text
        if answer.status < 400:
            assert '"projectId":"owner"' not in answer.text
    service.run()
    assert all_of(service, "owner") == before


def test_one_key_in_two_projects_names_two_bulks(service: Service) -> None:
    ids = {project: furnished(service, project) for project in ("owner", "thief")}
    body = {"action": "cancel", "filter": {}, "reason": "all"}
    found = service.post("/projects/thief/executions/bulk", body, Idempotency_Key="same")
    assert found.status == 202
    service.run()
    owners = f"/projects/owner/executions/{ids['owner']['execution_id']}"
    assert service.get(owners).json["status"] != "cancelled"
    others = service.post("/projects/owner/executions/bulk", body, Idempotency_Key="same")
    assert others.json["id"] != found.json["id"]
    service.run()
    assert service.get(owners).json["status"] == "cancelled"
