"""The `http` integration against real servers on loopback."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from seriatim.ports import HandedOut, TaskOutcome
from seriatim.tasks.http import HttpTasks
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner
from tests.unit.tasks.http_servers import Answer, Reply, Seen, Server, certificate, serving

Serve = Callable[[Answer], Server]

JSON = (("content-type", "application/json"),)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving(answer))


def loopback(host: str, port: int) -> list[str]:
    """Every name is this machine."""
    return ["127.0.0.1"]


def run(
    url: str,
    *,
    method: str = "GET",
    inputs: dict[str, Any] | None = None,
    tasks: HttpTasks | None = None,
    deadline: int | None = None,
    clock: FakeClock | None = None,
    **settings: Any,
) -> TaskOutcome:
    clock = clock or FakeClock()
    http = tasks or HttpTasks(clock, is_loopback_allowed=True, resolve=loopback)
    request = attempt("http", {"method": method, "url": url, **settings}, inputs, deadline=deadline)
    return runner(http=http, clock=clock).run(request)


# -- what is sent ----------------------------------------------------------------------------------


def test_request_is_what_the_definition_says_with_its_places_filled(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    outcome = run(
        server.url("/orders/${inputs.id}?full=true"),
        method="POST",
        headers={"Authorization": "Bearer ${inputs.key}", "X-Count": "${inputs.count}"},
        body={"amount": "${inputs.amount}", "note": "for ${inputs.id}"},
        inputs={"id": "o-1", "key": "k", "count": 3, "amount": 12.5},
    )
    assert result_of(outcome)["statusCode"] == 200
    [seen] = server.seen
    assert (seen.method, seen.target) == ("POST", "/orders/o-1?full=true")
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    assert seen.headers["authorization"] == "Bearer k"
    assert seen.headers["x-count"] == "3"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["idempotency-key"] == "exec-1/3"
    assert seen.headers["user-agent"] == "seriatim"
    assert "seriatim-task-token" not in seen.headers
    assert json.loads(seen.body) == {"amount": 12.5, "note": "for o-1"}


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        ("plain ü", "text/plain; charset=utf-8", "plain ü".encode()),
        ([1, None], "application/json", b"[1,null]"),
        (False, "application/json", b"false"),
        (None, None, b""),
    ],
)
def test_body_is_text_or_json(
    serve: Serve, body: Any, content_type: str | None, sent: bytes
) -> None:
    server = serve(lambda seen: Reply())
    run(server.url(), method="PUT", body=body)
    assert server.seen[0].headers.get("content-type") == content_type
    assert server.seen[0].body == sent


def test_headers_of_the_definition_win_over_ours(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    given = {
        "idempotency-key": "mine",
        "Accept": "text/csv",
        "Content-Type": "x/y",
        "X-None": "${None}",
    }
    run(server.url(), method="POST", headers=given, body="a,b")
    headers = server.seen[0].headers
    assert (headers["idempotency-key"], headers["accept"]) == ("mine", "text/csv")
    assert headers["content-type"] == "x/y"
    assert "x-none" not in headers


def test_target_of_the_request_is_escaped(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    run(server.url("/a b/${inputs.name}?q=${inputs.q}#part"), inputs={"name": "東", "q": "x y&z"})
    assert server.seen[0].target == "/a%20b/%E6%9D%B1?q=x%20y&z"


def test_proxies_of_the_environment_are_not_used(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(lambda seen: Reply())
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.0.0.1:3128")
    assert result_of(run(server.url()))["statusCode"] == 200


# -- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "content", "expected"),
    [
        ("application/json", b'{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]}),
        ("application/problem+json; charset=utf-8", '{"ü": 1}'.encode(), {"ü": 1}),
        ("application/json", b"{broken", "{broken"),
        ("application/json", b'{"a": NaN}', '{"a": NaN}'),
        ("application/json", b"1e999", "1e999"),
        ("application/json", b"[" * 40 + b"]" * 40, "[" * 40 + "]" * 40),
        ("application/json", b"[" * 50_000, "[" * 50_000),
        ("application/json", b"", None),
        ("text/plain; charset=iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("text/html", "Grüße".encode(), "Grüße"),
        (None, b"bare", "bare"),
    ],
)
def test_body_of_the_answer_is_json_or_text(
    serve: Serve, content_type: str | None, content: bytes, expected: object
) -> None:
    headers = () if content_type is None else (("Content-Type", content_type),)
    server = serve(lambda seen: Reply(201, headers, content))
    result = result_of(run(server.url()))
    assert (result["statusCode"], result["body"]) == (201, expected)
    assert "isBase64Encoded" not in result
    assert result["headers"].get("content-type") == content_type


@pytest.mark.parametrize(
    "content_type",
    [
        "image/png",
        "text/plain; charset=utf-8",
        "text/plain; charset=no-such-charset",
        "text/plain; charset=base64",
    ],
)
def test_body_that_is_no_text_is_given_in_base64(serve: Serve, content_type: str) -> None:
    server = serve(lambda seen: Reply(200, (("content-type", content_type),), b"\x89PNG\xff"))
    result = result_of(run(server.url()))
    assert (result["body"], result["isBase64Encoded"]) == ("iVBOR/8=", True)


def test_repeated_headers_are_joined(serve: Serve) -> None:
    server = serve(lambda seen: Reply(204, (("X-A", "1"), ("x-a", "2"))))
    assert result_of(run(server.url()))["headers"]["x-a"] == "1, 2"


def test_packed_answer_is_unpacked(serve: Serve) -> None:
    packed = gzip.compress(b'{"a": 1}')
    server = serve(lambda seen: Reply(200, (*JSON, ("Content-Encoding", "gzip")), packed))
    assert result_of(run(server.url()))["body"] == {"a": 1}
    assert server.seen[0].headers["accept-encoding"] == "identity"


def test_answer_in_chunks_and_answer_until_close_are_read(serve: Serve) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    closed = b"HTTP/1.1 200 OK\r\n\r\nabcde"
    for raw in (chunked, closed):
        server = serve(lambda seen, raw=raw: raw)  # type: ignore[misc]
        assert result_of(run(server.url()))["body"] == "abcde"


@pytest.mark.parametrize(
    ("status", "is_retryable"),
    [
        (300, False),
        (304, False),
        (400, False),
        (401, False),
        (404, False),
        (408, True),
        (409, False),
        (422, False),
        (429, True),
        (500, True),
        (502, True),
        (503, True),
        (599, True),
    ],
)
def test_answer_that_is_no_success_fails_the_attempt(
    serve: Serve, status: int, *, is_retryable: bool
) -> None:
    content = b"" if status == 304 else b'{"code": "X"}'
    server = serve(lambda seen: Reply(status, JSON, content))
    error = error_of(run(server.url("/a?key=secret"), method="POST"))
    assert (error.code, error.retryable) == (f"Http.{status}", is_retryable)
    assert error.message == f"POST {server.url('/a')} was answered with {status}"
    expected = None if status == 304 else {"code": "X"}
    assert error.details == {"statusCode": status, "body": expected}


def test_long_answer_of_an_error_is_cut(serve: Serve) -> None:
    server = serve(lambda seen: Reply(500, (), "ü".encode() * 10_000))
    body = error_of(run(server.url())).details["body"]
    assert body == "ü" * 4_096 + "…"


def test_callback_hands_the_attempt_out_with_its_token(serve: Serve) -> None:
    server = serve(lambda seen: Reply(202))
    outcome = run(server.url(), method="POST", body={"token": "${taskToken}"}, callback=True)
    assert outcome == HandedOut()
    assert server.seen[0].headers["seriatim-task-token"] == "token-1"
    assert json.loads(server.seen[0].body) == {"token": "token-1"}


def test_callback_that_is_refused_fails(serve: Serve) -> None:
    server = serve(lambda seen: Reply(503))
    assert error_of(run(server.url(), callback=True)).code == "Http.503"


# -- where it may go -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0/",
        "http://localhost:8000/",
        "https://10.1.2.3/",
    ],
)
def test_address_that_is_not_public_is_refused_before_anything_is_sent(url: str) -> None:
    error = error_of(run(url, tasks=HttpTasks(FakeClock())))
    assert (error.code, error.retryable) == ("Http.AddressNotAllowed", False)
    assert "public addresses only" in error.message


def test_one_private_address_among_public_ones_is_refused() -> None:
    tasks = HttpTasks(FakeClock(), resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"])
    assert error_of(run("https://api.example/", tasks=tasks)).code == "Http.AddressNotAllowed"


def test_name_is_looked_up_once_and_what_was_checked_is_connected_to(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=lambda h, p: next(answers))
    outcome = run(server.url("/", host="rebinding.example"), tasks=tasks)
    assert result_of(outcome)["statusCode"] == 200
    assert server.seen[0].headers["host"] == f"rebinding.example:{server.port}"
    assert next(answers) == ["169.254.169.254"]


def test_address_that_does_not_answer_is_passed_over(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    tasks = HttpTasks(
        FakeClock(), is_loopback_allowed=True, resolve=lambda h, p: ["::1", "127.0.0.1"]
    )
    assert result_of(run(server.url("/", host="two.example"), tasks=tasks))["statusCode"] == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_a_get_is_followed(serve: Serve, status: int) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.target == "/":
            return Reply(status, (("Location", "/there?x=1"),))
        return Reply(200, JSON, b'"arrived"')

    server = serve(answer)
    assert result_of(run(server.url(), headers={"X-Key": "k"}))["body"] == "arrived"
    assert [seen.target for seen in server.seen] == ["/", "/there?x=1"]
    assert server.seen[1].headers["x-key"] == "k"


def test_redirect_elsewhere_takes_no_credentials_along(serve: Serve) -> None:
    there = serve(lambda seen: Reply(200))
    here = serve(lambda seen: Reply(302, (("Location", there.url("/", host="other.example")),)))
    run(here.url(), headers={"Authorization": "secret", "X-Key": "secret"}, callback=True)
    assert set(there.seen[0].headers) == {
        "accept",
        "accept-encoding",
        "connection",
        "host",
        "user-agent",
    }


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://internal.example/", "Http.AddressNotAllowed"),
        ("//internal.example/", "Http.AddressNotAllowed"),
        ("ftp://public.example/", "Http.RedirectRefused"),
        ("http://user:password@public.example/", "Http.RedirectRefused"),
        ("http://[broken/", "Http.RedirectRefused"),
        ("file:///etc/passwd", "Http.RedirectRefused"),
    ],
)
def test_redirect_is_held_to_the_same_rules(serve: Serve, location: str, code: str) -> None:
    server = serve(lambda seen: Reply(302, (("Location", location),)))

    def resolve(host: str, port: int) -> list[str]:
        return ["10.0.0.1"] if host == "internal.example" else ["127.0.0.1"]

    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=resolve)
    error = error_of(run(server.url(), tasks=tasks))
    assert (error.code, error.retryable) == (code, False)
    assert len(server.seen) == 1


def test_redirects_that_do_not_end_are_given_up(serve: Serve) -> None:
    server = serve(lambda seen: Reply(302, (("Location", "/again"),)))
    error = error_of(run(server.url()))
    assert (error.code, error.retryable) == ("Http.RedirectRefused", False)
    assert len(server.seen) == 6


def test_redirect_of_a_post_is_not_followed(serve: Serve) -> None:
    server = serve(lambda seen: Reply(307, (("Location", "/there"),)))
    error = error_of(run(server.url(), method="POST", body="x"))
    assert (error.code, error.retryable) == ("Http.307", False)
    assert len(server.seen) == 1


# -- TLS -------------------------------------------------------------------------------------------


def test_certificate_is_checked_for_the_name_not_the_address(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path, "api.example")
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=loopback, tls=client_tls)
    with serving(lambda seen: Reply(), server_tls) as server:
        outcome = run(server.url("/", host="api.example"), tasks=tasks)
        assert result_of(outcome)["statusCode"] == 200
        assert result_of(run(server.url("/", host="api.example."), tasks=tasks))
        error = error_of(run(server.url("/", host="other.example"), tasks=tasks))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)
    assert "certificate" in error.message.lower()


def test_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server_tls, _ = certificate(tmp_path, "api.example")
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=loopback)
    with serving(lambda seen: Reply(), server_tls) as server:
        error = error_of(run(server.url("/", host="api.example"), tasks=tasks))
    assert error.code == "Http.ConnectionError"


def test_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path, "api.example")
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=loopback, tls=client_tls)
    plain = (("Location", "http://api.example/"),)
    with serving(lambda seen: Reply(302, plain), server_tls) as server:
        error = error_of(run(server.url("/", host="api.example"), tasks=tasks))
    assert error.code == "Http.RedirectRefused"


# -- what goes wrong -------------------------------------------------------------------------------


def test_nobody_listening_is_a_connection_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = error_of(run(f"http://127.0.0.1:{port}/a?key=secret"))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)
    assert "refused" in error.message
    assert "secret" not in error.message


def test_name_that_does_not_resolve_is_a_connection_error() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    error = error_of(run("https://api.example/", tasks=HttpTasks(FakeClock(), resolve=resolve)))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(b"a" * 99)[:20],
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_broken_answer_is_a_connection_error(serve: Serve, raw: bytes) -> None:
    server = serve(lambda seen: raw)
    error = error_of(run(server.url()))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)


@pytest.mark.parametrize("is_packed", [False, True])
def test_answer_over_the_limit_is_not_read_to_its_end(serve: Serve, *, is_packed: bool) -> None:
    content = b"0" * (6 * 1024 * 1024 + 1)
    body = gzip.compress(content * 20) if is_packed else content
    headers = (("Content-Encoding", "gzip"),) if is_packed else ()
    server = serve(lambda seen: Reply(200, headers, body))
    error = error_of(run(server.url()))
    assert (error.code, error.retryable) == ("Http.ResponseTooLarge", False)


def test_answer_at_the_limit_is_read(serve: Serve) -> None:
    server = serve(lambda seen: Reply(200, (), b"0" * (6 * 1024 * 1024)))
    assert len(result_of(run(server.url()))["body"]) == 6 * 1024 * 1024


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
    error = error_of(run(silent.url, tasks=tasks))
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
    error = error_of(run(silent.url, clock=clock, deadline=EPOCH + 5_000))
    mover.join()
    assert (error.code, error.retryable) == ("Seriatim.Timeout", True)
    assert silent.gone.wait(30)


# -- settings that make no request -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"url": "ftp://a.example/"}, "https:// or http://"),
        ({"url": "a.example/x"}, "https:// or http://"),
        ({"url": "https:///x"}, "no valid host"),
        ({"url": "https://a.example:99999/"}, "cannot be read"),
        ({"url": "https://a.example:0/"}, "port 0"),
        ({"url": "https://user@a.example/"}, "user or a password"),
        ({"url": "https://good.example\\@a.example/"}, "user or a password"),
        ({"url": "https://a.example\\b/"}, "no valid host"),
        ({"url": "https://a b.example/"}, "no valid host"),
        ({"url": "https://[fe80::1%25eth0]/"}, "no valid host"),
        ({"url": "https://[::1/"}, "cannot be read"),
        ({"url": "https://" + "ü" * 80 + ".example/"}, "cannot be read"),
        ({"url": "https://a.example/\r\nX: y"}, "control character"),
        ({"url": "https://a.example/" + "x" * 4_096}, "4,096 at most"),
        ({"method": "GE T"}, "the method 'GE T'"),
        ({"headers": {"X-A": "a\r\nB: c"}}, "control character"),
        ({"headers": {"X A": "a"}}, "no name of a header"),
        ({"headers": {"Host": "b.example"}}, "not for a task to set"),
        ({"headers": {"Content-Length": "1"}}, "not for a task to set"),
        ({"headers": {"X-A": "${inputs.list}"}}, "must be a text or a number"),
        ({"headers": "${inputs.list}"}, "must be an object"),
    ],
)
def test_settings_that_make_no_request_are_named(settings: dict[str, Any], expected: str) -> None:
    merged = {"url": "https://a.example/", **settings}
    error = error_of(run(**merged, inputs={"list": [1]}))
    assert (error.code, error.retryable) == ("Http.InvalidRequest", False)
    assert expected in error.message


def test_body_over_the_limit_is_refused() -> None:
    error = error_of(run("https://a.example/", method="POST", body="x" * (6 * 1024 * 1024 + 1)))
    assert (error.code, error.retryable) == ("Seriatim.PayloadTooLarge", False)


def test_host_in_any_script_is_looked_up_by_its_ascii_name(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=resolve)
    run(server.url("/", host="bücher.example"), tasks=tasks)
    assert asked == ["xn--bcher-kva.example"]
    assert server.seen[0].headers["host"].startswith("xn--bcher-kva.example:")
