"""The whole service in one process: the deployed handlers, embedded AWS, real threads."""

import http.client
import json
import time
from typing import Any

import pytest

from seriatim.domain.values import Status
from seriatim.local import service as service_module
from seriatim.local.parts import ServiceError
from seriatim.local.publishing import PROJECT, publish
from seriatim.local.service import LocalService
from tests.integration.local import documents as d
from tests.integration.local import tasks_of_tests
from tests.integration.local.documents import publish_all, run

DAY_SECONDS = 86_400
TASKS_MODULE = tasks_of_tests.__name__


def call(service: LocalService, method: str, path: str) -> Any:
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=10)
    connection.request(method, path)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def test_execution_runs_over_http_and_the_next_service_begins_anew() -> None:
    for _ in range(2):
        with LocalService() as service:
            publish_all(service.wiring, d.chain("c", d.task("echo", x=1)))
            assert call(service, "GET", "/health")["status"] == "ok"
            assert call(service, "GET", "/projects/default/executions")["items"] == []
            started = call(service, "POST", "/projects/default/sequences/c/executions")
            service.wait_idle()
            ended = call(service, "GET", f"/projects/default/executions/{started['id']}")
            assert ended["status"] == "succeeded"


def test_months_of_waiting_are_skipped() -> None:
    nodes = [d.timer("month", 30 * DAY_SECONDS), d.task("sleep", seconds=3_600), d.timer("w", 5)]
    with LocalService(skip_time=True) as service:
        publish_all(service.wiring, d.chain("c", *nodes))
        began = time.monotonic()
        state = run(service, "c")
        assert time.monotonic() - began < 20
    assert state.status is Status.SUCCEEDED
    assert state.ended_at is not None
    waited = (state.ended_at - state.started_at) / 1000
    assert 30 * DAY_SECONDS + 3_605 <= waited < 30 * DAY_SECONDS + 3_700


def test_many_sleepers_wake_together_in_skipped_time() -> None:
    sleepers = [d.task(f"sleep-{n}", seconds=600) for n in range(30)]
    with LocalService(skip_time=True, invokers=4) as service:
        publish_all(service.wiring, d.fork("f", *sleepers))
        state = run(service, "f")
    assert state.status is Status.SUCCEEDED
    assert state.ended_at is not None


def test_time_is_not_skipped_while_a_task_works() -> None:
    tasks_of_tests.began.clear()
    tasks_of_tests.may_end.clear()
    tasks = [d.task_definition("busy", "local.busy", timeoutSeconds=60)]
    with LocalService(tasks=[TASKS_MODULE], skip_time=True) as service:
        publish_all(
            service.wiring, d.fork("f", d.task("busy"), d.timer("hour", 3_600)), tasks=tasks
        )
        state = service.wiring.executions.start(PROJECT, "f", variables={})
        assert tasks_of_tests.began.wait(10)
        before = service.clock.now()
        assert not service.is_idle()
        assert service.clock.now() - before < 60_000
        tasks_of_tests.may_end.set()
        service.wait_idle()
        state = service.wiring.executions.load(state.key)
    assert state.status is Status.SUCCEEDED, "its time-out did not fire"


@pytest.mark.parametrize("timeout_seconds", [0, 7_200])
def test_users_function_that_sleeps_on_the_clock_is_skipped_too(timeout_seconds: int) -> None:
    tasks = [d.task_definition("nap", "local.nap", timeoutSeconds=timeout_seconds)]
    with LocalService(tasks=[TASKS_MODULE], skip_time=True) as service:
        publish_all(service.wiring, d.chain("c", d.task("nap", seconds=3_600)), tasks=tasks)
        state = run(service, "c")
    assert state.status is Status.SUCCEEDED


def test_retries_wait_on_the_services_clock() -> None:
    node = d.task("fail", times=2, code="Oops")
    node["retryPolicy"] = {"maxRetries": 3, "retryIntervalSeconds": 3_600}
    with LocalService(skip_time=True) as service:
        publish_all(service.wiring, d.chain("c", node))
        state = run(service, "c")
    assert state.status is Status.SUCCEEDED
    assert state.ended_at is not None
    assert state.ended_at - state.started_at > 3 * 3_600_000 * 0.5


def test_scaled_time_goes_by_faster() -> None:
    with LocalService(time_scale=1_000) as service:
        publish_all(service.wiring, d.chain("c", d.timer("w", 100)))
        state = service.wiring.executions.start(PROJECT, "c", variables={})
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            service.clock.sleep(5_000)
            state = service.wiring.executions.load(state.key)
            if state.status.is_terminal:
                break
    assert state.status is Status.SUCCEEDED
    assert state.ended_at is not None
    assert state.ended_at - state.started_at >= 100_000


def test_wide_fork_is_quick_and_every_branch_is_joined() -> None:
    branches = [d.task(f"echo-{n}", n=n) for n in range(300)]
    with LocalService() as service:
        publish_all(service.wiring, d.fork("f", *branches))
        began = time.monotonic()
        state = run(service, "f")
        assert time.monotonic() - began < 20, "it takes about a second"
    assert state.status is Status.SUCCEEDED
    assert state.node_runs == 304


def test_waiting_for_idleness_gives_up_in_time() -> None:
    with LocalService() as service:
        publish_all(service.wiring, d.chain("c", d.task("sleep", seconds=1)))
        service.wiring.executions.start(PROJECT, "c", variables={})
        with pytest.raises(TimeoutError, match=r"still at work after 0\.05 seconds"):
            service.wait_idle(0.05)
        service.wait_idle()


def test_stop_does_not_wait_for_ever_for_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "STOP_SECONDS", 0.1)
    service = LocalService()
    service.start()
    publish_all(service.wiring, d.chain("c", d.task("sleep", seconds=2)))
    service.wiring.executions.start(PROJECT, "c", variables={})
    with pytest.raises(TimeoutError):
        service.wait_idle(0.3)
    assert not service.stop()


def test_loading_again_updates_what_was_loaded() -> None:
    inner = d.chain("inner", d.task("echo"))
    call = {"id": "call", "type": "subprocess", "parameters": {"sequenceId": "inner"}}
    outer = d.chain("outer", call)
    nameless = d.chain("by name", d.task("echo"))
    del nameless["id"]
    with LocalService() as service:
        first = publish(service.wiring, [d.bundle(outer, inner, nameless)])
        again = publish(service.wiring, [d.bundle(outer, inner, nameless)])
        assert first.task_definition_ids == ("echo", "sleep", "fail")
        assert [one.status for one in first.sequences] == ["active"] * 3
        assert [one.revision for one in again.sequences] == [1, 1, 1]
        assert [one.id for one in again.sequences] == [one.id for one in first.sequences]
        assert [one.id for one in first.sequences[:2]] == ["outer", "inner"]
        changed = d.chain("inner", d.task("echo"), d.timer("w", 1))
        (updated,) = publish(service.wiring, [d.bundle(changed)]).sequences
        assert (updated.id, updated.revision) == ("inner", 2)
        assert run(service, "outer").status is not Status.FAILED


def test_arguments_that_do_not_go_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ServiceError, match="not both"):
        LocalService(skip_time=True, time_scale=2)
    with pytest.raises(ServiceError, match="time scale is"):
        LocalService(time_scale=0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ServiceError, match="without AWS_ENDPOINT_URL"):
        LocalService(skip_time=True)


def test_an_emulator_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:5000")
    with pytest.raises(ServiceError, match="must be an address such as"):
        LocalService().start()


def test_emulator_that_is_not_there_is_said_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ServiceError, match=r"emulator at http://127\.0\.0\.1:1 .* cannot be used"):
        LocalService().start()
