"""``seriatim dev`` in a process that a test kills, the emulator behind it, and its callers."""

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
from contextlib import contextmanager, nullcontext
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

from seriatim.client.http import HttpClient, Refused, Unreachable
from seriatim.local.emulator import is_moto
from seriatim.local.publishing import PROJECT

Document = dict[str, Any]

PATIENCE_SECONDS = 60
"""How long the slowest machine may take for one thing to come about."""
LOOK_SECONDS = 0.3
"""Between looks at one execution: each is work for the service, too."""

DEV = """
import faulthandler, signal, sys
faulthandler.register(signal.SIGUSR1)
from functions.worker import leases
from seriatim import topology
from seriatim.local import emulator, resources
# A dead process's messages come back after so long; a minute of it would be spent waiting. Who
# lives renews in time, else what takes longer is done by ever more at once.
resources.RECEIVE_VISIBILITY_SECONDS = emulator.RECEIVE_VISIBILITY_SECONDS = 8
leases.RENEW_SECONDS = 3
# What a call has sent and never written, for it died, is waited for in eight deliveries, which take
# three minutes. Now they take half a minute: longer than a call may.
topology.RETRY_SECONDS_MAX = 4
from seriatim.cli.main import main
sys.argv[0] = "seriatim"
main()
"""


class Dev:
    """``seriatim dev`` in a process of its own, always on the same port."""

    def __init__(
        self, emulator: str, bundle: Path | None = None, errors: Path | None = None
    ) -> None:
        """What it writes to ``stderr`` is added to ``errors``, if there is such a file."""
        self._port = free_port()
        self._errors = errors
        self._bundle = bundle
        self._environment = {**os.environ, "AWS_ENDPOINT_URL": emulator}
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, the first time and whenever it has ended."""
        command = ["dev", "--port", str(self._port)]
        command += ["--load", str(self._bundle)] if self._bundle else []
        errors = self._errors.open("ab") if self._errors else nullcontext()
        with errors as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-c", DEV, *command],
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )

    def kill(self) -> None:
        process = self._process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)

    def show_stacks(self) -> None:
        """Have it write what its threads are doing to ``errors``."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)

    def wait(self) -> int:
        """Until it has ended; its status, negative if a signal ended it."""
        assert self._process is not None
        return self._process.wait()


class Caller:
    """Repeats every call until it is answered, and counts the answers."""

    def __init__(self, url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self.patience_seconds = patience_seconds
        self._client = HttpClient(url, PROJECT)
        self._changed = threading.Condition()
        self._answers = 0
        self._ends = time.monotonic() + patience_seconds

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
        except (OSError, HTTPException, ValueError) as error:
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
            except Refused as refused:
                if refused.status != 503:
                    raise
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


def start(caller: Caller, kind: str, n: int) -> str:
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


def ended_execution(caller: Caller, execution_id: str) -> Document:
    """It, once it has ended."""

    def look() -> bool:
        answer = caller.until_answered(lambda client: client.execution(execution_id))
        found.update(answer)
        return answer["status"] not in ("pending", "running", "waiting")

    found: Document = {}
    until(look, caller.patience_seconds, LOOK_SECONDS)
    return found


@contextmanager
def moto_server() -> Iterator[str]:
    """moto's server in a process of its own; gives its address."""
    port = free_port()
    server = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: is_moto(url))
        yield url
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def until(
    condition: Callable[[], bool],
    patience_seconds: float = PATIENCE_SECONDS,
    every_seconds: float = 0.05,
) -> None:
    """Wait for something that nobody announces."""
    ends = time.monotonic() + patience_seconds
    while not condition():
        assert time.monotonic() < ends, "it does not come about"
        threading.Event().wait(every_seconds)
