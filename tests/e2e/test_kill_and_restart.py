"""Goal: what the API has acknowledged survives the service's death at any moment.

``seriatim dev`` runs over moto's server and is killed while clients start executions, send signals
and work on an activity. It dies after so many answers, wherever its workers are by then: what must
come out is the same whenever that is.
"""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import pytest

from seriatim.client.http import HttpClient, Refused, Unreachable
from seriatim.local.emulator import is_moto
from seriatim.local.publishing import PROJECT

Document = dict[str, Any]

ROUNDS = 3
"""Of each kind an execution is started in every round: see ``KINDS``."""
DEATHS = (3, 8, 12)
"""After how many answers in all the service dies, at the earliest. Any others will do up to the
number of executions: their starts are all answered.
"""
PATIENCE_SECONDS = 60
"""How long the slowest machine may take for one thing to come about."""

DEV = """
import sys
from seriatim.local import emulator, resources
# A dead process's messages come back after so long; a minute of it would be spent waiting.
resources.RECEIVE_VISIBILITY_SECONDS = emulator.RECEIVE_VISIBILITY_SECONDS = 3
from seriatim.cli.main import main
sys.argv[0] = "seriatim"
main()
"""

BUNDLE = """
taskDefinitions:
  - {id: echo, name: echo, integration: python, python: {function: builtin.echo}}
  - {id: sleep, name: sleep, integration: python, python: {function: builtin.sleep}}
  - {id: fail, name: fail, integration: python, python: {function: builtin.fail}}
  - id: pack
    name: pack
    integration: activity
    activity: {name: packing}
    timeoutSeconds: 2
    retryPolicy: {maxRetries: 100, retryIntervalSeconds: 0}
sequences:
  - id: branches
    name: branches
    variables: [{name: n, type: integer}]
    nodes:
      - {id: s, type: start}
      - {id: f, type: fork}
      - {id: a, type: task, taskDefinitionId: echo, parameters: {from_a: "${n}"}}
      - {id: a2, type: task, taskDefinitionId: sleep, parameters: {seconds: 0.2, from_a: "${n}"}}
      - {id: b, type: timer, parameters: {durationSeconds: 1}}
      - id: c
        type: task
        taskDefinitionId: fail
        parameters: {times: 2, from_c: "${n}"}
        retryPolicy: {maxRetries: 2, retryIntervalSeconds: 0.5}
      - {id: j, type: join}
      - id: e
        type: end
        inputMappings:
          - {sourceNodeId: a2, sourceOutputName: from_a, targetInputName: from_a}
          - {sourceNodeId: c, sourceOutputName: from_c, targetInputName: from_c}
    transitions:
      - {id: s-f, sourceNodeId: s, targetNodeId: f}
      - {id: f-a, sourceNodeId: f, targetNodeId: a}
      - {id: a-a2, sourceNodeId: a, targetNodeId: a2}
      - {id: f-b, sourceNodeId: f, targetNodeId: b}
      - {id: f-c, sourceNodeId: f, targetNodeId: c}
      - {id: a2-j, sourceNodeId: a2, targetNodeId: j}
      - {id: b-j, sourceNodeId: b, targetNodeId: j}
      - {id: c-j, sourceNodeId: c, targetNodeId: j}
      - {id: j-e, sourceNodeId: j, targetNodeId: e}
  - id: asking
    name: asking
    nodes:
      - {id: s, type: start}
      - {id: first, type: signal, parameters: {signalName: answer}}
      - {id: second, type: signal, parameters: {signalName: answer}}
      - id: e
        type: end
        inputMappings:
          - {sourceNodeId: first, sourceOutputName: n, targetInputName: first}
          - {sourceNodeId: second, sourceOutputName: n, targetInputName: second}
    transitions:
      - {id: s-first, sourceNodeId: s, targetNodeId: first}
      - {id: first-second, sourceNodeId: first, targetNodeId: second}
      - {id: second-e, sourceNodeId: second, targetNodeId: e}
  - id: packing
    name: packing
    variables: [{name: n, type: integer}]
    nodes:
      - {id: s, type: start}
      - {id: p, type: task, taskDefinitionId: pack, parameters: {n: "${n}"}}
      - id: e
        type: end
        inputMappings: [{sourceNodeId: p, sourceOutputName: packed, targetInputName: packed}]
    transitions:
      - {id: s-p, sourceNodeId: s, targetNodeId: p}
      - {id: p-e, sourceNodeId: p, targetNodeId: e}
  - id: parent
    name: parent
    variables: [{name: n, type: integer}]
    nodes:
      - {id: s, type: start}
      - {id: before, type: task, taskDefinitionId: echo}
      - {id: child, type: subprocess, parameters: {sequenceId: branches, variables: {n: "${n}"}}}
      - {id: after, type: task, taskDefinitionId: echo}
      - id: e
        type: end
        inputMappings: [{sourceNodeId: child, sourceOutputName: from_c, targetInputName: of_child}]
    transitions:
      - {id: s-before, sourceNodeId: s, targetNodeId: before}
      - {id: before-child, sourceNodeId: before, targetNodeId: child}
      - {id: child-after, sourceNodeId: child, targetNodeId: after}
      - {id: after-e, sourceNodeId: after, targetNodeId: e}
"""

KINDS: dict[str, Callable[[int], Document]] = {
    "branches": lambda n: {"from_a": n, "from_c": n},
    "asking": lambda n: {"first": n, "second": n + 1},
    "packing": lambda n: {"packed": n},
    "parent": lambda n: {"of_child": n},
}
"""The sequences, and what one that was started as number ``n`` must give."""


class Dev:
    """``seriatim dev`` in a process of its own, always on the same port."""

    def __init__(self, emulator: str, bundle: Path) -> None:
        self._port = _free_port()
        self._bundle = bundle
        self._environment = {**os.environ, "AWS_ENDPOINT_URL": emulator}
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        command = ["dev", "--port", str(self._port), "--load", str(self._bundle)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", DEV, *command],
            env=self._environment,
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE_SECONDS)

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


class Caller:
    """Repeats every call until it is answered, and counts the answers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = HttpClient(url, PROJECT)
        self._changed = threading.Condition()
        self._answers = 0
        self._ends = time.monotonic() + PATIENCE_SECONDS

    def wait_for_answers(self, count: int) -> None:
        """Until so many calls have been answered in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._answers >= count, PATIENCE_SECONDS)

    def until_answered(self, call: Callable[[HttpClient], Document]) -> Document:
        """The answer. Raises ``Refused``."""
        while True:
            try:
                answer = call(self._client)
            except Unreachable:
                self._pause()
            except Refused as refused:
                if refused.status != 503:
                    raise
                self._pause()
            else:
                with self._changed:
                    self._answers += 1
                    self._changed.notify_all()
                return answer

    def post(self, path: str, body: Document) -> Document:
        """A call that the command line has no use for. Raises ``Refused``, ``Unreachable``."""
        request = urllib.request.Request(  # noqa: S310 - on loopback
            self._url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
                document: Document = json.load(answer)
                return document
        except urllib.error.HTTPError as error:
            raise Refused(error.code, "", str(error)) from error
        except (OSError, ValueError) as error:
            raise Unreachable(str(error)) from error

    def _pause(self) -> None:
        """There is nothing to be told by: the service is dead, or on its way."""
        assert time.monotonic() < self._ends, "the service does not come back"
        threading.Event().wait(0.02)


class PackingWorker:
    """An outside worker of the activity. It dies when nobody needs it any more."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(PATIENCE_SECONDS)

    def _work(self) -> None:
        asked = {"workerId": "packer", "waitSeconds": 1, "maxTasks": 10}
        path = f"/projects/{PROJECT}/activities/packing/poll"
        while not self._is_over.is_set():
            try:
                tasks = self._caller.post(path, asked)["tasks"]
            except Unreachable:
                self._is_over.wait(0.02)
                continue
            for task in tasks:
                self._report(task)

    def _report(self, task: Document) -> None:
        body = {"taskToken": task["taskToken"], "output": {"packed": task["inputs"]["n"]}}
        try:
            self._caller.until_answered(lambda _: self._caller.post("/task-tokens/success", body))
        except Refused as refused:
            # Its first report was taken in and the answer lost, or the attempt has timed out.
            if refused.status != 409:
                raise


@pytest.fixture
def emulator() -> Iterator[str]:
    port = _free_port()
    server = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    _until(lambda: is_moto(url))
    yield url
    server.terminate()
    server.wait(PATIENCE_SECONDS)


def test_all_that_was_acknowledged_ends_rightly(emulator: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.yaml"
    bundle.write_text(BUNDLE)
    numbered = list(enumerate(kind for _ in range(ROUNDS) for kind in KINDS))
    with Dev(emulator, bundle) as dev, ThreadPoolExecutor(4) as clients:
        caller = Caller(dev.url)
        with PackingWorker(caller):
            started = [clients.submit(_start, caller, kind, n) for n, kind in numbered]
            for answers in DEATHS:
                caller.wait_for_answers(answers)
                dev.kill()
                dev.start()
            ids = [future.result() for future in started]
            ended = [_ended(caller, execution_id) for execution_id in ids]
        for (n, kind), execution in zip(numbered, ended, strict=True):
            assert execution["status"] == "succeeded", execution["errors"]
            assert execution["outputs"] == KINDS[kind](n)
            _check_history(caller, execution)
        children = sum(kind == "parent" for _, kind in numbered)
        _check_list(caller, len(numbered) + children)


def _start(caller: Caller, kind: str, n: int) -> str:
    """Start number ``n``, by a name, and say what it has to be told. Returns its id."""
    variables = {} if kind == "asking" else {"n": n}
    started = caller.until_answered(
        lambda client: client.start(kind, variables=variables, name=f"{kind}-{n}")
    )
    execution_id: str = started["id"]
    if kind == "asking":
        for payload in (n, n + 1):
            caller.until_answered(
                lambda client, n=payload: client.signal(  # type: ignore[misc]
                    execution_id, "answer", {"n": n}, key=f"answer-{n}"
                )
            )
    return execution_id


def _ended(caller: Caller, execution_id: str) -> Document:
    def look() -> bool:
        answer = caller.until_answered(lambda client: client.execution(execution_id))
        found.update(answer)
        return answer["status"] not in ("pending", "running", "waiting")

    found: Document = {}
    _until(look)
    return found


def _check_history(caller: Caller, execution: Document) -> None:
    """Without gaps, in order of time, and every node ran once."""
    items: list[Document] = []
    cursor: str | None = None

    def page(client: HttpClient) -> Document:
        return client.history(execution["id"], 200, cursor)

    while not items or cursor:
        answer = caller.until_answered(page)
        items += answer["items"]
        cursor = answer.get("cursor")
    assert [item["number"] for item in items] == list(range(1, len(items) + 1))
    assert all(a["time"] <= b["time"] for a, b in itertools.pairwise(items))
    done = [item["nodeId"] for item in items if item["type"] == "NodeSucceeded"]
    assert sorted(done) == sorted(execution["nodeExecutions"])


def _check_list(caller: Caller, count: int) -> None:
    """The list has every execution once, children too, as succeeded."""

    def statuses() -> list[str]:
        page = caller.until_answered(lambda client: client.executions(limit=200))
        return [item["status"] for item in page["items"]]

    # The summary of an execution is written after its last step, which is the truth.
    _until(lambda: set(statuses()) == {"succeeded"})
    assert len(statuses()) == count


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends, "it does not come about"
        threading.Event().wait(0.05)
