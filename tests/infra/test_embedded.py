"""Those who embed the service get all of it in their own stack, with their tasks and sequences."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.settings import load
from seriatim.topology import TOPOLOGY
from tests.infra.synthesis import EMBEDDED, PROJECTS
from tests.infra.templates import Assembly, Policy, Resource


@pytest.fixture(scope="session")
def shop(assemblies: Path) -> Assembly:
    """The example app."""
    return Assembly(assemblies / EMBEDDED)


def function(shop: Assembly, name: str) -> Resource:
    return shop.one("AWS::Lambda::Function", name)


def role(shop: Assembly, name: str) -> Resource:
    arn = function(shop, name).properties["Role"]
    return next(each for each in shop.all("AWS::IAM::Role") if each.arn == arn)


def published(shop: Assembly) -> dict[str, Any]:
    (resource,) = shop.all("Custom::SeriatimSequences")
    return resource.properties


def test_it_is_one_stack_without_a_finding(shop: Assembly) -> None:
    report = json.loads((shop.directory / "validation-report.json").read_text())
    assert report["pluginReports"] == []
    artifacts = shop.manifest["artifacts"].values()
    assert sum(each["type"] == "aws:cloudformation:stack" for each in artifacts) == 1


def test_all_of_the_topology_is_in_it(shop: Assembly) -> None:
    assert len(shop.all("AWS::SQS::Queue")) == len(TOPOLOGY.queues)
    assert len(shop.all("AWS::DynamoDB::GlobalTable")) == len(TOPOLOGY.tables)
    names = {each.name for each in shop.all("AWS::Lambda::Function")}
    assert {f"seriatim-shop-{spec.name}" for spec in TOPOLOGY.functions} <= names


def test_the_worker_may_invoke_the_apps_function(shop: Assembly) -> None:
    worker = function(shop, "seriatim-shop-worker").properties["Role"]
    own = next(f for f in shop.all("AWS::Lambda::Function") if "chargecard" in f.name)
    added = [
        Policy(each.properties["PolicyDocument"])
        for each in shop.all("AWS::IAM::Policy")
        if any(worker.endswith(name) for name in each.properties["Roles"])
    ]
    assert any(policy.allows("lambda:InvokeFunction", own.arn) for policy in added)


def test_task_modules_are_shipped_and_named(shop: Assembly) -> None:
    worker = function(shop, "seriatim-shop-worker").properties
    assert load(worker["Environment"]["Variables"]).task_modules == ("shop_tasks",)
    assert len(worker["Layers"]) == 2


def test_sequences_are_published_by_a_function_of_its_own(shop: Assembly) -> None:
    properties = published(shop)
    publisher = function(shop, "seriatim-shop-publisher")
    assert properties["ServiceToken"] == publisher.arn
    assert properties["Project"] == "default"
    assert properties["OnRemoval"] == "archive"
    policy = Policy.of(role(shop, "seriatim-shop-publisher"))
    records = shop.one("AWS::DynamoDB::GlobalTable", "records").arn
    log = next(t.arn for t in shop.all("AWS::DynamoDB::GlobalTable") if "log" in t.name)
    assert policy.allows("dynamodb:PutItem", records)
    assert not policy.allows("dynamodb:PutItem", log)
    assert not policy.allows("sqs:SendMessage", shop.all("AWS::SQS::Queue")[0].arn)
    rules = shop.one("AWS::Events::EventBus").arn.replace("event-bus", "rule")
    assert policy.allows("events:PutRule", f"{rules}/g-abc"), "a bundle may have triggers"
    assert not policy.allows("events:PutRule", f"{rules}/other")


def test_sequences_of_two_projects_are_published_by_one_function(assemblies: Path) -> None:
    both = Assembly(assemblies / PROJECTS)
    brought = [each.properties for each in both.all("Custom::SeriatimSequences")]
    assert sorted(each["Project"] for each in brought) == ["north", "south"]
    publisher = both.one("AWS::Lambda::Function", "both-publisher")
    assert {each["ServiceToken"] for each in brought} == {publisher.arn}
    policy = Policy.of(role(both, "both-publisher"))
    for each in brought:
        assert policy.allows("s3:GetObject", f"arn:aws:s3:::{each['Bucket']}/{each['Key']}")


def test_what_is_known_when_it_is_deployed_comes_beside_the_bundle(shop: Assembly) -> None:
    (definition,) = json.loads(published(shop)["TaskDefinitions"])
    assert definition["id"] == "charge-card"
    assert definition["timeoutSeconds"] == 30
    assert ":function:" in definition["lambda"]["functionArn"]


def test_callers_reach_the_projects_that_they_were_granted(shop: Assembly) -> None:
    (places,) = (
        statement["Resource"]
        for each in shop.all("AWS::IAM::Policy")
        for statement in each.properties["PolicyDocument"]["Statement"]
        if statement["Action"] == "execute-api:Invoke"
    )
    assert places.endswith("/*/*/projects/default/*")


def test_the_outputs_say_where_everything_is(shop: Assembly) -> None:
    shown = {name.removeprefix("Workflows")[:-8] for name in shop.outputs()}
    assert shown == {"ApiUrl", "BusName", "StartQueueUrl"}


def test_wrong_sequences_stop_the_synthesis_with_every_problem(tmp_path: Path) -> None:
    pytest.importorskip("aws_cdk", reason="aws-cdk-lib is not installed; `make setup-infra`")
    from infra.constructs.seriatim import SequenceError, bundle_of  # noqa: PLC0415

    node = {"id": "n", "type": "task", "taskDefinitionId": "nowhere"}
    wrong = {"id": "s", "name": "s", "nodes": [node], "transitions": []}
    (tmp_path / "wrong.json").write_text(json.dumps({"sequences": [wrong]}))
    with pytest.raises(SequenceError) as raised:
        bundle_of([tmp_path], [])
    assert "UnknownTaskDefinition" in str(raised.value)
    assert str(raised.value).count("wrong.json") > 1, "not the first problem alone"
