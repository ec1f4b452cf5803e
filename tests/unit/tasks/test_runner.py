"""What the runner does for every integration: schemas, places, targets."""

from typing import Any

import msgspec
import pytest

from seriatim import task
from seriatim.ports.activities import ActivityTask
from seriatim.ports.errors import Unavailable
from seriatim.ports.tasks import HandedOut
from seriatim.tasks.runner import result_problem
from tests.fakes.activities import FakeActivities
from tests.fakes.clock import EPOCH
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner

ECHO = {"function": "builtin.echo"}
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "lines": {"type": "array", "items": {"type": "object", "required": ["a/b"]}},
    },
}


# -- activities ------------------------------------------------------------------------------------


def test_activity_is_put_on_its_list_once() -> None:
    activities = FakeActivities()
    tasks = runner(activities=activities)
    request = attempt("activity", {"name": "pack-${inputs.hall}"}, {"hall": 2})
    assert [tasks.run(request), tasks.run(request)] == [HandedOut(), HandedOut()]
    claims = activities.claim("shop", "pack-2", EPOCH, 1_000)
    assert [claim.task for claim in claims] == [
        ActivityTask(
            project_id="shop",
            execution_id="exec-1",
            node_id="charge",
            number=3,
            attempt=1,
            offered_at=EPOCH,
        )
    ]


@pytest.mark.parametrize(
    ("deadline", "queue_by", "over_at"),
    [
        (None, None, None),
        (EPOCH + 9, None, EPOCH + 9),
        (None, EPOCH + 8, EPOCH + 8),
        (EPOCH + 9, EPOCH + 8, EPOCH + 8),
    ],
)
def test_activity_says_when_its_time_is_over(
    deadline: int | None, queue_by: int | None, over_at: int | None
) -> None:
    activities = FakeActivities()
    request = attempt("activity", {"name": "pack"}, deadline=deadline)
    request = msgspec.structs.replace(request, queue_by=queue_by, priority=7)
    assert runner(activities=activities).run(request) == HandedOut()
    [claim] = activities.claim("shop", "pack", EPOCH, 1_000)
    assert (claim.task.over_at, claim.task.priority) == (over_at, 7)


def test_activity_whose_time_is_over_does_not_come_on_its_list() -> None:
    """The worker was late: nobody is to find it, and its timer ends it."""
    activities = FakeActivities()
    request = attempt("activity", {"name": "pack"}, deadline=EPOCH)
    assert runner(activities=activities).run(request) == HandedOut()
    assert not activities.has_offers


def test_list_that_cannot_be_reached_leaves_the_attempt_to_be_delivered_again() -> None:
    class Down(FakeActivities):
        def offer(self, name: str, task: ActivityTask) -> None:
            raise Unavailable("throttled")

    with pytest.raises(Unavailable):
        runner(activities=Down()).run(attempt("activity", {"name": "pack"}))


# -- schemas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", [None, True, {}, ORDER])
def test_inputs_that_match_are_run(schema: Any) -> None:
    request = attempt("python", ECHO, {"id": "o-1"}, inputSchema=schema, outputSchema=schema)
    assert result_of(runner().run(request)) == {"id": "o-1"}


def test_inputs_that_do_not_match_fail_before_anything_runs() -> None:
    ran: list[str] = []
    task("runner-test.ran")(lambda: ran.append("ran"))
    inputs = {"id": 3, "lines": [{}, {"a/b": 1}]}
    request = attempt("python", {"function": "runner-test.ran"}, inputs, inputSchema=ORDER)
    error = error_of(runner().run(request))
    assert (error.code, error.retryable) == ("Seriatim.InvalidInput", False)
    assert error.message.startswith("the inputs do not match the inputSchema at /id: 3 is not")
    assert error.details == {
        "problems": [
            {"path": "/id", "message": "3 is not of type 'string'"},
            {"path": "/lines/0", "message": "'a/b' is a required property"},
        ]
    }
    assert ran == []


def test_path_of_a_problem_is_a_json_pointer() -> None:
    schema = {"properties": {"a/b": {"properties": {"c~d": {"type": "string"}}}}}
    request = attempt("python", ECHO, {"a/b": {"c~d": 1}}, inputSchema=schema)
    error = error_of(runner().run(request))
    assert error.details["problems"][0]["path"] == "/a~1b/c~0d"


def test_many_problems_are_cut_and_long_ones_shortened() -> None:
    schema = {"items": {"type": "string"}}
    request = attempt("python", ECHO, {"x": [1] * 50}, inputSchema={"properties": {"x": schema}})
    error = error_of(runner().run(request))
    assert len(error.details["problems"]) == 10
    request = attempt("python", ECHO, {"x": "y" * 10_000}, inputSchema={"maxProperties": 0})
    error = error_of(runner().run(request))
    assert len(error.details["problems"][0]["message"]) == 300


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"$ref": "https://schemas.example/order.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#/$defs/none"},
        {"type": 3},
        {"properties": {"id": {"pattern": "("}}},
    ],
)
def test_schema_that_nothing_matches_or_that_is_none_is_an_outcome(schema: Any) -> None:
    request = attempt("python", ECHO, {"id": "o-1"}, inputSchema=schema)
    error = error_of(runner().run(request))
    assert (error.code, error.retryable) == ("Seriatim.InvalidInput", False)


def test_reference_inside_a_schema_and_to_a_meta_schema_resolves() -> None:
    schema = {
        "$defs": {"id": {"type": "string"}},
        "properties": {
            "id": {"$ref": "#/$defs/id"},
            "schema": {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        },
    }
    inputs = {"id": "x", "schema": {"type": "object"}}
    assert result_of(runner().run(attempt("python", ECHO, inputs, inputSchema=schema))) == inputs
    inputs = {"id": "x", "schema": {"type": "nonsense"}}
    error = error_of(runner().run(attempt("python", ECHO, inputs, inputSchema=schema)))
    assert error.details["problems"][0]["path"] == "/schema/type"


def test_older_draft_is_honoured() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "properties": {"n": {"maximum": 3, "exclusiveMaximum": True}},
    }
    error = error_of(runner().run(attempt("python", ECHO, {"n": 3}, inputSchema=schema)))
    assert error.code == "Seriatim.InvalidInput"


def test_result_that_does_not_match_fails_the_attempt() -> None:
    request = attempt("python", ECHO, {"id": 3}, outputSchema=ORDER)
    error = error_of(runner().run(request))
    assert (error.code, error.retryable) == ("Seriatim.InvalidOutput", False)
    assert "the result" in error.message
    assert "/id" in error.message


def test_result_that_comes_by_task_token_is_held_to_the_same_schema() -> None:
    assert result_problem({"outputSchema": ORDER}, {"id": "x"}) is None
    problem = result_problem({"outputSchema": ORDER}, {"id": 3})
    assert problem is not None
    assert problem.error.code == "Seriatim.InvalidOutput"


# -- places and settings ---------------------------------------------------------------------------


def test_places_of_the_settings_see_the_attempt() -> None:
    seen: list[str] = []
    name = "runner-test/exec-1/exec-1%2F3/2/token-2/4/x"
    task(name)(lambda: seen.append("ran"))
    function = (
        "runner-test/${execution.id}/${replace(idempotencyKey, '/', '%2F')}/${attempt}"
        "/${taskToken}/${index}/${inputs.name}"
    )
    request = attempt("python", {"function": function}, {"name": "x"}, attempt=2, index=4)
    assert result_of(runner().run(request)) is None
    assert seen == ["ran"]


def test_escaped_place_is_text() -> None:
    error = error_of(runner().run(attempt("python", {"function": "$${inputs.name}"})))
    assert "'${inputs.name}'" in error.message


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("a ${inputs.id.x} b", "inputs.id.x"),
        ("${nothing}", "nothing"),
        ("${1 +}", "1 +"),
        ("${inputs.id", None),
    ],
)
def test_place_that_cannot_be_filled_is_named(place: str, source: str | None) -> None:
    settings = {"method": "GET", "url": "https://a.example/", "headers": {"X-A": place}}
    error = error_of(runner().run(attempt("http", settings, {"id": 3})))
    assert (error.code, error.retryable) == ("Seriatim.ExpressionError", False)
    assert error.details["place"] == "/http/headers/X-A"
    assert source is None or error.details["expression"] == source


@pytest.mark.parametrize(
    ("integration", "settings", "field"),
    [
        ("python", {}, "python.function"),
        ("python", {"function": " "}, "python.function"),
        ("lambda", {"functionArn": "${inputs.none}"}, "lambda.functionArn"),
        ("http", {"method": "GET", "url": "${inputs.list}"}, "http.url"),
        ("sqs", {"queueUrl": None}, "sqs.queueUrl"),
        ("eventbridge", {"busName": "b", "source": "s"}, "eventbridge.detailType"),
        ("activity", {"name": 3}, "activity.name"),
    ],
)
def test_setting_that_is_no_text_is_named(
    integration: str, settings: dict[str, Any], field: str
) -> None:
    error = error_of(runner().run(attempt(integration, settings, {"list": [1]})))
    assert (error.code, error.retryable) == ("Seriatim.InvalidTarget", False)
    assert field in error.message


@pytest.mark.parametrize("integration", ["smtp", "", None, 3])
def test_unknown_integration_is_told_what_there_is(integration: Any) -> None:
    error = error_of(runner().run(attempt(integration)))
    assert (error.code, error.retryable) == ("Seriatim.UnknownIntegration", False)
    assert "python, lambda, http, sqs, eventbridge, activity" in error.message


# -- targets ---------------------------------------------------------------------------------------


def test_attempt_goes_to_a_target() -> None:
    activities = FakeActivities()
    tasks = runner(activities=activities)
    targets = [{"name": "hall-0"}, {"name": "hall-1"}]
    for number in (1, 2, 3, 4):
        request = attempt(
            "activity", {"name": "all"}, attempt=number, balancing="round_robin", targets=targets
        )
        assert tasks.run(request) == HandedOut()
    for hall in ("hall-0", "hall-1"):
        assert len(list(activities.claim("shop", hall, EPOCH, 1_000))) == 2
    assert list(activities.claim("shop", "all", EPOCH, 1_000)) == []


def test_attempt_goes_to_the_target_that_a_ledger_chose() -> None:
    activities = FakeActivities()
    tasks = runner(activities=activities)
    targets = [{"name": "hall-0"}, {"name": "hall-1"}]
    request = attempt("activity", {"name": "all"}, targets=targets)
    for number in (1, 2, 3):
        tasks.run(msgspec.structs.replace(request, attempt=number, target=1))
    assert len(list(activities.claim("shop", "hall-1", EPOCH, 1_000))) == 3
