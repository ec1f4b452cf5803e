"""Every route of the OpenAPI document is asked for with identities that may and may not; a new
route is part of this as soon as it is there.
"""

from typing import Any

import msgspec
import pytest

from functions.api.authorization import Access, needed
from functions.api.handler import build
from tests.unit.api.caller import ACCOUNT_ID, JsonObject, Service, openapi
from tests.unit.api.test_executions import WAITING
from tests.unit.api.test_isolation import SECRET, all_of, furnished
from tests.unit.api.test_tasks import HANDED_OUT, OUTSIDE

ROUTES = [
    (method.upper(), path)
    for path, operations in openapi()["paths"].items()
    for method in operations
]
PROJECT_ROUTES = [route for route in ROUTES if "{project_id}" in route[1]]
TOKEN_ROUTES = [path for _, path in ROUTES if path.startswith("/task-tokens/")]
OPEN_ROUTES = [("GET", "/health"), ("GET", "/openapi.json"), ("GET", "/docs")]
REPORTS: dict[str, JsonObject] = {
    "/task-tokens/success": {"output": {"note": "stolen"}},
    "/task-tokens/failure": {"error": {"code": "Stolen", "message": "stolen"}},
    "/task-tokens/heartbeat": {},
}


def jwt(projects: Any = None, **claims: Any) -> JsonObject:
    """An identity as API Gateway hands a verified token over."""
    given = {} if projects is None else {"seriatim:projects": projects}
    return {"jwt": {"claims": {"sub": "ada", **given, **claims}, "scopes": None}}


def iam(account_id: Any) -> JsonObject:
    """An identity as API Gateway hands a signed request over."""
    return {"iam": {"accountId": account_id, "userArn": "arn:aws:iam::1:user/ada"}}


def configured(service: Service, **changes: Any) -> None:
    """Have the service's settings say otherwise."""
    wired = service.world.wired
    wired.settings = msgspec.structs.replace(wired.settings, **changes)


def token_of(service: Service, project: str) -> str:
    """The task token of an attempt that is handed out in a project."""
    definition = f"/projects/{project}/task-definitions/outside"
    assert service.put(definition, OUTSIDE).status == 200
    service.start(service.activate(HANDED_OUT, project), project=project)
    service.run()
    return service.world.tasks.requests[-1].task_token


def test_every_route_needs_a_project_or_shows_nothing_of_one() -> None:
    others = {route for route in ROUTES if route not in PROJECT_ROUTES}
    assert others == {*OPEN_ROUTES, *(("POST", path) for path in TOKEN_ROUTES)}


def test_a_route_that_nobody_has_thought_of_cannot_be_registered() -> None:
    with pytest.raises(AssertionError, match="who may call /secrets"):
        build().get("/secrets")(lambda: None)


@pytest.mark.parametrize(("method", "path"), PROJECT_ROUTES)
def test_no_route_answers_for_a_project_that_the_token_does_not_name(
    method: str, path: str, service: Service
) -> None:
    ids = furnished(service, "owner")
    before = all_of(service, "owner")
    answers = [
        service.call(method, path.format(project_id=project, **ids), authorizer=jwt("thief p"))
        for project in ("owner", "nobody-has-this")
    ]
    assert [answer.status for answer in answers] == [403, 403]
    assert answers[0].text == answers[1].text, "who may not look learns nothing"
    assert answers[0].json["code"] == "Forbidden"
    assert SECRET not in answers[0].text
    service.run()
    assert all_of(service, "owner") == before


@pytest.mark.parametrize("path", TOKEN_ROUTES)
def test_a_task_token_is_good_for_who_reaches_its_project(path: str, service: Service) -> None:
    body = {"taskToken": token_of(service, "owner"), **REPORTS[path]}
    before = all_of(service, "owner")
    for authorizer in (jwt("thief"), jwt(""), jwt(), iam("999999999999")):
        answer = service.call("POST", path, body, authorizer=authorizer)
        assert (answer.status, answer.json["code"]) == (403, "Forbidden")
    assert all_of(service, "owner") == before
    assert service.call("POST", path, body, authorizer=jwt("owner")).status == 200


@pytest.mark.parametrize(("method", "path"), OPEN_ROUTES)
def test_what_shows_no_project_needs_no_identity(method: str, path: str, service: Service) -> None:
    configured(service, anonymous_allowed=False)
    assert service.call(method, path).status == 200


@pytest.mark.parametrize(("method", "path"), [*PROJECT_ROUTES, ("POST", TOKEN_ROUTES[0])])
def test_without_an_identity_nothing_is_allowed_but_locally(
    method: str, path: str, service: Service
) -> None:
    named = dict.fromkeys(furnished(service, "p"), "x")
    configured(service, anonymous_allowed=False)
    assert service.call(method, path.format(project_id="p", **named)).status == 403


@pytest.mark.parametrize(
    ("claim", "is_allowed"),
    [
        ("p", True),
        ("a p", True),
        ("[a p]", True),
        (["a", "p"], True),
        ("*", True),
        ("[*]", True),
        ("", False),
        ("[]", False),
        ([], False),
        (None, False),
        (1, False),
        ("a", False),
        ("pp", False),
        ("P", False),
        ("p/x", False),
        ("a,p", False),
        ("p*", False),
        ('["p"]', False),
        (["p "], False),
        ([["p"]], False),
        ({"p": True}, False),
    ],
)
def test_a_token_reaches_the_projects_that_its_claim_names(
    service: Service, claim: Any, is_allowed: bool
) -> None:
    answer = service.call("GET", "/projects/p/executions", authorizer=jwt(claim))
    assert answer.status == (200 if is_allowed else 403)


def test_the_claims_name_is_configuration(service: Service) -> None:
    configured(service, projects_claim="custom:teams")
    path = "/projects/p/executions"
    assert service.call("GET", path, authorizer=jwt("p")).status == 403
    own = jwt(None, **{"custom:teams": "p"})
    assert service.call("GET", path, authorizer=own).status == 200


@pytest.mark.parametrize("spelling", ["p", "%70", "%2570", "p%2F..%2Fo", "o%2F..%2Fp", "..", "%00"])
def test_the_project_that_is_checked_is_the_one_that_is_used(
    service: Service, spelling: str
) -> None:
    path = f"/projects/{spelling}/variables/x"
    answer = service.call("PUT", path, {"value": 1}, authorizer=jwt("p"))
    is_own = spelling in ("p", "%70")
    assert answer.status == (200 if is_own else 403)
    listed = service.get("/projects/p/variables").json["items"]
    assert [item["name"] for item in listed] == (["x"] if is_own else [])


def test_a_project_of_any_script_is_found_in_a_claim(service: Service) -> None:
    path = "/projects/%D0%BA%D0%BB%D1%8E%D1%87/executions"
    assert service.call("GET", path, authorizer=jwt("ключ")).status == 200


@pytest.mark.parametrize(
    ("account_id", "status"), [(ACCOUNT_ID, 200), ("999999999999", 403), (None, 403), ("", 403)]
)
def test_a_signed_request_is_one_of_the_apis_own_account(
    service: Service, account_id: Any, status: int
) -> None:
    answer = service.call("GET", "/projects/p/executions", authorizer=iam(account_id))
    assert answer.status == status


def test_with_a_scope_prefix_a_token_needs_the_scope_of_what_it_does(service: Service) -> None:
    configured(service, scope_prefix="seriatim/")
    sequence_id = service.activate(WAITING)
    calls = {
        "read": ("GET", f"/projects/p/sequences/{sequence_id}", None),
        "write": ("PATCH", f"/projects/p/sequences/{sequence_id}", {"description": "x"}),
        "operate": ("POST", f"/projects/p/sequences/{sequence_id}/executions", None),
        "callbacks": ("POST", "/projects/p/activities/outside/poll", {"workerId": "w"}),
    }
    for held in calls:
        for claims in ({"scope": f"openid seriatim/{held}"}, {"scp": [f"seriatim/{held}"]}):
            for needs, (method, path, body) in calls.items():
                answer = service.call(method, path, body, authorizer=jwt("p", **claims))
                assert (answer.status < 300) == (needs == held), (held, needs, answer.text)
    method, path, body = calls["read"]
    for claims in ({}, {"scope": "read"}, {"scope": "xseriatim/read"}, {"scope": "seriatim/"}):
        assert service.call(method, path, body, authorizer=jwt("p", **claims)).status == 403


@pytest.mark.parametrize(
    ("method", "rule", "access"),
    [
        ("GET", "/projects/<project_id>/executions/<execution_id>/history", Access.READ),
        ("POST", "/projects/<project_id>/sequences/validate", Access.READ),
        ("POST", "/projects/<project_id>/sequences", Access.WRITE),
        ("PUT", "/projects/<project_id>/settings", Access.WRITE),
        ("POST", "/projects/<project_id>/uploads", Access.WRITE),
        ("POST", "/projects/<project_id>/sequences/<sequence_id>/executions", Access.OPERATE),
        ("PATCH", "/projects/<project_id>/executions/<execution_id>/variables", Access.OPERATE),
        ("POST", "/projects/<project_id>/executions/bulk", Access.OPERATE),
        ("POST", "/projects/<project_id>/activities/<activity_name>/poll", Access.CALLBACKS),
        ("POST", "/task-tokens/success", Access.CALLBACKS),
        ("GET", "/health", None),
    ],
)
def test_what_a_call_needs_follows_from_its_route(
    method: str, rule: str, access: Access | None
) -> None:
    assert needed(rule, method) is access


def test_claims_that_are_no_texts_grant_nothing(service: Service) -> None:
    for value in (True, 5, {"*": "*"}, msgspec.UNSET):
        answer = service.call("GET", "/projects/p/executions", authorizer=jwt(value))
        assert answer.status == 403
