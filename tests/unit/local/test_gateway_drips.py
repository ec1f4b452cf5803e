"""Clients that send or read drop by drop hold up nobody else."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from seriatim.local.gateway import THREADS, Gateway
from seriatim.local.lambda_context import LambdaContext
from tests.unit.local.test_gateway import call, serving

SLOW = THREADS + 8
"""More than there are threads to answer."""
POST = b"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n"
BEGUN = {
    "line": b"GET /heal",
    "headers": b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ",
    "body": POST + b"content-length: 1000\r\n\r\n",
    "chunks": POST + b"transfer-encoding: chunked\r\n\r\n",
    "continue": POST + b"expect: 100-continue\r\ncontent-length: 9\r\n\r\n",
}
"""What comes of a request at once; the rest comes by bytes."""
LARGE = "x" * 2_000_000


def answer(event: dict[str, object], context: LambdaContext) -> dict[str, object]:
    is_large = event["rawPath"] == "/large"
    return {"statusCode": 200, "body": LARGE if is_large else '{"fine": true}'}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with serving(answer) as gateway:
        yield gateway


@contextmanager
def slow_clients(gateway: Gateway, begun: bytes) -> Iterator[list[socket.socket]]:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        clients = []
        for _ in range(SLOW):
            client = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
            client.sendall(begun)
            clients.append(client)
        yield clients


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_requests_that_drip_hold_up_nobody(gateway: Gateway, begun: bytes) -> None:
    with slow_clients(gateway, begun) as clients:
        for _ in range(2):
            for client in clients:
                client.sendall(b"1")
            assert call(gateway, "GET", "/") == (200, {"fine": True})


def test_clients_that_do_not_read_their_answers_hold_up_nobody(gateway: Gateway) -> None:
    request = b"GET /large HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
    with slow_clients(gateway, request):
        assert call(gateway, "GET", "/") == (200, {"fine": True})


def test_a_request_that_dripped_is_answered_when_it_has_come(gateway: Gateway) -> None:
    with slow_clients(gateway, b"") as [client, *_]:
        for byte in b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n":
            client.sendall(bytes([byte]))
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 OK")
