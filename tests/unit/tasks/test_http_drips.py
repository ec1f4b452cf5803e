"""A server that answers byte by byte and never comes to an end: the request ends at its time, with
a failure that says so, and the connection is closed.
"""

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from seriatim.tasks.http import HttpTasks
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.tasks.attempts import error_of
from tests.unit.tasks.http_servers import loopback, run_http

LIMIT_SECONDS = 0.08
BETWEEN_SECONDS = 0.002
OK = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "status": (b"HTTP/1.1 200 ", b"O"),
    "headers": (OK, b"x: y\r\n" * 20),
    "one header": (OK + b"x: ", b"y"),
    "body": (OK + b"content-length: 1000000\r\n\r\n", b"z"),
    "body without a length": (OK + b"connection: close\r\n\r\n", b"z"),
    "chunks": (OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nz\r\n"),
    "size of a chunk": (OK + b"transfer-encoding: chunked\r\n\r\n", b"0"),
    "trailers": (OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"t"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "error's body": (b"HTTP/1.1 500 No\r\ncontent-length: 1000000\r\n\r\n", b"z"),
}
"""What comes at once, and what comes bit by bit for ever."""


class Dripping:
    """Where a server listens that never ends its answer, and whether its client has gone."""

    def __init__(self, at_once: bytes, again: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.asked = threading.Event()
        self.gone = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(at_once, again))
        self.thread.start()

    def _serve(self, at_once: bytes, again: bytes) -> None:
        connection, _ = self._listening.accept()
        with connection, self._listening, suppress(OSError):
            connection.recv(65_536)
            self.asked.set()
            connection.sendall(at_once)
            for part in itertools.repeat(again):
                connection.sendall(part)
                if self.gone.wait(BETWEEN_SECONDS):
                    break
        self.gone.set()


@contextmanager
def dripping(kind: str) -> Iterator[Dripping]:
    server = Dripping(*DRIPS[kind])
    try:
        yield server
        assert server.gone.wait(30), "the connection is closed, not left behind"
    finally:
        server.gone.set()
        server.thread.join()


@pytest.mark.parametrize("kind", sorted(DRIPS.keys() - {"headers"}))
def test_an_answer_that_drips_ends_at_the_time_limit(kind: str) -> None:
    tasks = HttpTasks(
        FakeClock(), is_loopback_allowed=True, resolve=loopback, seconds_default=LIMIT_SECONDS
    )
    with dripping(kind) as server:
        error = error_of(run_http(f"http://127.0.0.1:{server.port}/", tasks=tasks))
    assert (error.code, error.retryable) == ("Http.Timeout", True)
    assert f"{LIMIT_SECONDS:g} seconds" in error.message


def test_so_does_a_handshake_that_is_never_answered() -> None:
    tasks = HttpTasks(
        FakeClock(), is_loopback_allowed=True, resolve=loopback, seconds_default=LIMIT_SECONDS
    )
    with dripping("status") as server:
        error = error_of(run_http(f"https://127.0.0.1:{server.port}/", tasks=tasks))
    assert error.code in {"Http.Timeout", "Http.ConnectionError"}


def test_the_deadline_of_an_attempt_ends_what_drips() -> None:
    clock = FakeClock()
    with dripping("body") as server:

        def move_on() -> None:
            server.asked.wait(30)
            clock.advance(5_000)

        mover = threading.Thread(target=move_on)
        mover.start()
        url = f"http://127.0.0.1:{server.port}/"
        error = error_of(run_http(url, clock=clock, deadline=EPOCH + 5_000))
        mover.join()
    assert (error.code, error.retryable) == ("Seriatim.Timeout", True)


def test_headers_without_end_are_given_up() -> None:
    with dripping("headers") as server:
        error = error_of(run_http(f"http://127.0.0.1:{server.port}/"))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)


def test_a_name_that_takes_for_ever_to_resolve_ends_the_request() -> None:
    answered, never = threading.Event(), threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        never.wait(30)
        answered.set()
        return ["127.0.0.1"]

    tasks = HttpTasks(
        FakeClock(), is_loopback_allowed=True, resolve=resolve, seconds_default=LIMIT_SECONDS
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://slow.example:{listening.getsockname()[1]}/"
        assert error_of(run_http(url, tasks=tasks)).code == "Http.Timeout"
        never.set()
        assert answered.wait(30)
        listening.settimeout(5)
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(30)
            assert connection.recv(65_536) == b"", "nothing is sent after the attempt is over"
