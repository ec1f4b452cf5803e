"""A proxy between a service and the emulator of AWS, which lets some calls go wrong.

A call is what a client of AWS counts as one, with all its attempts: they share an id. What becomes
of a call is drawn from the seed, its operation and how many of that operation came before, so that
another order of threads changes little. Half of the calls that go wrong do so once, which the
client mends by itself; the others do at every attempt, which the service must mend.
"""

import json
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from tests.simulation.dice import Dice

EVERY_ATTEMPT = 1_000
CALLS_REMEMBERED_MAX = 2_000
SETTING_UP = re.compile(r"(Create|SetQueue|GetQueueAttributes|PUT [^/]+$|POST schedule-groups/).*")
"""Operations by which the service makes what it needs. Where one of them always fails it says so
and does not start, and that would be most of the time: these go wrong once.
"""
FORWARD_SECONDS = 30.0
HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


class Fault(Enum):
    """What goes wrong with a call."""

    THROTTLED = "throttled"
    FAILED = "failed"
    ANSWER_LOST = "answer lost"
    """It is carried out, and the connection closed."""


class Fate(NamedTuple):
    """What becomes of a call: so many of its first attempts go wrong."""

    fault: Fault
    attempts: int


class Answer(NamedTuple):
    """What goes back to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


ERRORS: dict[tuple[str, Fault], tuple[int, str]] = {
    ("dynamodb", Fault.THROTTLED): (400, "ProvisionedThroughputExceededException"),
    ("dynamodb", Fault.FAILED): (500, "InternalServerError"),
    ("s3", Fault.THROTTLED): (503, "SlowDown"),
    ("s3", Fault.FAILED): (500, "InternalError"),
    ("sqs", Fault.THROTTLED): (400, "RequestThrottled"),
    ("sqs", Fault.FAILED): (500, "InternalError"),
    ("scheduler", Fault.THROTTLED): (429, "ThrottlingException"),
    ("scheduler", Fault.FAILED): (500, "InternalServerException"),
    ("secretsmanager", Fault.THROTTLED): (400, "ThrottlingException"),
    ("secretsmanager", Fault.FAILED): (500, "InternalServiceError"),
    ("events", Fault.THROTTLED): (400, "ThrottlingException"),
    ("events", Fault.FAILED): (500, "InternalException"),
}
"""The words of each service."""


class FaultyAws:
    """A context manager; ``url`` is what to set ``AWS_ENDPOINT_URL`` to."""

    def __init__(self, emulator: str, seed: int, rate: float) -> None:
        """``rate`` of the calls go wrong."""
        self._emulator = urlsplit(emulator)
        self._seed = seed
        self._rate = rate
        self.on_call: Callable[[int], None] = lambda _: None
        """Told the number of each call when it comes, which is held back until that returns."""
        self._lock = threading.Lock()
        self._writing: dict[str, AbstractContextManager[Any]] = {
            "dynamodb": threading.Lock(),
            "sqs": threading.Lock(),
        }
        self._seen: Counter[str] = Counter()
        self._fates: OrderedDict[str, Fate | None] = OrderedDict()
        self._calls = 0
        self.done: Counter[str] = Counter()
        """Calls that went wrong, by fault, ``once`` or ``always``."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def calls(self) -> int:
        """How many calls have come."""
        return self._calls

    def answer(self, request: "BaseHTTPRequestHandler", body: bytes) -> Answer | None:
        """The answer to one attempt; ``None``: none, the connection is closed."""
        service = _service(request.headers.get("Authorization", ""))
        call, attempt = request.headers.get("amz-sdk-invocation-id"), _attempt(request)
        if call is None or not service:
            return self._forward(request, body)
        fate = self._fate_of(call, service, _operation(request))
        lock = nullcontext() if _waits(request) else self._writing.get(service, nullcontext())
        if fate is None or attempt > fate.attempts:
            return self._carried_out(request, body, lock)
        if fate.fault is Fault.ANSWER_LOST:
            self._carried_out(request, body, lock)
            return None
        return _error(service, fate.fault)

    def _fate_of(self, call: str, service: str, operation: str) -> Fate | None:
        with self._lock:
            if call in self._fates:
                return self._fates[call]
            self._calls += 1
            number = self._calls
            self._seen[operation] += 1
            fate = self._fates[call] = self._drawn(service, operation)
            if len(self._fates) > CALLS_REMEMBERED_MAX:
                self._fates.popitem(last=False)
        self.on_call(number)
        return fate

    def _drawn(self, service: str, operation: str) -> Fate | None:
        dice = Dice(f"{self._seed} {operation} {self._seen[operation]}")
        if not dice.chance(self._rate):
            return None
        faults = [
            fault for fault in Fault if fault is Fault.ANSWER_LOST or (service, fault) in ERRORS
        ]
        attempts = 1 if SETTING_UP.fullmatch(operation) else dice.pick([1, EVERY_ATTEMPT])
        fate = Fate(dice.pick(faults), attempts)
        self.done[f"{fate.fault.value} {'once' if fate.attempts == 1 else 'always'}"] += 1
        return fate

    def _carried_out(
        self, request: "BaseHTTPRequestHandler", body: bytes, lock: AbstractContextManager[Any]
    ) -> Answer | None:
        """moto works on calls side by side, and then loses some: whoever the callers are, one comes
        after the other. But a call that waits for messages must let others send some.
        """
        with lock:
            return self._forward(request, body)

    def _forward(self, request: "BaseHTTPRequestHandler", body: bytes) -> Answer | None:
        host, port = self._emulator.hostname, self._emulator.port
        assert host is not None
        connection = HTTPConnection(host, port, timeout=FORWARD_SECONDS)
        try:
            headers = {
                name: value for name, value in request.headers.items() if name.lower() != "expect"
            }
            connection.request(request.command, request.path, body, headers)
            response = connection.getresponse()
            kept = [pair for pair in response.getheaders() if pair[0].lower() not in HOP_BY_HOP]
            return Answer(response.status, kept, response.read())
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the client was killed
                    self.close_connection = True

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                # Who dies while it sends has not made a call.
                answer = proxy.answer(self, body) if len(body) == length else None
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
                self.wfile.flush()

            do_GET = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        return Handler


def _service(authorization: str) -> str:
    """The service of a signed request: the credential's scope names it."""
    scope = re.search(r"Credential=[^,]*/([^/]+)/aws4_request", authorization)
    return scope.group(1) if scope else ""


def _operation(request: BaseHTTPRequestHandler) -> str:
    target = request.headers.get("X-Amz-Target", "")
    if target:
        return target.rpartition(".")[2]
    path = request.path.partition("?")[0].strip("/")
    first, slash, _ = path.partition("/")
    return f"{request.command} {first}{slash}"


def _attempt(request: BaseHTTPRequestHandler) -> int:
    found = re.search(r"attempt=(\d+)", request.headers.get("amz-sdk-request", ""))
    return int(found.group(1)) if found else 1


def _waits(request: BaseHTTPRequestHandler) -> bool:
    return request.headers.get("X-Amz-Target", "").endswith(".ReceiveMessage")


def _error(service: str, fault: Fault) -> Answer:
    status, code = ERRORS[service, fault]
    if service == "s3":
        text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
        return Answer(status, [("Content-Type", "application/xml")], text.encode())
    document = json.dumps({"__type": code, "message": "injected"})
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)]
    return Answer(status, headers, document.encode())
