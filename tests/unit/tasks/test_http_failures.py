"""What goes wrong with an `http` task: no connection; broken, too large or late answers."""

import gzip
import socket
import threading
import tracemalloc
from collections.abc import Iterator

import pytest

from seriatim.tasks.http import HttpTasks
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.tasks.attempts import error_of, result_of
from tests.unit.tasks.http_servers import (
    Reply,
    Serve,
    loopback,
    run_http,
)


def test_nobody_listening_is_a_connection_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = error_of(run_http(f"http://127.0.0.1:{port}/a?key=secret"))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)
    assert "refused" in error.message
    assert "secret" not in error.message


def test_name_that_does_not_resolve_is_a_connection_error() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    error = error_of(
        run_http("https://api.example/", tasks=HttpTasks(FakeClock(), resolve=resolve))
    )
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
        + gzip.compress(b"a" * 99, mtime=0)[:20],
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
        + gzip.compress(b"a", mtime=0)
        + b"more",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n" + b"a" * 99,
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_broken_answer_is_a_connection_error(serve: Serve, raw: bytes) -> None:
    server = serve(lambda seen: raw)
    error = error_of(run_http(server.url()))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)


@pytest.mark.parametrize("is_packed", [False, True])
def test_answer_over_the_limit_is_not_read_to_its_end(serve: Serve, *, is_packed: bool) -> None:
    content = b"0" * (6 * 1024 * 1024 + 1)
    body = gzip.compress(content * 20) if is_packed else content
    headers = (("Content-Encoding", "gzip"),) if is_packed else ()
    server = serve(lambda seen: Reply(200, headers, body))
    error = error_of(run_http(server.url()))
    assert (error.code, error.retryable) == ("Http.ResponseTooLarge", False)


@pytest.mark.parametrize(
    "before",
    [
        b"transfer-encoding: chunked\r\n\r\n-1\r\n",
        b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"a", mtime=0),
        b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"", mtime=0)[:10] + b"\0\0\0\xff\xff",
    ],
)
def test_answer_without_end_is_not_taken_in(serve: Serve, before: bytes) -> None:
    empty_block = b"\0\0\0\xff\xff"
    raw = b"HTTP/1.1 200 OK\r\n" + before + empty_block * 10_000_000
    server = serve(lambda seen: raw)
    tracemalloc.start()
    try:
        error = error_of(run_http(server.url()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert error.code in {"Http.ResponseTooLarge", "Http.ConnectionError"}
    assert peak < 20 * 1024 * 1024


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", "rot13", "undefined", "a\0b"])
def test_text_in_a_charset_that_is_none_of_texts_is_taken_as_bytes(
    serve: Serve, charset: str
) -> None:
    server = serve(
        lambda seen: Reply(200, (("content-type", f"text/plain; charset={charset}"),), b"a-b")
    )
    assert result_of(run_http(server.url()))["isBase64Encoded"] is True


def test_answer_at_the_limit_is_read(serve: Serve) -> None:
    server = serve(lambda seen: Reply(200, (), b"0" * (6 * 1024 * 1024)))
    assert len(result_of(run_http(server.url()))["body"]) == 6 * 1024 * 1024


class Silent:
    """A server that accepts and never answers, and notices when the other side goes."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/"
        self.gone = threading.Event()
        self.asked = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.listening.accept()
        with connection:
            connection.settimeout(30)
            while connection.recv(65_536):
                self.asked.set()
            self.gone.set()

    def close(self) -> None:
        self.thread.join()
        self.listening.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


def test_answer_that_does_not_come_ends_the_request(silent: Silent) -> None:
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=loopback, seconds_default=0.05)
    error = error_of(run_http(silent.url, tasks=tasks))
    assert (error.code, error.retryable) == ("Http.Timeout", True)
    assert "0.05 seconds" in error.message
    assert silent.gone.wait(30), "the connection is closed at once, not left behind"


def test_deadline_of_the_attempt_ends_the_request(silent: Silent) -> None:
    clock = FakeClock()

    def move_on() -> None:
        silent.asked.wait(30)
        clock.advance(5_000)

    mover = threading.Thread(target=move_on)
    mover.start()
    error = error_of(run_http(silent.url, clock=clock, deadline=EPOCH + 5_000))
    mover.join()
    assert (error.code, error.retryable) == ("Seriatim.Timeout", True)
    assert silent.gone.wait(30)
