"""Goal: a signal that one execution sends to another is taken in once, or the node that sends it
fails and says why, whatever dies meanwhile.
"""

from typing import Any

import pytest

from seriatim.domain.limits import SIGNALS_KEPT_MAX
from seriatim.domain.values import Error, ExecutionKey
from tests.builders import sequence
from tests.world import World

SENDING = sequence(
    "start > send > end",
    nodes={
        "send": {
            "type": "signal",
            "parameters": {
                "mode": "send",
                "signalName": "go",
                "targetExecutionId": "${target}",
                "payload": {"n": 1},
            },
        }
    },
    variables=[{"name": "target"}],
)
WAITING = sequence(
    "start > answer > end", nodes={"answer": {"type": "signal", "parameters": {"signalName": "go"}}}
)
IDLE = sequence("start > wait > end", nodes={"wait": {"parameters": {"callback": True}}})


def started(world: World, document: dict[str, Any], sequence_id: str = "other") -> ExecutionKey:
    world.publish(document, sequence_id)
    key = world.start(sequence_id)
    world.run(until_ms=world.clock.now())
    return key


def sent(world: World, target: str) -> ExecutionKey:
    world.publish(SENDING)
    key = world.start(variables={"target": target})
    world.run()
    return key


def outputs_of(world: World, key: ExecutionKey, node_id: str) -> dict[str, Any]:
    run = world.state(key).latest_run(node_id)
    assert run is not None
    return run.outputs


def error_of(world: World, key: ExecutionKey) -> Error:
    run = world.state(key).latest_run("send")
    assert run is not None
    assert run.error is not None
    assert run.error.code == "Seriatim.SignalNotDelivered"
    return run.error


def test_a_signal_reaches_who_waits_for_it() -> None:
    world = World()
    other = started(world, WAITING)
    key = sent(world, other.execution_id)
    assert world.state(key).status == "succeeded"
    assert world.state(other).status == "succeeded"
    assert outputs_of(world, other, "answer") == {"n": 1}


def test_a_signal_to_oneself_is_kept() -> None:
    world = World()
    nodes = SENDING["nodes"][1] | {
        "parameters": SENDING["nodes"][1]["parameters"] | {"targetExecutionId": "${execution.id}"}
    }
    wait = {"type": "signal", "parameters": {"signalName": "go"}}
    world.publish(sequence("start > send > answer > end", nodes={"send": nodes, "answer": wait}))
    key = world.start()
    world.run()
    assert outputs_of(world, key, "answer") == {"n": 1}


@pytest.mark.parametrize("target", ["nobody", "exec-9/../x", "a#b"])
def test_one_to_nobody_fails_its_node(target: str) -> None:
    world = World()
    error = error_of(world, sent(world, target))
    assert error.details == {
        "targetExecutionId": target,
        "signalName": "go",
        "code": "ExecutionNotFound",
    }
    assert "there is no execution" in error.message


def test_one_to_an_execution_that_has_ended_fails_its_node() -> None:
    world = World()
    other = started(world, sequence("start > end"))
    error = error_of(world, sent(world, other.execution_id))
    assert error.details["code"] == "ExecutionOver"
    assert "the execution is succeeded" in error.message
    assert not error.retryable


def test_one_to_an_execution_that_keeps_too_many_may_be_tried_again() -> None:
    world = World()
    other = started(world, IDLE)
    for _ in range(SIGNALS_KEPT_MAX):
        world.wired.executions.signal(other, "else")
    error = error_of(world, sent(world, other.execution_id))
    assert error.details["code"] == "TooManySignals"
    assert error.retryable


def dying_at(die_at: int, *, after: bool) -> World:
    """The execution that sends runs in a process that dies at one of its calls."""
    world = World()
    world.is_noticed_at_once = True
    other = started(world, IDLE)
    world.publish(SENDING)
    key = world.start(variables={"target": other.execution_id})
    world.calls.die_at, world.calls.die_after_it = world.calls.made + die_at, after
    world.run(until_ms=world.clock.now() + 60_000)
    assert world.state(key).status == "succeeded", (die_at, after)
    assert len(world.state(other).signals["go"]) == 1, (die_at, after)
    return world


@pytest.mark.parametrize("after", [False, True])
def test_whatever_dies_the_signal_is_taken_in_once(after: bool) -> None:
    for die_at in range(1, 200):
        if not dying_at(die_at, after=after).crashes:
            assert die_at > 4, "it sends, and both logs are written"
            return
    raise AssertionError("it goes on for ever")
