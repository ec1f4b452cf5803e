"""A task token is where it was handed out, and nowhere else: in nothing that is stored, listed,
told, measured or logged, whatever is done with it.

Goal: invariant S16 for what the service itself signs. How: an attempt is polled for, its token used
well and badly; then all that is stored, all steps, all that lists and histories show, all events,
metrics and log lines are searched for the beginning that every token has.
"""

import logging
import pickle
from typing import Any

import pytest

from functions import metrics
from functions.notifier.handler import handler as notifier
from functions.reconciler.handler import handler as reconciler
from seriatim.adapters.task_tokens import VERSION
from tests.hostile.stage import STORES, Stage, state_of
from tests.hostile.test_secrets_canary import recorded
from tests.unit.functions.test_notifier import records as stream_records
from tests.unit.functions.test_reconciler import Context

MARK = f"{VERSION}.k1."


def test_a_task_token_is_in_nothing_that_is_kept_shown_or_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    stage, lines = Stage(), list[str]()
    monkeypatch.setattr(metrics, "_print", lines.append)
    service = stage.service
    given = recorded(service)
    token = stage.ids["TOKEN"]
    assert token.startswith(MARK)
    path = f"/projects/p/executions/{stage.ids['EXECUTION']}"
    shown: list[str] = []

    def say(verb: str, expected: int, **body: Any) -> None:
        answer = service.post(f"/task-tokens/{verb}", {"taskToken": token, **body})
        assert answer.status == expected, answer.text
        shown.append(answer.text)

    say("heartbeat", 200)
    say("heartbeat", 400, unknown=1)
    say("success", 400)
    say("failure", 400, error={"code": ""})
    answer = service.post("/task-tokens/success", {"taskToken": f"{token}x", "output": 1})
    assert answer.status == 400
    shown.append(answer.text)
    assert service.call("GET", f"/task-tokens/{token}").status == 404
    say("success", 200, output={"done": True})
    say("success", 409, output={"done": True})
    say("failure", 409, error={"code": "C", "message": "m"})
    service.run()
    shown += [service.get(path + part).text for part in ("/history", "/waiting", "/graph")]
    shown += [service.get(f"/projects/p/{kind}").text for kind in ("executions", "sequences")]
    world: Any = service.world
    for key in world.log.keys():  # noqa: SIM118
        notifier({"Records": stream_records(world, key)}, None)
    shown.append(repr(reconciler({}, Context())))
    assert any("ExecutionsStarted" in line for line in lines)
    shown += [repr(world.log.read(key)) for key in world.log.keys()]  # noqa: SIM118
    everything = repr(given) + caplog.text + "".join(shown + lines)
    assert '"done"' in everything
    assert MARK not in everything
    assert MARK.encode() not in pickle.dumps([state_of(getattr(world, name)) for name in STORES])
