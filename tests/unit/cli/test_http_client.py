"""The client of the HTTP API against answers that are not as they should be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from seriatim.client.http import HttpClient, Refused, Unreachable


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """An HTTP server that gives one answer to everything; with what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/stage/", asked
        finally:
            server.shutdown()
            thread.join()


def test_paths_stand_under_the_endpoint_and_ids_are_escaped() -> None:
    with answering(200, b"{}") as (url, asked):
        HttpClient(url, "a/b").execution("注文 1?x#y")
    assert asked == ["/stage/projects/a%2Fb/executions/%E6%B3%A8%E6%96%87%201%3Fx%23y"]


def test_bytes_that_are_no_utf_8_are_for_the_service_to_refuse() -> None:
    with answering(200, b"{}") as (url, asked):
        HttpClient(url, "p").execution("\udcff")
        HttpClient(url, "p").executions(name="\udcff")
    assert asked == ["/stage/projects/p/executions/%FF", "/stage/projects/p/executions?name=%FF"]


def test_a_query_has_only_what_was_given() -> None:
    with answering(200, b'{"items": []}') as (url, asked):
        HttpClient(url, "p").executions(status="failed", cursor=None, limit=5)
    assert asked == ["/stage/projects/p/executions?status=failed&limit=5"]


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>hello</html>"), (200, b"[1]"), (404, b"not found"), (302, b"{}"), (502, b"")],
)
def test_an_answer_that_is_not_the_services_is_unreachable(status: int, body: bytes) -> None:
    with (
        answering(status, body) as (url, _),
        pytest.raises(Unreachable, match=f"not this service's API \\(status {status}\\)"),
    ):
        HttpClient(url, "p").execution("x")


def test_a_problem_is_refused_with_all_that_it_says() -> None:
    body = b'{"status": 422, "code": "InvalidSequence", "detail": "No.", "problems": [{"a": 1}, 2]}'
    with answering(422, body) as (url, _), pytest.raises(Refused) as refused:
        HttpClient(url, "p").execution("x")
    error = refused.value
    assert (error.status, error.code, error.detail) == (422, "InvalidSequence", "No.")
    assert error.problems == ({"a": 1},)


def test_a_gateways_own_refusal_is_told_too() -> None:
    with answering(403, b'{"message": "Forbidden"}') as (url, _), pytest.raises(Refused) as refused:
        HttpClient(url, "p").execution("x")
    assert (refused.value.code, refused.value.detail) == ("403", "Forbidden")
