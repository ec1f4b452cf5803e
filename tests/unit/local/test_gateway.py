"""The gateway turns HTTP into API Gateway events and back, and survives bad requests."""

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from seriatim.local.activity import Activity
from seriatim.local.clock import LocalClock
from seriatim.local.event_source import Handler
from seriatim.local.gateway import BODY_BYTES_MAX, Gateway, PortInUse, http_response
from seriatim.local.lambda_context import LambdaContext


def echo(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer with the event."""
    assert context.function_name == "api"
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Content-Length": "5"},
        "cookies": ["a=1", "b=2"],
        "body": json.dumps(event),
    }


@contextmanager
def serving(handler: Handler) -> Iterator[Gateway]:
    gateway = Gateway(
        lambda: handler,
        clock=LocalClock(),
        activity=Activity(),
        function_name="api",
        timeout_seconds=29,
    )
    gateway.listen(0)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with serving(echo) as gateway:
        yield gateway


def connect(gateway: Gateway) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(gateway.url.removeprefix("http://"), timeout=10)


def call(gateway: Gateway, method: str, target: str, **more: Any) -> tuple[int, dict[str, Any]]:
    connection = connect(gateway)
    connection.request(method, target, **more)
    response = connection.getresponse()
    status, body = response.status, response.read()
    connection.close()
    return status, json.loads(body) if body else {}


def raw(gateway: Gateway, request: bytes) -> bytes:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        with contextlib.suppress(OSError):  # it may have hung up already
            connection.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                received += part
    return received


def test_request_becomes_an_event_of_an_http_api(gateway: Gateway) -> None:
    status, event = call(
        gateway,
        "POST",
        "/projects/p/sequences?limit=5&name=a%20b&name=c",
        body='{"é": 1}'.encode(),
        headers={"Content-Type": "application/json", "If-Match": '"3"', "Cookie": "x=1; y=2"},
    )
    assert status == 200
    assert event["version"] == "2.0"
    assert event["rawPath"] == "/projects/p/sequences"
    assert event["rawQueryString"] == "limit=5&name=a%20b&name=c"
    assert event["queryStringParameters"] == {"limit": "5", "name": "a b,c"}
    assert event["headers"]["if-match"] == '"3"'
    assert event["headers"]["content-type"] == "application/json"
    assert event["cookies"] == ["x=1", "y=2"]
    assert event["body"] == '{"é": 1}'
    assert event["isBase64Encoded"] is False
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["stage"] == "$default"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a%2Fb/%E6%96%87", "/a%2Fb/%E6%96%87"),
        ("/a%ff", "/a%ff"),
        ("http://elsewhere/x/y?q", "/x/y"),
        ("/", "/"),
        ("/a//b/../c", "/a//b/../c"),
    ],
)
def test_path_stays_as_it_was_sent(gateway: Gateway, target: str, path: str) -> None:
    answer = raw(gateway, f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["rawPath"] == path


def test_body_that_is_no_text_is_base64(gateway: Gateway) -> None:
    _, event = call(gateway, "POST", "/", body=b"\xff\x00")
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_answer_carries_headers_cookies_and_its_true_length(gateway: Gateway) -> None:
    connection = connect(gateway)
    connection.request("GET", "/")
    response = connection.getresponse()
    body = response.read()
    assert response.headers["content-type"] == "application/json"
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert response.headers.get_all("content-length") == [str(len(body))]
    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""
    connection.close()


def test_connection_is_kept_for_the_next_request(gateway: Gateway) -> None:
    connection = connect(gateway)
    for number in range(3):
        connection.request("GET", f"/{number}")
        response = connection.getresponse()
        assert json.loads(response.read())["rawPath"] == f"/{number}"
        assert response.version == 11
    connection.close()


def test_chunked_body_arrives_whole(gateway: Gateway) -> None:
    connection = connect(gateway)
    connection.request("POST", "/", body=iter([b'{"a":', b"1}"]), encode_chunked=True)
    assert json.loads(connection.getresponse().read())["body"] == '{"a":1}'
    connection.close()


def test_body_over_the_limit_is_refused_with_a_problem(gateway: Gateway) -> None:
    status, problem = call(gateway, "POST", "/", body=b" " * (BODY_BYTES_MAX + 1))
    assert status == 413
    assert problem["code"] == "TooLarge"
    assert "10,485,760 bytes" in problem["detail"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        "GET /文 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\n\r\n",
        b"",
    ],
)
def test_bad_requests_do_not_kill_it(gateway: Gateway, request_bytes: bytes) -> None:
    answer = raw(gateway, request_bytes)
    assert answer == b"" or answer.split()[1][:1] != b"5"
    assert call(gateway, "GET", "/")[0] == 200


@pytest.mark.parametrize(
    ("request_bytes", "status", "code", "told"),
    [
        (b"nonsense\r\n\r\n", 400, "InvalidHttp", "Start line is invalid."),
        (b"X: a\x7f\r\n\r\n", 400, "InvalidHttp", "Invalid header."),
        (b"Content-Length: -1\r\n\r\n", 400, "InvalidHttp", "Content-Length is invalid."),
        (b"Content-Length: 999999999\r\n\r\n", 413, "TooLarge", "max_body"),
        (b"X: " + b"a" * 300_000 + b"\r\n\r\n", 431, "HeadersTooLarge", "max_header"),
        (b"Transfer-Encoding: gzip\r\n\r\n", 501, "UnknownTransferEncoding", "'chunked'"),
    ],
)
def test_what_is_no_http_is_answered_with_a_problem(
    gateway: Gateway, request_bytes: bytes, status: int, code: str, told: str
) -> None:
    line = b"" if request_bytes.startswith(b"nonsense") else b"POST / HTTP/1.1\r\n"
    head, _, body = raw(gateway, line + request_bytes).partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert head.split()[1] == str(status).encode()
    assert b"content-type: application/problem+json" in head.lower()
    assert (problem["status"], problem["code"]) == (status, code)
    assert told in problem["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "127.0.0.1:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "localhost", "Origin": "http://localhost:3000"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost", "Origin": "https://evil.example"}, 403),
        ({"Host": "localhost", "Origin": "null"}, 403),
    ],
)
def test_pages_from_elsewhere_may_not_call(
    gateway: Gateway, headers: dict[str, str], status: int
) -> None:
    assert call(gateway, "GET", "/", headers=headers)[0] == status


def test_failing_function_is_a_500_and_the_next_call_is_served() -> None:
    calls: list[str] = []

    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        calls.append(event["rawPath"])
        if len(calls) == 1:
            raise RuntimeError("boom")
        return {"statusCode": 204}

    with serving(handler) as gateway:
        status, problem = call(gateway, "GET", "/")
        assert (status, problem["code"]) == (500, "InternalError")
        assert call(gateway, "GET", "/") == (204, {})


def test_port_in_use_is_said_clearly(gateway: Gateway) -> None:
    taken = int(gateway.url.rpartition(":")[2])
    second = Gateway(
        lambda: echo,
        clock=LocalClock(),
        activity=Activity(),
        function_name="api",
        timeout_seconds=29,
    )
    with pytest.raises(PortInUse, match=f"Port {taken} of 127.0.0.1 is in use"):
        second.listen(taken)
    second.stop()


def test_answer_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="statusCode"):
        http_response(None)


def test_binary_answer_is_decoded() -> None:
    answer = {"statusCode": 200, "isBase64Encoded": True, "body": "/wA="}
    assert http_response(answer) == (200, [], b"\xff\x00")
