"""A call that is repeated with its ``Idempotency-Key`` gets the first answer, whatever has become
of the execution since.
"""

from typing import Any

import pytest

from seriatim.domain import snapshot
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.log import Snapshot
from seriatim.ports.tasks import Failed
from tests.unit.api.caller import Service
from tests.unit.api.test_executions import EXECUTIONS, WAITING, linear

TIMER = linear(
    {"id": "nap", "type": "timer", "parameters": {"durationSeconds": 60}},
    {"id": "ask", "type": "signal", "parameters": {"signalName": "answer"}},
    variables=[{"name": "amount", "type": "number"}],
)
WORK = linear({"id": "work", "type": "task", "taskDefinitionId": "echo"})


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("POST", "pause", {"reason": "why"}),
        ("POST", "cancel", {}),
        ("POST", "signals/answer", {"payload": 1}),
        ("POST", "nodes/nap/skip", {}),
        ("POST", "nodes/nap/complete", {"outputs": {"a": 1}}),
        ("POST", "nodes/nap/fail", {"error": {"code": "Late", "message": "too late"}}),
        ("POST", "nodes/nap/run-now", {}),
        ("PATCH", "variables", {"amount": 1}),
    ],
)
def test_a_repeated_call_gets_the_first_answer_whatever_has_happened_since(
    service: Service, method: str, verb: str, body: Any
) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(TIMER))}"
    keyed = {"idempotency-key": "k"}
    first = service.call(method, f"{path}/{verb}", body, headers=keyed)
    assert first.status in {200, 202}
    service.patch(f"{path}/variables", {"amount": 2})
    service.post(f"{path}/resume")
    service.post(f"{path}/nodes/nap/run-now")
    service.post(f"{path}/cancel")
    now = service.get(path).json
    again = service.call(method, f"{path}/{verb}", body, headers=keyed)
    assert (again.status, again.json) == (first.status, first.json)
    assert service.get(path).json == now


def test_a_repeated_call_may_write_its_numbers_otherwise(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}/variables"
    keyed = {"idempotency-key": "k"}
    assert service.call("PATCH", path, '{"amount": 100}', headers=keyed).status == 200
    assert service.call("PATCH", path, '{"amount": 1e2}', headers=keyed).status == 200
    other = service.call("PATCH", path, '{"amount": 1}', headers=keyed)
    assert (other.status, other.json["code"]) == (409, "IdempotencyKeyReused")


def test_a_key_that_was_used_again_after_it_was_forgotten_gets_the_later_answer(
    service: Service,
) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}/variables"
    service.patch(path, {"amount": 1}, idempotency_key="k")
    for number in range(100):
        service.patch(path, {"amount": 2}, idempotency_key=f"other-{number}")
    later = service.patch(path, {"amount": 3}, idempotency_key="k")
    assert later.json["variables"]["amount"] == 3
    service.patch(path, {"amount": 4})
    assert service.patch(path, {"amount": 3}, idempotency_key="k").json == later.json


@pytest.mark.parametrize("version", ["this", "another"])
@pytest.mark.parametrize("is_before", [True, False])
def test_the_first_answer_is_found_before_and_after_a_snapshot(
    service: Service, is_before: bool, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution_id = service.start(service.activate(WAITING))
    path = f"{EXECUTIONS}/{execution_id}/variables"

    def save_snapshot() -> None:
        key = ExecutionKey("p", execution_id)
        state = service.world.state(key)
        service.world.log.write_snapshot(key, Snapshot(state.steps, snapshot.encode(state)))

    service.patch(path, {"amount": 1})
    if is_before:
        save_snapshot()
    first = service.patch(path, {"amount": 2}, idempotency_key="k")
    if not is_before:
        save_snapshot()
    service.patch(path, {"amount": 3})
    if version == "another":
        monkeypatch.setattr(snapshot, "FORM", "of another version")
    assert service.patch(path, {"amount": 2}, idempotency_key="k").json == first.json


def test_a_redrive_to_a_revision_is_known_again_after_another_to_a_newer_one(
    service: Service,
) -> None:
    service.world.tasks.scripts["work"] = lambda _: Failed(Error("Broken", "it broke"))
    sequence_id = service.activate(WORK)
    path = f"{EXECUTIONS}/{service.start(sequence_id)}"
    service.run()
    first = {}
    for revision in (2, 3):
        service.patch(f"/projects/p/sequences/{sequence_id}", {"description": f"{revision}"})
        answer = service.post(
            f"{path}/redrive", {"revision": revision}, idempotency_key=f"to-{revision}"
        )
        assert answer.status == 200, answer.text
        first[revision] = answer.json
        service.run()
    again = service.post(f"{path}/redrive", {"revision": 2}, idempotency_key="to-2")
    assert (again.status, again.json) == (200, first[2])
    assert service.get(path).json["revision"] == 3


def test_an_order_for_a_node_is_known_again_on_a_revision_without_it(service: Service) -> None:
    sequence_id = service.activate(TIMER)
    path = f"{EXECUTIONS}/{service.start(sequence_id)}"
    first = service.post(f"{path}/nodes/nap/run-now", {}, idempotency_key="k")
    changed = {name: WAITING[name] for name in ("nodes", "transitions")}
    assert service.patch(f"/projects/p/sequences/{sequence_id}", changed).status == 200
    moved = {"toRevision": 2, "dryRun": False}
    answer = service.post(f"/projects/p/sequences/{sequence_id}/executions/move", moved)
    assert answer.status == 200, answer.text
    assert service.get(path).json["revision"] == 2
    again = service.post(f"{path}/nodes/nap/run-now", {}, idempotency_key="k")
    assert (again.status, again.json) == (200, first.json)
