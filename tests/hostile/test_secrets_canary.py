"""A marker in a secret turns up nowhere: not in what is stored or sent on, nor in what is logged.

Goal: invariant S16. How: an execution whose ``http`` tasks use the secret, against a server that
sends it back with success, with an error and by breaking off; then everything that the fakes of the
ports have ever been given is searched, with all log lines and all that the API shows.
"""

import json
import logging
import pickle
from typing import Any

import pytest

from seriatim.ports.tasks import TaskOutcome, TaskRequest
from seriatim.tasks.http import HttpTasks
from seriatim.tasks.places import filled
from tests.hostile.stage import STORES, state_of
from tests.unit.api.caller import JsonObject, Service
from tests.unit.api.test_executions import linear
from tests.unit.tasks.http_servers import Reply, Seen, loopback, serving

CANARY = "canary-8c1f"
SECRET = f"Bearer {CANARY}"
PARTS = ("", "/history", "/nodes")
DAY_MS = 24 * 60 * 60 * 1_000
GIVEN_ON = ("activities", "event_bus", "queue", "start_queue", "summaries", "timers")


class Kept:
    """One secret of every project."""

    def read(self, project_id: str, secret_id: str) -> str | None:
        return SECRET if secret_id == "billing" else None


def echo(seen: Seen) -> Reply | bytes:
    """Sends back what it was sent, in every way."""
    got = seen.headers["authorization"]
    if seen.target == "/broken":
        return f"{got}\r\n\r\n".encode()
    if seen.target == "/elsewhere":
        return f"HTTP/1.1 302 Found\r\nlocation: https://x:{got}/\r\n\r\n".encode()
    status = 200 if seen.target.startswith("/good") else 500 if "again" in seen.target else 400
    body = json.dumps({"got": got, "key": got.split()[1]}).encode()
    headers = (("content-type", "application/json"), ("x-got", got), ("set-cookie", got))
    return Reply(status, headers, body)


def definition(url: str) -> JsonObject:
    credentials = {"secretId": "billing"}
    http = {"method": "POST", "url": url, "credentials": credentials, "body": "${inputs}"}
    retry = {"maxRetries": 1, "retryIntervalSeconds": 1}
    if url.endswith("/elsewhere"):
        http = {"method": "GET", "url": url, "credentials": credentials}
    return {"integration": "http", "http": http, "retryPolicy": retry}


def recorded(service: Service) -> list[Any]:
    """All that the ports are given from now on."""
    seen: list[Any] = []
    for name in GIVEN_ON:
        port = getattr(service.world, name, None)
        for method in dir(port):
            if not method.startswith("_") and callable(getattr(port, method)):
                setattr(port, method, _noted(getattr(port, method), seen))
    return seen


def _noted(call: Any, seen: list[Any]) -> Any:
    def noted(*args: Any, **kwargs: Any) -> Any:
        seen.append((repr(args), repr(kwargs)))
        return call(*args, **kwargs)

    return noted


def test_a_secret_is_in_nothing_that_is_kept_sent_on_or_logged(
    caplog: pytest.LogCaptureFixture, service: Service
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = recorded(service)
    http = HttpTasks(
        service.world.clock, is_loopback_allowed=True, resolve=loopback, secrets=Kept()
    )

    def run(request: TaskRequest) -> TaskOutcome:
        return http.run(request, filled(request.definition["http"], {"inputs": request.inputs}))

    nodes = [
        {"id": name, "type": "task", "taskDefinitionId": name, "parameters": {"a": 1}}
        for name in ("good", "again", "wrong", "broken", "elsewhere")
    ]
    assert service.put("/projects/p/settings", {"archive": True}).status == 200
    shown, paths = [], []
    with serving(echo) as server:
        for node in nodes:
            name = str(node["id"])
            service.world.tasks.scripts[name] = run
            answer = service.put(
                f"/projects/p/task-definitions/{name}", definition(server.url(f"/{name}"))
            )
            assert answer.status == 200, answer.text
            shown.append(answer.text)
            execution_id = service.start(service.activate(linear(node, retentionDays=1)))
            service.run()
            path = f"/projects/p/executions/{execution_id}"
            paths.append(path)
            shown += [service.get(path + part).text for part in PARTS]
        assert len(server.seen) == 7
        assert all(CANARY in one.headers["authorization"] for one in server.seen)
    stored = pickle.dumps([state_of(getattr(service.world, name)) for name in STORES])
    steps = [
        repr(service.world.log.read(key))
        for key in service.world.log.keys()  # noqa: SIM118
    ]
    service.world.clock.advance(DAY_MS)
    service.world.reconcile()
    service.run()
    archived = [service.get(path + part) for path in paths for part in PARTS]
    assert all(answer.json["archived"] for answer in archived)
    shown += [answer.text for answer in archived]
    everything = repr(seen) + caplog.text + "".join(shown) + "".join(steps)
    assert len(seen) > 20
    assert "[credential]" in everything
    assert CANARY not in everything
    assert CANARY.encode() not in stored
