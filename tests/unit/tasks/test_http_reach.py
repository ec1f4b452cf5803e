"""Where an `http` task may go: addresses, redirects, certificates."""

from pathlib import Path

import pytest

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

JSON = (("content-type", "application/json"),)


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
    error = error_of(run_http(url, tasks=HttpTasks(FakeClock())))
    assert (error.code, error.retryable) == ("Http.AddressNotAllowed", False)
    assert "public addresses only" in error.message


def test_one_private_address_among_public_ones_is_refused() -> None:
    tasks = HttpTasks(FakeClock(), resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"])
    assert error_of(run_http("https://api.example/", tasks=tasks)).code == "Http.AddressNotAllowed"


def test_name_is_looked_up_once_and_what_was_checked_is_connected_to(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=lambda h, p: next(answers))
    outcome = run_http(server.url("/", host="rebinding.example"), tasks=tasks)
    assert result_of(outcome)["statusCode"] == 200
    assert server.seen[0].headers["host"] == f"rebinding.example:{server.port}"
    assert next(answers) == ["169.254.169.254"]


def test_address_that_does_not_answer_is_passed_over(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    tasks = HttpTasks(
        FakeClock(), is_loopback_allowed=True, resolve=lambda h, p: ["::1", "127.0.0.1"]
    )
    assert (
        result_of(run_http(server.url("/", host="two.example"), tasks=tasks))["statusCode"] == 200
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_a_get_is_followed(serve: Serve, status: int) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.target == "/":
            return Reply(status, (("Location", "/there?x=1"),))
        return Reply(200, JSON, b'"arrived"')

    server = serve(answer)
    assert result_of(run_http(server.url(), headers={"X-Key": "k"}))["body"] == "arrived"
    assert [seen.target for seen in server.seen] == ["/", "/there?x=1"]
    assert server.seen[1].headers["x-key"] == "k"


def test_redirect_elsewhere_takes_no_credentials_along(serve: Serve) -> None:
    there = serve(lambda seen: Reply(200))
    here = serve(lambda seen: Reply(302, (("Location", there.url("/", host="other.example")),)))
    run_http(here.url(), headers={"Authorization": "secret", "X-Key": "secret"}, callback=True)
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
    error = error_of(run_http(server.url(), tasks=tasks))
    assert (error.code, error.retryable) == (code, False)
    assert len(server.seen) == 1


def test_redirects_that_do_not_end_are_given_up(serve: Serve) -> None:
    server = serve(lambda seen: Reply(302, (("Location", "/again"),)))
    error = error_of(run_http(server.url()))
    assert (error.code, error.retryable) == ("Http.RedirectRefused", False)
    assert len(server.seen) == 6


def test_redirect_of_a_post_is_not_followed(serve: Serve) -> None:
    server = serve(lambda seen: Reply(307, (("Location", "/there"),)))
    error = error_of(run_http(server.url(), method="POST", body="x"))
    assert (error.code, error.retryable) == ("Http.307", False)
    assert len(server.seen) == 1


def test_host_in_any_script_is_looked_up_by_its_ascii_name(serve: Serve) -> None:
    server = serve(lambda seen: Reply())
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=resolve)
    run_http(server.url("/", host="bücher.example"), tasks=tasks)
    assert asked == ["xn--bcher-kva.example"]
    assert server.seen[0].headers["host"].startswith("xn--bcher-kva.example:")


# -- TLS -------------------------------------------------------------------------------------------


def test_certificate_is_checked_for_the_name_not_the_address(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path, "api.example")
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=loopback, tls=client_tls)
    with serving(lambda seen: Reply(), server_tls) as server:
        outcome = run_http(server.url("/", host="api.example"), tasks=tasks)
        assert result_of(outcome)["statusCode"] == 200
        assert result_of(run_http(server.url("/", host="api.example."), tasks=tasks))
        error = error_of(run_http(server.url("/", host="other.example"), tasks=tasks))
    assert (error.code, error.retryable) == ("Http.ConnectionError", True)
    assert "certificate" in error.message.lower()


def test_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server_tls, _ = certificate(tmp_path, "api.example")
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=loopback)
    with serving(lambda seen: Reply(), server_tls) as server:
        error = error_of(run_http(server.url("/", host="api.example"), tasks=tasks))
    assert error.code == "Http.ConnectionError"


def test_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path, "api.example")
    tasks = HttpTasks(FakeClock(), is_loopback_allowed=True, resolve=loopback, tls=client_tls)
    plain = (("Location", "http://api.example/"),)
    with serving(lambda seen: Reply(302, plain), server_tls) as server:
        error = error_of(run_http(server.url("/", host="api.example"), tasks=tasks))
    assert error.code == "Http.RedirectRefused"
