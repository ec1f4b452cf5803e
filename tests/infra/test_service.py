"""The functions run what the repository has, told what they ask for, and fed so that nothing is
lost; the API lets nobody in without an identity.
"""

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from functions.settings import Settings, load
from infra.configuration import Deployment
from seriatim.topology import API, HTTP_TASK, NOTIFIER, TOPOLOGY, WORKER, Function
from tests.infra.templates import Assembly, Resource

WITH_DATA = [spec for spec in TOPOLOGY.functions if spec.has_data]
POWERTOOLS = {"POWERTOOLS_LOG_LEVEL"}
IMPORT = """
import importlib, sys
module, _, name = sys.argv[1].rpartition(".")
handler = getattr(importlib.import_module(module), name)
print(callable(handler), *{sys.modules[name].__file__ for name in ("functions", "seriatim")})
"""


def function(assembly: Assembly, spec: Function) -> Resource:
    return assembly.one("AWS::Lambda::Function", spec.name)


def environment(assembly: Assembly, spec: Function) -> dict[str, str]:
    variables: dict[str, str] = function(assembly, spec).properties["Environment"]["Variables"]
    return variables


def followed(assembly: Assembly) -> list[dict[str, Any]]:
    """What of the stream goes to the notifier."""
    feeds = [feed.properties for feed in assembly.all("AWS::Lambda::EventSourceMapping")]
    (filters,) = (feed["FilterCriteria"]["Filters"] for feed in feeds if "FilterCriteria" in feed)
    return [json.loads(each["Pattern"]) for each in filters]


@pytest.mark.parametrize("spec", TOPOLOGY.functions, ids=lambda spec: spec.name)
def test_a_function_is_as_the_topology_has_it(each: Assembly, spec: Function) -> None:
    properties = function(each, spec).properties
    assert properties["Handler"] == spec.handler
    assert properties["Timeout"] == spec.timeout_seconds
    assert properties["MemorySize"] == spec.memory_megabytes
    assert properties["Architectures"] == ["arm64"]
    assert properties["RecursiveLoop"] == ("Allow" if spec.recursion_allowed else "Terminate")


def test_lambda_lets_a_chain_of_tasks_run_on(each: Assembly) -> None:
    """By default it drops the message after some 16 hops of function, queue, function."""
    assert function(each, WORKER).properties["RecursiveLoop"] == "Allow"


def test_only_what_failed_of_a_batch_comes_again(each: Assembly) -> None:
    feeds = [feed.properties for feed in each.all("AWS::Lambda::EventSourceMapping")]
    assert all(feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for feed in feeds)
    feed = next(feed for feed in feeds if feed["EventSourceArn"].endswith("-work"))
    assert WORKER.event_source is not None
    assert feed["BatchSize"] == WORKER.event_source.batch_size


def test_the_notifier_follows_the_log_and_leaves_what_is_too_old_to_a_queue(
    each: Assembly,
) -> None:
    (feed,) = (
        feed.properties
        for feed in each.all("AWS::Lambda::EventSourceMapping")
        if "DestinationConfig" in feed.properties
    )
    assert NOTIFIER.stream_source is not None
    assert feed["BisectBatchOnFunctionError"] is True
    assert feed["MaximumRecordAgeInSeconds"] == NOTIFIER.stream_source.record_age_seconds_max
    assert feed["DestinationConfig"]["OnFailure"]["Destination"].endswith("-events-dlq")


def test_the_notifier_gets_changes_of_status_and_tallies_unless_node_runs_are_asked_for(
    plain: Assembly, full: Assembly
) -> None:
    for attribute in ("status", "tally"):
        image = {"NewImage": {attribute: {"S": [{"exists": True}]}}}
        assert {"eventName": ["INSERT"], "dynamodb": image} in followed(plain)
    assert load(environment(plain, NOTIFIER)).node_events is False
    assert followed(full) == [{"eventName": ["INSERT"]}]
    assert load(environment(full, NOTIFIER)).node_events is True


def test_the_number_of_workers_is_bounded(plain: Assembly, full: Assembly) -> None:
    limits = [
        feed.properties["ScalingConfig"]
        for each in (plain, full)
        for feed in each.all("AWS::Lambda::EventSourceMapping")
        if feed.properties["EventSourceArn"].endswith("-work")
    ]
    assert WORKER.event_source is not None
    topology = WORKER.event_source.max_concurrency
    assert limits == [{"MaximumConcurrency": topology}, {"MaximumConcurrency": 20}]


@pytest.mark.parametrize("spec", WITH_DATA, ids=lambda spec: spec.name)
def test_a_function_is_told_all_that_it_asks_for_and_no_more(
    each: Assembly, spec: Function
) -> None:
    variables = environment(each, spec)
    known = {field.name.upper() for field in msgspec.structs.fields(Settings)}
    required = {field.name.upper() for field in msgspec.structs.fields(Settings) if field.required}
    assert required <= set(variables) <= known | POWERTOOLS
    assert load(variables).work_queue_arn == each.one("AWS::SQS::Queue", "work").arn


def test_requests_are_sent_by_the_function_without_data(each: Assembly) -> None:
    name = function(each, HTTP_TASK).name
    assert load(environment(each, WORKER)).http_function.removesuffix(":live") == name


def test_http_tasks_do_not_reach_the_functions_own_machine(each: Assembly) -> None:
    for spec in WITH_DATA:
        assert load(environment(each, spec)).http_loopback_allowed is False


def test_task_modules_are_named_and_shipped(plain: Assembly, full: Assembly) -> None:
    assert load(environment(full, WORKER)).task_modules == ("orders.tasks",)
    assert load(environment(plain, WORKER)).task_modules == ()
    assert len(function(full, WORKER).properties["Layers"]) == 2
    assert len(function(plain, WORKER).properties["Layers"]) == 1


@pytest.mark.parametrize("spec", TOPOLOGY.functions, ids=lambda spec: spec.name)
def test_the_handler_is_in_what_is_shipped(plain: Assembly, spec: Function) -> None:
    asset = plain.asset(function(plain, spec))
    result = subprocess.run(
        [sys.executable, "-c", IMPORT, spec.handler],
        cwd=asset,
        env={"PYTHONPATH": str(asset), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    is_callable, *origins = result.stdout.split()
    assert is_callable == "True"
    assert all(origin.startswith(str(asset)) for origin in origins)


def test_all_functions_ship_the_same_code(plain: Assembly) -> None:
    keys = {each.properties["Code"]["S3Key"] for each in plain.all("AWS::Lambda::Function")}
    assert len(keys) == 1


def test_the_same_sources_make_the_same_assets(plain: Assembly, full: Assembly) -> None:
    keys = {
        each.one("AWS::Lambda::Function", API.name).properties["Code"]["S3Key"]
        for each in (plain, full)
    }
    assert len(keys) == 1


def test_nobody_calls_the_api_without_an_identity_but_to_ask_for_its_health(
    each: Assembly,
) -> None:
    routes = [route.properties for route in each.all("AWS::ApiGatewayV2::Route")]
    open_routes = [r["RouteKey"] for r in routes if r["AuthorizationType"] == "NONE"]
    assert open_routes == ["GET /health"]
    assert "ANY /{path+}" in {route["RouteKey"] for route in routes}


def test_callers_sign_their_requests(plain: Assembly) -> None:
    kinds = {r.properties["AuthorizationType"] for r in plain.all("AWS::ApiGatewayV2::Route")}
    assert kinds == {"AWS_IAM", "NONE"}


def test_a_token_for_callbacks_opens_callbacks_only(full: Assembly) -> None:
    authorizer = full.one("AWS::ApiGatewayV2::Authorizer").properties
    assert authorizer["JwtConfiguration"] == {
        "Issuer": "https://login.example.com/",
        "Audience": ["seriatim"],
    }
    scopes = {
        route.properties["RouteKey"]: route.properties.get("AuthorizationScopes")
        for route in full.all("AWS::ApiGatewayV2::Route")
    }
    callbacks = ["seriatim/work", "seriatim/manage"]
    assert scopes == {
        "GET /health": None,
        "ANY /{path+}": ["seriatim/manage"],
        "POST /task-tokens/{answer}": callbacks,
        "POST /projects/{project}/activities/{activity}/poll": callbacks,
    }


def test_calls_are_throttled_and_logged(plain: Assembly) -> None:
    stage = plain.one("AWS::ApiGatewayV2::Stage").properties
    throttle = Deployment(name="plain").throttle
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": throttle.requests_per_second,
        "ThrottlingBurstLimit": throttle.burst,
    }
    log_group = plain.one("AWS::Logs::LogGroup", "vendedlogs")
    assert stage["AccessLogSettings"]["DestinationArn"] == log_group.arn
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert {"requestId", "caller", "subject", "status"} <= set(logged)


def test_an_answer_is_waited_for_as_long_as_the_function_may_take(each: Assembly) -> None:
    (milliseconds,) = {
        integration.properties["TimeoutInMillis"]
        for integration in each.all("AWS::ApiGatewayV2::Integration")
    }
    assert milliseconds == API.timeout_seconds * 1000


def test_logs_do_not_grow_for_ever(each: Assembly) -> None:
    groups = each.all("AWS::Logs::LogGroup")
    assert len(groups) == len(TOPOLOGY.functions) + 1
    assert {group.properties["RetentionInDays"] for group in groups} == {30}


def test_the_api_is_shown_after_a_deployment(each: Assembly) -> None:
    assert each.outputs()["Url"].endswith(".ApiEndpoint")
