"""Attempts to be run, in a line, and a runner around what a test is about."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from seriatim.adapters.errors import is_transient
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from seriatim.tasks.aws import Aws, TaskClients
from seriatim.tasks.http import HttpTasks
from seriatim.tasks.modules import TaskFunctions
from seriatim.tasks.runner import IntegrationRunner
from tests.fakes.activities import FakeActivities
from tests.fakes.clock import FakeClock

KEY = ExecutionKey("shop", "exec-1")


def attempt(
    integration: str = "python",
    settings: dict[str, Any] | None = None,
    inputs: dict[str, Any] | None = None,
    *,
    attempt: int = 1,
    deadline: int | None = None,
    index: int | None = None,
    **definition: Any,
) -> TaskRequest:
    """The first attempt of the node `charge`, run number 3, of one execution."""
    return TaskRequest(
        key=KEY,
        sequence_id="seq-1",
        node_id="charge",
        number=3,
        run=1,
        attempt=attempt,
        definition={
            "id": "charge-card",
            "integration": integration,
            integration: settings or {},
            **definition,
        },
        inputs={} if inputs is None else inputs,
        idempotency_key="exec-1/3",
        task_token=f"token-{attempt}",
        deadline=deadline,
        index=index,
    )


class NoClients:
    """AWS clients where no test needs one."""

    @property
    def functions(self) -> Any:
        raise AssertionError("no Lambda here")

    sqs = events = functions


def aws(clients: TaskClients) -> Aws:
    """Clients with what the service takes their errors for."""
    return Aws(clients=clients, errors=(ClientError, BotoCoreError), is_transient=is_transient)


def runner(
    *,
    clock: FakeClock | None = None,
    clients: TaskClients | None = None,
    activities: FakeActivities | None = None,
    http: HttpTasks | None = None,
    modules: tuple[str, ...] = (),
    wanted: list[bool] | None = None,
) -> IntegrationRunner:
    """A runner on fakes. `wanted` are the answers to heartbeats, in turn; then all are."""
    clock = clock or FakeClock()
    answers = iter(wanted or [])
    return IntegrationRunner(
        clock=clock,
        activities=activities or FakeActivities(),
        aws=aws(clients or NoClients()),
        functions=TaskFunctions(modules),
        send_heartbeat=lambda token: next(answers, True),
        http=lambda: http or HttpTasks(clock),
    )


def result_of(outcome: TaskOutcome) -> Any:
    """The result of an attempt that must have completed."""
    assert isinstance(outcome, Completed), outcome
    return outcome.result


def error_of(outcome: TaskOutcome) -> Error:
    """The error of an attempt that must have failed."""
    assert isinstance(outcome, Failed), outcome
    return outcome.error
