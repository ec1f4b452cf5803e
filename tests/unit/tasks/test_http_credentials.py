"""Credentials by reference: sent where they belong, shown nowhere."""

import base64
import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from seriatim.ports.errors import Unavailable
from seriatim.ports.tasks import Completed, Failed
from seriatim.tasks.http import HttpTasks
from tests.fakes.clock import FakeClock
from tests.unit.tasks.attempts import error_of, result_of
from tests.unit.tasks.http_servers import (
    Reply,
    Seen,
    Serve,
    certificate,
    loopback,
    run_http,
    serving,
)

SECRET = 'Bearer canary-"7f3a"-é'
BILLING = {"secretId": "billing"}


class Kept:
    """Secrets by project and id."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.asked: list[tuple[str, str]] = []

    def read(self, project_id: str, secret_id: str) -> str | None:
        self.asked.append((project_id, secret_id))
        return self.texts.get(secret_id)


def tasks(secrets: Any = None, **options: Any) -> HttpTasks:
    kept = secrets or Kept(billing=SECRET)
    return HttpTasks(
        FakeClock(), is_loopback_allowed=True, resolve=loopback, secrets=kept, **options
    )


def test_a_credential_is_sent_in_its_header(serve: Serve) -> None:
    kept = Kept(billing=f"{SECRET}\n")
    server = serve(lambda seen: Reply())
    given: dict[str, Any] = {
        "headers": {"authorization": "own", "X-A": "b"},
        "credentials": BILLING,
    }
    result_of(run_http(server.url(), tasks=tasks(kept), **given))
    assert server.seen[0].headers["authorization"].encode("latin-1").decode() == SECRET
    assert server.seen[0].headers["x-a"] == "b"
    assert kept.asked == [("shop", "billing")]
    named: dict[str, Any] = {"credentials": {**BILLING, "header": "X-Api-Key"}}
    result_of(run_http(server.url(), tasks=tasks(Kept(billing="k1")), **named))
    assert server.seen[1].headers["x-api-key"] == "k1"
    assert "authorization" not in server.seen[1].headers


def test_what_a_server_sends_back_of_a_credential_is_blotted_out(serve: Serve) -> None:
    def echo(seen: Seen) -> Reply:
        got = seen.headers["authorization"].encode("latin-1").decode()
        status = 200 if seen.target == "/" else 400
        body = json.dumps({"got": got, "bare": got.split()[1]}).encode()
        return Reply(status, (("content-type", "application/json"), ("x-got", "canary")), body)

    server = serve(echo)
    for target in ("/", "/wrong"):
        outcome = run_http(server.url(target), tasks=tasks(), credentials=BILLING)
        assert isinstance(outcome, Completed | Failed)
        assert "7f3a" not in repr(outcome)
        assert "[credential]" in repr(outcome)


def test_a_credential_does_not_follow_to_another_place(serve: Serve) -> None:
    there = serve(lambda seen: Reply())
    here = serve(lambda seen: Reply(302, (("Location", there.url("/", host="other.example")),)))
    result_of(run_http(here.url(), tasks=tasks(), credentials=BILLING))
    assert "authorization" in here.seen[0].headers
    assert "authorization" not in there.seen[0].headers


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (Kept(), "Http.CredentialsNotFound"),
        (Kept(billing=" \n"), "Http.InvalidRequest"),
        (Kept(billing="canary\r\nX-Evil: 1"), "Http.InvalidRequest"),
    ],
)
def test_a_secret_that_cannot_be_sent_is_named_and_not_shown(kept: Kept, code: str) -> None:
    outcome = run_http("https://api.example/", tasks=tasks(kept), credentials=BILLING)
    error = error_of(outcome)
    assert (error.code, error.retryable) == (code, False)
    assert "billing" in error.message
    assert "canary" not in repr(error)


def test_a_secret_that_cannot_be_read_now_is_tried_again(serve: Serve) -> None:
    class Away:
        def read(self, project_id: str, secret_id: str) -> str | None:
            raise Unavailable("throttled")

    server = serve(lambda seen: Reply())
    with pytest.raises(Unavailable):
        run_http(server.url(), tasks=tasks(Away()), credentials=BILLING)
    assert server.seen == []


@pytest.mark.parametrize(
    "more", [{}, {"credentials": BILLING}, {"credentials": BILLING, "insecure": True}]
)
def test_http_that_anybody_can_read_is_refused(more: dict[str, Any]) -> None:
    public = tasks(Kept(billing=SECRET))
    public._resolve = lambda host, port: ["192.0.2.255" if host == "x" else "8.8.8.8"]
    error = error_of(run_http("http://api.example/a?key=b", tasks=public, **more))
    assert (error.code, error.retryable) == ("Http.InsecureUrl", False)
    assert "http://api.example/a " in error.message
    assert "7f3a" not in repr(error)


def test_a_redirect_to_http_that_anybody_can_read_is_refused(serve: Serve) -> None:
    def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8"] if host == "public.example" else ["127.0.0.1"]

    server = serve(lambda seen: Reply(302, (("Location", "http://public.example/"),)))
    public = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=resolve)
    assert error_of(run_http(server.url(), tasks=public)).code == "Http.InsecureUrl"


def test_a_credential_goes_over_tls(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path, "api.example")
    with serving(lambda seen: Reply(), server_tls) as server:
        url = server.url("/", host="api.example")
        result_of(run_http(url, tasks=tasks(tls=client_tls), credentials=BILLING))
        assert "authorization" in server.seen[0].headers


PASSWORD = "pa/ss-canary"
BASIC = "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()
UTF_16 = "text/plain; charset=utf-16-le"


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: ("text/plain", text.encode("latin-1")),
        lambda text: (UTF_16, text.encode("utf-16-le")),
        lambda text: (UTF_16, (text * 1_000).encode("utf-16-le")),
        lambda text: ("x/y", b"\xff" + text.encode()),
        lambda text: ("text/html", escape(text).encode()),
        lambda text: ("text/plain", quote(text, safe="").lower().encode()),
        lambda text: ("text/plain", text.upper().encode()),
        lambda text: ("application/json", json.dumps({text: [text]}).replace("/", "\\/").encode()),
        lambda text: (
            "application/json",
            ('"' + "".join(f"\\u{ord(letter):04x}" for letter in text) + '"').encode(),
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_credential_is_blotted_out_however_it_is_spelled(
    serve: Serve, spell: Callable[[str], tuple[str, bytes]], status: int
) -> None:
    for secret, part in ((SECRET, SECRET.split()[1]), (BASIC, PASSWORD)):
        kind, body = spell(f"got {part} of")
        server = serve(lambda seen: Reply(status, (("content-type", kind),), body))  # noqa: B023
        outcome = run_http(server.url(), tasks=tasks(Kept(billing=secret)), credentials=BILLING)
        shown = repr(outcome)
        if isinstance(outcome, Completed) and outcome.result.get("isBase64Encoded"):
            shown = base64.b64decode(outcome.result["body"]).decode("latin-1")
        assert "canary" not in shown.replace("\0", "").lower()


@pytest.mark.parametrize(
    "raw",
    [
        "{secret}\r\n\r\n",
        "HTTP/{bare} 200 OK\r\n\r\n",
        "HTTP/1.1 {bare} OK\r\n\r\n",
        "HTTP/1.1 302 OK\r\nlocation: http://public.example/{bare}\r\n\r\n",
        "HTTP/1.1 302 OK\r\nlocation: http://{bare}.private.example/\r\n\r\n",
        "HTTP/1.1 302 OK\r\nlocation: http://{bare}.nowhere.example/\r\n\r\n",
        "HTTP/1.1 302 OK\r\nlocation: https://public.example:{bare}/\r\n\r\n",
        "HTTP/1.1 302 OK\r\nlocation: https://[{bare}]/\r\n\r\n",
        "HTTP/1.1 302 OK\r\nlocation: https://{bare}\u2100.example/\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{bare}\r\n",
        "HTTP/1.1 400 OK\r\nx: {secret}\r\n\r\n{bare}",
    ],
)
def test_no_error_quotes_a_credential_that_a_server_sent_back(serve: Serve, raw: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        if "nowhere" in host:
            raise OSError(f"{host} is unknown")
        return {"p": ["8.8.8.8"], "1": ["127.0.0.1"]}.get(host[0], ["10.0.0.1"])

    secret = "Bearer Canary7f3a"
    said = raw.format(secret=secret, bare=secret.split()[1]).encode()
    server = serve(lambda seen: said)
    there = HttpTasks(
        FakeClock(), is_loopback_allowed=True, resolve=resolve, secrets=Kept(billing=secret)
    )
    error = error_of(run_http(server.url(), tasks=there, credentials=BILLING))
    assert "7f3a" not in repr(error)


def test_a_task_token_goes_over_tls_too() -> None:
    public = HttpTasks(FakeClock(), resolve=lambda host, port: ["8.8.8.8"])
    outcome = run_http("http://api.example/", tasks=public, insecure=True, callback=True)
    assert error_of(outcome).code == "Http.InsecureUrl"
