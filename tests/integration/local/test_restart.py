"""State on an emulator outlives the service: killed and started again, everything goes on.

moto's server runs in a process of its own. The service that is killed runs in another one.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from seriatim.domain.values import ExecutionKey, Status
from seriatim.local import resources
from seriatim.local.emulator import is_moto
from seriatim.local.publishing import PROJECT
from seriatim.local.service import LocalService
from tests.integration.local import documents as d
from tests.integration.local.documents import publish_all, run

REPOSITORY = Path(__file__).parents[3]

SERVICE_THAT_IS_KILLED = """
import sys
from seriatim.local import resources, emulator
resources.RECEIVE_VISIBILITY_SECONDS = emulator.RECEIVE_VISIBILITY_SECONDS = 3
from seriatim.local.service import LocalService
from tests.integration.local import documents as d

with LocalService() as service:
    nodes = [d.task("echo", x=1), d.task("sleep", seconds=1.5), d.task("echo-2", x=2)]
    d.publish_all(service.wiring, d.chain("c", *nodes))
    state = service.wiring.executions.start("default", "c", variables={})
    while "sleep" not in [run.node_id for run in state.active.values()]:
        state = service.wiring.executions.load(state.key)
    print(state.key.execution_id, flush=True)
    service.wait_idle()
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    ends = time.monotonic() + 30
    while not is_moto(url):
        assert server.poll() is None, "moto's server did not start"
        assert time.monotonic() < ends
        threading.Event().wait(0.05)
    yield url
    server.terminate()
    server.wait(10)


@pytest.fixture(autouse=True)
def empty_emulator(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - on loopback
        assert answer.status == 200
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)


def test_definitions_and_executions_are_there_after_a_restart() -> None:
    with LocalService() as service:
        publish_all(service.wiring, d.chain("c", d.task("echo", x=1)))
        first = run(service, "c")
        assert first.status is Status.SUCCEEDED
    with LocalService() as service:
        again = service.wiring.executions.load(first.key)
        assert (again.steps, again.status, again.outputs, again.ended_at) == (
            first.steps,
            first.status,
            first.outputs,
            first.ended_at,
        )
        assert run(service, "c").status is Status.SUCCEEDED


def test_what_a_killed_service_was_doing_is_done_by_the_next(endpoint: str) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", SERVICE_THAT_IS_KILLED],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'shared'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    execution_id = killed.stdout.readline().strip()
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    killed.stdout.close()
    assert execution_id, "the first service did not get that far"
    with LocalService() as service:
        service.wait_idle()
        state = service.wiring.executions.load(ExecutionKey(PROJECT, execution_id))
    assert state.status is Status.SUCCEEDED


def test_branches_that_end_together_are_all_joined() -> None:
    with LocalService() as service:
        publish_all(service.wiring, d.fork("f", *(d.task(f"echo-{n}") for n in range(40))))
        state = run(service, "f")
    assert state.status is Status.SUCCEEDED


def test_lease_of_the_queue_is_the_local_one(endpoint: str) -> None:
    with LocalService() as service:
        attributes = service.wiring.clients.sqs.get_queue_attributes(
            QueueUrl=service.wiring.settings.work_queue_url, AttributeNames=["All"]
        )["Attributes"]
    assert attributes["VisibilityTimeout"] == str(resources.RECEIVE_VISIBILITY_SECONDS)
    assert '"maxReceiveCount"' in attributes["RedrivePolicy"]
