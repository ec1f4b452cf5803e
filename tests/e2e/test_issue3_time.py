"""Goal: what time does to nodes holds over HTTP; time is skipped."""

from collections.abc import Iterator

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, edge, outside

DAY = 86_400


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService(skip_time=True) as service:
        yield Caller(service)


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_timer_takes_a_token_out_of_a_node_that_lasts(caller: Caller, interrupting: bool) -> None:
    document = sequence("start > a > end", "a >!timer> b > end", nodes={"a": outside()})
    edge(document, "a", "b", afterSeconds=DAY, interrupting=interrupting)
    execution_id = caller.start(document)
    seen = caller.look(execution_id)
    assert seen["nodeExecutions"]["b"]["status"] == "succeeded"
    if interrupting:
        assert seen["status"] == "succeeded"
        assert seen["nodeExecutions"]["a"]["status"] == "cancelled"
    else:
        assert seen["status"] == "waiting"
        caller.done(*caller.poll(1))
        assert caller.look(execution_id)["status"] == "succeeded"


def test_of_several_timers_the_first_decides_a_wait(caller: Caller) -> None:
    document = sequence("start > wait >!timer> a > end", "wait >!timer> b > end")
    edge(document, "wait", "a", afterSeconds=2 * DAY)
    edge(document, "wait", "b", afterSeconds=DAY)
    ended = caller.run(document)
    assert ended["status"] == "succeeded"
    assert "a" not in ended["nodeExecutions"]


def test_a_boundary_of_a_fork_gives_up_its_items(caller: Caller) -> None:
    document = sequence(
        "start > fork > timer > join > end",
        "fork >!timer> b > end",
        nodes={
            "fork": {"parameters": {"forEach": "[1, 2, 3]", "joinNodeId": "join"}},
            "timer": {"parameters": {"durationSeconds": "${item * 86400}"}},
        },
    )
    ended = caller.run(edge(document, "fork", "b", afterSeconds=2.5 * DAY))
    assert ended["status"] == "succeeded"
    statuses = [run["status"] for run in caller.runs(ended["id"], "timer")]
    assert statuses == ["succeeded", "succeeded", "cancelled"]
    assert "join" not in ended["nodeExecutions"]


def test_waiting_for_another_node_is_no_attempt_that_could_be_late(caller: Caller) -> None:
    document = sequence(
        "start > fork > timer > end",
        "fork > a > end2",
        nodes={
            "timer": {"parameters": {"durationSeconds": DAY}},
            "a": {"dependencies": [{"nodeId": "timer"}], "timeoutSeconds": 5},
        },
    )
    ended = caller.run(document)
    assert ended["status"] == "succeeded"
    assert ended["nodeExecutions"]["a"]["attempts"] == 1


def test_a_wait_that_lasts_too_long_times_out(caller: Caller) -> None:
    document = sequence(
        "start > wait > end",
        "wait >!error> b > end",
        nodes={"wait": {"parameters": {"until": "false"}, "timeoutSeconds": DAY}},
    )
    ended = caller.run(document)
    assert ended["nodeExecutions"]["wait"]["status"] == "timed_out"
    assert ended["nodeExecutions"]["b"]["status"] == "succeeded"
