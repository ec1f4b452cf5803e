"""What CloudFormation asks of the publisher is carried out, and answered whatever comes of it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from functions.publisher.handler import handler
from seriatim.local.service import LocalService

Document = dict[str, Any]
BUCKET = "seriatim-payloads"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:charge"
CHARGE = {"id": "charge", "name": "c", "integration": "lambda", "lambda": {"functionArn": ARN}}


class CloudFormation:
    """Asks, as a stack's custom resource does, and takes the answer at a pre-signed address."""

    def __init__(self, service: LocalService) -> None:
        self._service = service
        self._answers: list[Document] = []
        answers = self._answers

        class Answered(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                length = int(self.headers["Content-Length"])
                answers.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", 0), Answered)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ask(self, kind: str, bundle: Document, **more: Any) -> Document:
        """The answer to a request about a bundle."""
        properties = self.properties(bundle, **more)
        event = {
            "RequestType": kind,
            "ResponseURL": f"http://127.0.0.1:{self._server.server_port}/answer",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "published",
            "ResourceProperties": properties,
        }
        if kind != "Create":
            event["PhysicalResourceId"] = more.get("physical", "sequences-published")
        if "before" in more:
            event["OldResourceProperties"] = self.properties(more["before"])
        handler(event, None)
        return self._answers[-1]

    def properties(self, bundle: Document, **more: Any) -> Document:
        key = f"{len(json.dumps(bundle))}-{hash(json.dumps(bundle))}.json"
        self._service.wiring.clients.s3.put_object(
            Bucket=BUCKET, Key=key, Body=json.dumps(bundle).encode()
        )
        return {
            "ServiceToken": "publisher",
            "Project": "default",
            "Bucket": BUCKET,
            "Key": key,
            "TaskDefinitions": json.dumps([CHARGE]),
            "OnRemoval": more.get("on_removal", "archive"),
        }

    def sequence(self, sequence_id: str) -> Document:
        """A sequence as it stands in the service."""
        return self._service.wiring.definitions.get("default", sequence_id).document

    def triggers(self) -> list[str]:
        """The ids of all triggers."""
        page = self._service.wiring.triggering.list("default", limit=50, cursor=None)
        return [one["id"] for one in page["items"]]


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    with LocalService() as service:
        asking = CloudFormation(service)
        yield asking
        asking.close()


def bundle(*ids: str, description: str = "", task: str = "charge") -> Document:
    """Sequences of one task, which the deployment itself defines."""
    return {
        "sequences": [
            {
                "id": own_id,
                "name": own_id,
                "description": description,
                "nodes": [
                    {"id": "start", "type": "start"},
                    {"id": "do", "type": "task", "taskDefinitionId": task},
                    {"id": "end", "type": "end"},
                ],
                "transitions": [
                    {"id": "t1", "sourceNodeId": "start", "targetNodeId": "do"},
                    {"id": "t2", "sourceNodeId": "do", "targetNodeId": "end"},
                ],
            }
            for own_id in ids
        ]
    }


def test_what_a_deployment_brings_is_published(cloudformation: CloudFormation) -> None:
    answer = cloudformation.ask("Create", bundle("buy", "return"))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "sequences-published"
    assert answer["Data"] == {"SequenceIds": "buy,return"}
    assert (answer["StackId"], answer["RequestId"]) == ("stack", "request")
    assert cloudformation.sequence("buy")["status"] == "active"


def test_asked_again_it_publishes_nothing_new(cloudformation: CloudFormation) -> None:
    for _ in range(2):
        assert cloudformation.ask("Create", bundle("buy"))["Status"] == "SUCCESS"
    assert cloudformation.sequence("buy")["revision"] == 1


def test_an_update_publishes_the_next_revision(cloudformation: CloudFormation) -> None:
    cloudformation.ask("Create", bundle("buy"))
    changed = bundle("buy", description="faster")
    answer = cloudformation.ask("Update", changed, before=bundle("buy"))
    assert answer["Status"] == "SUCCESS"
    assert cloudformation.sequence("buy")["revision"] == 2


def test_what_an_update_takes_away_is_archived(cloudformation: CloudFormation) -> None:
    cloudformation.ask("Create", bundle("buy", "return"))
    cloudformation.ask("Update", bundle("buy"), before=bundle("buy", "return"))
    assert cloudformation.sequence("return")["status"] == "archived"
    assert cloudformation.sequence("buy")["status"] == "active"


@pytest.mark.parametrize(("on_removal", "status"), [("archive", "archived"), ("keep", "active")])
def test_what_goes_with_the_stack_is_archived_or_kept(
    cloudformation: CloudFormation, on_removal: str, status: str
) -> None:
    cloudformation.ask("Create", bundle("buy"))
    for _ in range(2):
        answer = cloudformation.ask("Delete", bundle("buy"), on_removal=on_removal)
        assert answer["Status"] == "SUCCESS"
    assert cloudformation.sequence("buy")["status"] == status


def fired_daily(*ids: str) -> Document:
    """Triggers of the sequence ``buy``."""
    daily = {"sequenceId": "buy", "schedule": {"rate": "1 day"}}
    return {"triggers": [{"id": own_id, **daily} for own_id in ids]}


def test_triggers_come_and_go_with_the_deployment(cloudformation: CloudFormation) -> None:
    before = {**bundle("buy"), **fired_daily("mornings", "evenings")}
    for _ in range(2):
        assert cloudformation.ask("Create", before)["Status"] == "SUCCESS"
    assert cloudformation.triggers() == ["evenings", "mornings"]
    after = {**bundle("buy"), **fired_daily("mornings")}
    cloudformation.ask("Update", after, before=before)
    assert cloudformation.triggers() == ["mornings"]
    for _ in range(2):
        assert cloudformation.ask("Delete", after)["Status"] == "SUCCESS"
    assert cloudformation.triggers() == []


def test_triggers_that_are_to_be_kept_go_on(cloudformation: CloudFormation) -> None:
    brought = {**bundle("buy"), **fired_daily("mornings")}
    cloudformation.ask("Create", brought)
    cloudformation.ask("Delete", brought, on_removal="keep")
    assert cloudformation.triggers() == ["mornings"]


def test_what_is_wrong_fails_the_deployment_with_the_reason(
    cloudformation: CloudFormation,
) -> None:
    answer = cloudformation.ask("Create", bundle("buy", task="nowhere"))
    assert answer["Status"] == "FAILED"
    assert "UnknownTaskDefinition" in answer["Reason"]


def test_what_was_never_made_is_deleted_without_a_trace(cloudformation: CloudFormation) -> None:
    cloudformation.ask("Create", bundle("buy"))
    failed = cloudformation.ask("Create", bundle("buy", task="nowhere"))
    answer = cloudformation.ask("Delete", bundle("buy"), physical=failed["PhysicalResourceId"])
    assert answer["Status"] == "SUCCESS"
    assert cloudformation.sequence("buy")["status"] == "active"
