"""``seriatim cost`` counts what the engine asks of AWS for a sequence, and says what it assumed."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from seriatim.cli.cost import cost
from seriatim.cli.exits import Failed
from seriatim.cost.estimate import Assumed

EXAMPLE = Path(__file__).parents[3] / "examples" / "order_fulfilment"
ORDER = {"orderId": "A-1", "lines": [{"article": "desk", "quantity": 1}]}
FAIL = {"id": "fail", "name": "f", "integration": "python", "python": {"function": "builtin.fail"}}
Document = dict[str, Any]


def chain(*nodes: Document, definitions: tuple[Document, ...] = ()) -> Document:
    """A bundle with one sequence of these nodes."""
    ids = ["start", *(node["id"] for node in nodes), "end"]
    return {
        **({"taskDefinitions": list(definitions)} if definitions else {}),
        "sequences": [
            {
                "id": "one",
                "name": "one",
                "nodes": [
                    {"id": "start", "type": "start"},
                    *nodes,
                    {"id": "end", "type": "end"},
                ],
                "transitions": [
                    {"id": f"t{i}", "sourceNodeId": a, "targetNodeId": b}
                    for i, (a, b) in enumerate(pairwise(ids))
                ],
            }
        ],
    }


def task(name: str) -> Document:
    return {"id": f"do-{name}", "type": "task", "taskDefinitionId": name}


class Costs:
    """Runs the command on a bundle; the document that it prints."""

    def __init__(self, directory: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._file = directory / "bundle.json"
        self._capture = capture

    def __call__(self, bundle: Document) -> Document:
        self._file.write_text(json.dumps(bundle))
        return self.of(self._file)

    def of(self, file: Path, tasks: tuple[str, ...] = (), **variables: Any) -> Document:
        cost(
            file,
            assumed=Assumed(executions_per_month=1_000_000),
            variables=variables,
            tasks=tasks,
            sequence=None,
            as_json=True,
        )
        document: Document = json.loads(self._capture.readouterr().out)
        return document


@pytest.fixture
def costs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Costs:
    return Costs(tmp_path, capsys)


def test_an_order_costs_less_than_with_step_functions(costs: Costs) -> None:
    found = costs.of(EXAMPLE / "order.yaml", (str(EXAMPLE / "tasks.py"),), **ORDER)
    measured = found["measured"]
    assert measured["status"] == "succeeded"
    assert measured["executions"] == 2
    assert measured["attempts"] == {"python": 7}, "one is tried twice"
    assert measured["invocations"]["api"] == 2, "the start and the signal"
    assert found["assumed"]["notes"] == ["node approval gets the signal approved"]
    assert 0 < found["dollarsPerMonth"] < found["stepFunctions"]["dollarsPerMonth"]
    services = {item["service"] for item in found["items"]}
    assert {"API Gateway", "Lambda", "DynamoDB", "SQS", "EventBridge", "CloudWatch"} <= services


def test_a_longer_chain_costs_a_step_more_each_and_no_message(costs: Costs) -> None:
    def calls(length: int) -> Document:
        nodes = [{**task("echo"), "id": f"n{i}"} for i in range(length)]
        calls: Document = costs(chain(*nodes))["measured"]["calls"]
        return calls

    short, long = calls(2), calls(42)
    # Both the API and the worker may find the summary to be written: one put more or less.
    assert long["dynamodb.PutItem"] - short["dynamodb.PutItem"] == pytest.approx(40, abs=1)
    assert long["sqs.SendMessage"] == short["sqs.SendMessage"]


def test_a_task_whose_code_is_elsewhere_answers_with_its_inputs(costs: Costs) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:charge"
    definition = {
        "id": "charge",
        "name": "c",
        "integration": "lambda",
        "lambda": {"functionArn": arn},
    }
    found = costs(chain(task("charge"), definitions=(definition,)))
    assert found["measured"]["attempts"] == {"lambda": 1}
    assert found["assumed"]["notes"] == ["task charge answers with its inputs"]
    assert {"requests of tasks", "GB-seconds of tasks"} <= {i["what"] for i in found["tasks"]}


def test_an_outside_worker_is_paid_for(costs: Costs) -> None:
    definition = {
        "id": "sew",
        "name": "s",
        "integration": "activity",
        "activity": {"name": "sewing"},
    }
    found = costs(chain(task("sew"), definitions=(definition,)))
    assert found["measured"]["status"] == "succeeded"
    assert found["measured"]["invocations"]["api"] == 3, "start, poll, success"
    assert found["assumed"]["notes"] == ["node do-sew is done by an outside worker"]


def test_time_is_skipped_and_a_far_timer_is_paid_for(costs: Costs) -> None:
    wait = {"id": "wait", "type": "timer", "parameters": {"durationSeconds": 86_400}}
    found = costs(chain(wait))
    amounts = {item["what"]: item["amountPerMonth"] for item in found["items"]}
    assert amounts["schedules that ring"] == 1_000_000


def test_a_path_that_fails_is_priced_and_said_to_have_failed(costs: Costs) -> None:
    found = costs(chain(task("fail"), definitions=(FAIL,)))
    assert found["measured"]["status"] == "failed"
    assert "do-fail" in found["measured"]["failure"]
    assert found["dollarsPerMonth"] > 0


def test_what_nobody_can_give_is_named(costs: Costs) -> None:
    bundle = chain(task("fail"), definitions=(FAIL,))
    bundle["sequences"][0]["failurePolicy"] = "incident"
    with pytest.raises(Failed, match="node do-fail waits for incident"):
        costs(bundle)


def test_a_signal_to_who_is_not_here_is_taken_in(costs: Costs) -> None:
    sends = {"mode": "send", "signalName": "go", "targetExecutionId": "elsewhere"}
    found = costs(chain({"id": "tell", "type": "signal", "parameters": sends}))
    assert found["measured"]["status"] == "succeeded"
    note = "the signal go of node tell is taken in, by what is not counted"
    assert found["assumed"]["notes"] == [note]
