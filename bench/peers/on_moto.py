"""Step Functions as moto interprets them, in memory: Pass states, which give their input on."""

import json
import time
from functools import cache
from itertools import count
from typing import Any

import boto3
from moto import mock_aws

from bench.peers.turns import play

ROLE = "arn:aws:iam::123456789012:role/bench"


def main() -> None:
    """Run the shapes as state machines."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client(
            "stepfunctions",
            region_name="eu-central-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",  # noqa: S106 - moto's
        )
        names = count()

        @cache
        def machine(shape: str, tasks: int) -> str:
            definition = json.dumps(_definition(shape, tasks))
            name = f"{shape}-{tasks}"
            made = client.create_state_machine(name=name, definition=definition, roleArn=ROLE)
            arn: str = made["stateMachineArn"]
            return arn

        def run(shape: str, executions: int, tasks: int) -> None:
            started = [
                client.start_execution(
                    stateMachineArn=machine(shape, tasks), name=f"run-{next(names)}", input="{}"
                )["executionArn"]
                for _ in range(executions)
            ]
            for arn in started:
                while (ended := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
                    time.sleep(0.01)
                assert ended["status"] == "SUCCEEDED", ended

        play(run)


def _definition(shape: str, tasks: int) -> dict[str, Any]:
    if shape == "fan-out":
        branch = {"StartAt": "echo", "States": {"echo": {"Type": "Pass", "End": True}}}
        fan = {"Type": "Parallel", "Branches": [branch] * tasks, "End": True}
        return {"StartAt": "fan", "States": {"fan": fan}}
    if shape == "loop":
        return _loop(tasks)
    states: dict[str, Any] = {
        f"task-{number}": {"Type": "Pass", "Next": f"task-{number + 1}"} for number in range(tasks)
    }
    states[f"task-{tasks}"] = {"Type": "Succeed"}
    return {"StartAt": "task-0", "States": states}


def _loop(rounds: int) -> dict[str, Any]:
    again = {"Variable": "$.done", "NumericLessThan": rounds, "Next": "round"}
    return {
        "StartAt": "begin",
        "States": {
            "begin": {"Type": "Pass", "Result": {"done": 0}, "Next": "more"},
            "more": {"Type": "Choice", "Choices": [again], "Default": "end"},
            "round": {
                "Type": "Pass",
                "Parameters": {"done.$": "States.MathAdd($.done, 1)"},
                "Next": "more",
            },
            "end": {"Type": "Succeed"},
        },
    }


if __name__ == "__main__":
    main()
