"""The AWS durable execution SDK with the local runner of its testing package.

The environment variable ``STORE`` says where the runner keeps executions: ``memory`` or ``sqlite``.
"""

import os
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import MapConfig, NestingType
from aws_durable_execution_sdk_python_testing.runner import DurableFunctionTestRunner
from aws_durable_execution_sdk_python_testing.stores.memory import InMemoryExecutionStore
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore

from bench.peers.turns import play


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> int:
    """So many steps one after the other, or side by side."""
    tasks: int = event["tasks"]
    if event["shape"] == "fan-out":
        # Flat branches cost the fewest checkpoints: one step each, no context around it.
        done = context.map(range(tasks), _branch, config=MapConfig(nesting_type=NestingType.FLAT))
        return len(done.get_results())
    value = 0
    for number in range(tasks):
        value = context.step(lambda _, at=number: at, name=f"task-{number}")
    return value


def _branch(context: DurableContext, item: int, *_: object) -> int:
    result: int = context.step(lambda _: item)
    return result


def main() -> None:
    """Run the shapes in one runner."""
    names = count()
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "executions.db"
        is_on_disk = os.environ["STORE"] == "sqlite"
        store = SQLiteExecutionStore.create_and_initialize(file) if is_on_disk else None
        with DurableFunctionTestRunner(
            handler, poll_interval=0.01, store=store or InMemoryExecutionStore()
        ) as runner:

            def run(shape: str, executions: int, tasks: int) -> None:
                asked = f'{{"shape": "{shape}", "tasks": {tasks}}}'
                started = [
                    runner.run_async(input=asked, execution_name=f"run-{next(names)}")
                    for _ in range(executions)
                ]
                for arn in started:
                    ended = runner.wait_for_result(execution_arn=arn, timeout=300)
                    assert ended.status.value == "SUCCEEDED", ended

            play(run)


if __name__ == "__main__":
    main()
