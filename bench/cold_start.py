"""What a cold start of each function pays, beside importing boto3 and creating the same clients.

Every measurement is a fresh process on what is shipped, the packages of the layer included, with
byte code and without; both kinds take turns, so that a machine that slows down slows down both.
Counted is the processor's time from the first import to the answer of a first event, the
interpreter's own start not included; AWS is moto's server, in a process of its own, and its time is
not counted.
"""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.shapes import chain_of
from functions.settings import Settings
from functions.wiring import Wiring
from infra.byte_code import Compiler, compiler_for
from infra.packaging import LOCK, stage_code
from seriatim.adapters.clients import Clients
from seriatim.application.work import DeliverMessage, StartExecution, encode
from seriatim.domain.messages import TimerDue
from seriatim.local import resources
from seriatim.topology import API, HTTP_TASK, NOTIFIER, RECONCILER, STARTER, WORKER, Function

ROUNDS: Final = 5
AIM: Final = 1.3
PROJECT: Final = "bench"
NEW: Final = "EXECUTION"
"""In an event: an execution that no process has started before."""
REGION: Final = "eu-central-1"
PROGRAM: Final = """
import json, sys, time
began = time.process_time()
kind, name, event, services = json.loads(sys.argv[1])
if kind == "floor":
    import boto3
    clients = [boto3.client(service) for service in services]
else:
    import importlib
    module, _, function = name.rpartition(".")
    class Context:
        aws_request_id = "cold"
        function_name = "cold"
        memory_limit_in_mb = 1024
        invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:cold"
        def get_remaining_time_in_millis(self):
            return 30000
    getattr(importlib.import_module(module), function)(event, Context())
sys.stderr.write(f"{time.process_time() - began}\\n")
"""


@dataclass(frozen=True)
class Case:
    """A function, a first event for it, and the clients that it makes of that."""

    function: Function
    event: Mapping[str, Any]
    services: tuple[str, ...]
    more: str = ""

    @property
    def name(self) -> str:
        """Of the function, and of what it is asked."""
        return f"{self.function.name} {self.more}".strip()


def cases(sequence_id: str) -> tuple[Case, ...]:
    """Events that a function answers without anything being there, and a worker's
    execution of one task from start to end.
    """
    late = DeliverMessage(project_id=PROJECT, execution_id="none", message=TimerDue(at=0))
    start = StartExecution(
        project_id=PROJECT, execution_id=NEW, sequence_id=sequence_id, variables={}
    )
    return (
        Case(API, _call("GET", f"/projects/{PROJECT}/executions"), ("dynamodb",)),
        Case(WORKER, _messages(encode(late).decode()), ("dynamodb", "sqs")),
        Case(WORKER, _messages(encode(start).decode()), ("dynamodb", "sqs"), "one execution"),
        Case(STARTER, _messages("no start"), ("dynamodb", "sqs")),
        Case(NOTIFIER, {"Records": []}, ("dynamodb", "events")),
        Case(RECONCILER, {}, ("dynamodb", "sqs")),
        Case(HTTP_TASK, _request(), ()),
    )


_numbers = count()


def main() -> None:
    """Measure, and print the medians and the ratio of each function."""
    compiler = compiler_for(f"{sys.version_info.major}.{sys.version_info.minor}")
    print(f"cold start, processor's milliseconds, {ROUNDS} fresh processes each")
    with tempfile.TemporaryDirectory() as directory, _aws() as endpoint:
        clients = Clients(REGION, endpoint)
        settings = _created(clients)
        sequence_id = _published(Wiring(settings, clients=clients))
        shared = _environment(settings, endpoint)
        for state, making in (("with byte code", compiler), ("without", None)):
            places = _shipped(Path(directory) / state, making)
            print(state)
            path = os.pathsep.join(map(str, places))
            _measure(cases(sequence_id), {**shared, "PYTHONPATH": path})


def _measure(cases: Iterable[Case], environment: Mapping[str, str]) -> None:
    for case in cases:
        floors, starts = [], []
        for _ in range(ROUNDS):
            floors.append(_milliseconds("floor", case, environment))
            starts.append(_milliseconds("function", case, environment))
        floor, start = statistics.median(floors), statistics.median(starts)
        made = " and ".join(("boto3", *case.services))
        print(f"  {case.name:21} {start:6.0f}  {made}: {floor:6.0f}  ratio {start / floor:.2f}")


def _milliseconds(kind: str, case: Case, environment: Mapping[str, str]) -> float:
    asked = json.dumps([kind, case.function.handler, case.event, case.services])
    asked = asked.replace(NEW, f"exec-{next(_numbers)}")
    result = subprocess.run(  # noqa: S603 - this interpreter
        # As it is in Lambda: nothing is to be found but the bundle and the layer.
        [sys.executable, "-S", "-c", PROGRAM, asked],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return float(result.stderr.splitlines()[-1]) * 1000


def _shipped(directory: Path, compiler: Compiler | None) -> tuple[Path, Path]:
    """The bundle and the layer's packages, these as they are installed here."""
    code = stage_code(directory / "code", compiler)
    layer = directory / "layer"
    for name in re.findall(r"^([\w.-]+)==", LOCK.read_text(), re.MULTILINE):
        for file in distribution(name).files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                target = layer / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)
    if compiler is not None:
        compiler.compile(layer, str(layer))
    return code, layer


def _created(clients: Clients) -> Settings:
    resources.create_storage(clients, has_streams=False)
    return resources.settings(resources.create_movement(clients))


def _published(wired: Wiring) -> str:
    """The id of a sequence of one task."""
    task = {"name": "echo", "integration": "python", "python": {"function": "builtin.echo"}}
    wired.definitions.put_task_definition(PROJECT, "echo", task)
    sequence_id: str = wired.definitions.create(PROJECT, chain_of(1)).document["id"]
    wired.definitions.activate(PROJECT, sequence_id)
    return sequence_id


def _environment(settings: Settings, endpoint: str) -> dict[str, str]:
    told = {
        name.upper(): str(value)
        for name, value in msgspec.structs.asdict(settings).items()
        if value
    }
    told.pop("TASK_MODULES", None)
    # What a measurement left behind would be found by the next one.
    told["PYTHONDONTWRITEBYTECODE"] = "1"
    return {**_credentials(endpoint), **told, "PATH": os.environ["PATH"]}


def _credentials(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
    }


@contextmanager
def _aws() -> Iterator[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    program = Path(sys.executable).with_name("moto_server")
    process = subprocess.Popen(  # noqa: S603
        [program, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pause = threading.Event()
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            pause.wait(0.1)
        os.environ.update(_credentials(f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _call(method: str, path: str) -> dict[str, Any]:
    http = {"method": method, "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"}
    identity = {"iam": {"userArn": "arn:aws:iam::123456789012:user/bench"}}
    context = {"http": http, "requestId": "cold", "stage": "$default", "authorizer": identity}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "127.0.0.1"},
        "requestContext": context,
        "isBase64Encoded": False,
    }


def _messages(body: str) -> dict[str, Any]:
    record = {
        "messageId": "one",
        "receiptHandle": "one",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "9", "SentTimestamp": "0"},
        "messageAttributes": {},
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:work",
    }
    return {"Records": [record]}


def _request() -> dict[str, Any]:
    settings = {"method": "GET", "url": "http://127.0.0.1/"}
    return {"settings": settings, "idempotencyKey": "k", "taskToken": "", "deadline": None}


if __name__ == "__main__":
    main()
