"""What an `http` task sends, and what it makes of answers: against real servers on loopback."""

import gzip
import json
from typing import Any

import pytest

from seriatim.ports.tasks import HandedOut
from tests.unit.tasks.attempts import error_of, result_of
from tests.unit.tasks.http_servers import (
    Reply,
    Serve,
    run_http,
)

JSON = (("content-type", "application/json"),)


def test_request_is_what_the_definition_says_with_its_places_filled(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    outcome = run_http(
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
    run_http(server.url(), method="PUT", body=body)
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
    run_http(server.url(), method="POST", headers=given, body="a,b")
    headers = server.seen[0].headers
    assert (headers["idempotency-key"], headers["accept"]) == ("mine", "text/csv")
    assert headers["content-type"] == "x/y"
    assert "x-none" not in headers


def test_target_of_the_request_is_escaped(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    run_http(
        server.url("/a b/${inputs.name}?q=${inputs.q}#part"), inputs={"name": "東", "q": "x y&z"}
    )
    assert server.seen[0].target == "/a%20b/%E6%9D%B1?q=x%20y&z"


def test_proxies_of_the_environment_are_not_used(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(lambda seen: Reply())
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.0.0.1:3128")
    assert result_of(run_http(server.url()))["statusCode"] == 200


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
    result = result_of(run_http(server.url()))
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
    result = result_of(run_http(server.url()))
    assert (result["body"], result["isBase64Encoded"]) == ("iVBOR/8=", True)


def test_repeated_headers_are_joined(serve: Serve) -> None:
    server = serve(lambda seen: Reply(204, (("X-A", "1"), ("x-a", "2"))))
    assert result_of(run_http(server.url()))["headers"]["x-a"] == "1, 2"


def test_packed_answer_is_unpacked(serve: Serve) -> None:
    packed = gzip.compress(b'{"a": 1}')
    server = serve(lambda seen: Reply(200, (*JSON, ("Content-Encoding", "gzip")), packed))
    assert result_of(run_http(server.url()))["body"] == {"a": 1}
    assert server.seen[0].headers["accept-encoding"] == "identity"


def test_answer_in_chunks_and_answer_until_close_are_read(serve: Serve) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    closed = b"HTTP/1.1 200 OK\r\n\r\nabcde"
    for raw in (chunked, closed):
        server = serve(lambda seen, raw=raw: raw)  # type: ignore[misc]
        assert result_of(run_http(server.url()))["body"] == "abcde"


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
    error = error_of(run_http(server.url("/a?key=secret"), method="POST"))
    assert (error.code, error.retryable) == (f"Http.{status}", is_retryable)
    assert error.message == f"POST {server.url('/a')} was answered with {status}"
    expected = None if status == 304 else {"code": "X"}
    assert error.details == {"statusCode": status, "body": expected}


def test_long_answer_of_an_error_is_cut(serve: Serve) -> None:
    server = serve(lambda seen: Reply(500, (), "ü".encode() * 10_000))
    body = error_of(run_http(server.url())).details["body"]
    assert body == "ü" * 4_096 + "…"


def test_callback_hands_the_attempt_out_with_its_token(serve: Serve) -> None:
    server = serve(lambda seen: Reply(202))
    outcome = run_http(server.url(), method="POST", body={"token": "${taskToken}"}, callback=True)
    assert outcome == HandedOut()
    assert server.seen[0].headers["seriatim-task-token"] == "token-1"
    assert json.loads(server.seen[0].body) == {"token": "token-1"}


def test_callback_that_is_refused_fails(serve: Serve) -> None:
    server = serve(lambda seen: Reply(503))
    assert error_of(run_http(server.url(), callback=True)).code == "Http.503"


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
    error = error_of(run_http(**merged, inputs={"list": [1]}))
    assert (error.code, error.retryable) == ("Http.InvalidRequest", False)
    assert expected in error.message


def test_body_over_the_limit_is_refused() -> None:
    error = error_of(
        run_http("https://a.example/", method="POST", body="x" * (6 * 1024 * 1024 + 1))
    )
    assert (error.code, error.retryable) == ("Seriatim.PayloadTooLarge", False)
