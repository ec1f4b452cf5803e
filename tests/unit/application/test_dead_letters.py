"""Goal: a message that the queue gave up is dropped, sent again or explained; none is lost.

How: messages are taken out of the world's queue as the redrive policy would, and handled as dead
letters.
"""

from typing import Any

import pytest

from seriatim.application.dead_letters import DeadLetter, Unplaceable
from seriatim.application.work import decode
from seriatim.domain.errors import DEAD_LETTERED
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.log import StepTaken
from tests.builders import sequence
from tests.unit.application.test_children_not_awaited import prepared
from tests.unit.application.test_crashes import SCENARIOS, check
from tests.world import Crash, World

TIME_LEFT_MS = 60_000


def letter_of(world: World, message_id: str) -> DeadLetter:
    now = world.clock.now()
    return DeadLetter(message_id, 400, now, now + TIME_LEFT_MS)


def give_up(world: World) -> list[str]:
    """Every message that can be received now becomes a dead letter; what became of each."""
    done = []
    for message in world.queue.receive(1_000):
        letter = letter_of(world, message.message_id)
        done.append(world.wired.dead_letter_handling.handle(decode(message.body), letter))
        world.queue.delete(message.receipt)
    return done


def started(text: str = "start > a > end", **more: Any) -> tuple[World, ExecutionKey]:
    world = World()
    world.publish(sequence(text, **more))
    return world, world.start()


def error_code(state: State) -> str | None:
    return None if state.failure is None else state.failure.code


def test_what_is_still_wanted_is_sent_once_more() -> None:
    world, key = started()
    assert give_up(world) == ["resent"]
    world.run()
    assert world.state(key).status is Status.SUCCEEDED


def test_what_is_done_is_dropped() -> None:
    world, key = started()
    [message] = world.queue.receive(1)
    world.queue.extend(message.receipt, 0)
    world.run()
    letter = letter_of(world, message.message_id)
    assert world.wired.dead_letter_handling.handle(decode(message.body), letter) == "dropped"
    assert world.state(key).status is Status.SUCCEEDED
    assert len(world.queue) == 0


def test_a_poisonous_attempt_fails_as_attempts_do_and_says_why() -> None:
    world, key = started()
    assert give_up(world) == ["resent"]
    assert give_up(world) == ["failed"]
    state = world.state(key)
    assert (state.status, error_code(state)) == (Status.FAILED, DEAD_LETTERED)
    assert state.failure is not None
    assert state.failure.details["receiveCount"] == 400
    assert state.failure.details["work"] == "RunAttempt"
    assert give_up(world) == []


def test_a_poisonous_attempt_is_parked_where_failures_are() -> None:
    world, key = started("start > a > end", failurePolicy="incident")
    assert give_up(world) == ["resent"]
    assert give_up(world) == ["failed"]
    [run] = world.state(key).active.values()
    assert run.is_incident


@pytest.mark.parametrize("policy", ["fail_fast", "incident", "finish_branches"])
def test_a_poisonous_message_ends_the_execution_under_every_policy(policy: str) -> None:
    timer = {"parameters": {"durationSeconds": 60}}
    world, key = started("start > timer > end", nodes={"timer": timer}, failurePolicy=policy)
    world.run(until_ms=world.clock.now())
    world.clock.advance(61_000)
    assert give_up(world) == ["resent"]
    assert give_up(world) == ["failed"]
    state = world.state(key)
    assert (state.status, error_code(state)) == (Status.FAILED, DEAD_LETTERED)
    assert len(state.halted) == 1, "a redrive goes on from there"


def test_a_child_that_cannot_begin_fails_its_node() -> None:
    world = World()
    world.publish(sequence("start > x > end"), "child")
    sub = {"parameters": {"sequenceId": "child"}}
    world.publish(sequence("start > sub > end", nodes={"sub": sub}))
    key = world.start()
    world.deliver_next()
    assert give_up(world) == ["resent"]
    assert give_up(world) == ["failed"]
    world.run()
    state = world.state(key)
    assert (state.status, error_code(state)) == (Status.FAILED, DEAD_LETTERED)


def test_a_start_that_nobody_waits_for_stays() -> None:
    prepare, _ = SCENARIOS["failing"]
    world = World()
    prepare(world)
    world.start()
    world.deliver_next()
    assert give_up(world) == ["resent"]
    with pytest.raises(Unplaceable):
        give_up(world)


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_execution_survives_the_giving_up_of_any_message(name: str) -> None:
    """A worker that died in the middle of a message again and again, and then an outage's end."""
    prepare, expected = SCENARIOS[name]
    for die_at in range(1, 60, 2):
        world = World()
        prepare(world)
        key = world.start(name="one")
        world.calls.made, world.calls.die_at, world.calls.die_after_it = 0, die_at, True
        while not world.crashes and world.calls.made < die_at:
            if not world.deliver_next():
                break
        world.calls.die_at = None
        world.clock.advance(60_000)
        give_up(world)
        world.run()
        check(world, key, expected)


@pytest.mark.parametrize("dies_after", [False, True])
def test_children_whose_node_went_on_before_they_were_called_for_are_started(
    dies_after: bool,
) -> None:
    for calls in range(1, 8):
        world = prepared(3)
        world.start(name="one")
        world.calls.die_at, world.calls.die_after_it = world.calls.made + calls, dies_after
        world.deliver_next()
        world.calls.die_at = None
        world.clock.advance(60_000)
        give_up(world)
        world.run()
        assert len(world.log.keys()) == 4, f"it died at call {calls}"


def test_a_handler_that_dies_is_made_good_by_the_next() -> None:
    for die_at in range(1, 12):
        world, key = started()
        give_up(world)
        [message] = world.queue.receive(1)
        world.queue.delete(message.receipt)
        letter = letter_of(world, message.message_id)
        world.calls.made, world.calls.die_at = 0, die_at
        try:
            world.wired.dead_letter_handling.handle(decode(message.body), letter)
        except Crash:
            world.restart()
        world.calls.die_at = None
        world.wired.dead_letter_handling.handle(decode(message.body), letter)
        world.run()
        assert world.state(key).status is Status.FAILED


def test_who_loses_one_race_after_another_still_has_time_to_say_that_an_attempt_failed() -> None:
    world = World()
    branches = [f"fork > a{n} > join" for n in range(50)]
    world.publish(sequence("start > fork > a > join > end", *branches))
    key = world.start()
    world.deliver_next()
    assert give_up(world) == ["resent"] * 50
    message = world.queue.receive(1_000)[-1]
    original = world.log.append
    lost: list[int] = []

    def append(where: ExecutionKey, step: Step, global_writes: Any = ()) -> None:
        if len(lost) < 50:
            lost.append(step.number)
            raise StepTaken("somebody was faster")
        original(where, step, global_writes)

    world.log.append = append  # type: ignore[method-assign, assignment]
    letter = letter_of(world, message.message_id)
    assert world.wired.dead_letter_handling.handle(decode(message.body), letter) == "failed"
    assert world.clock.now() < letter.deadline
    assert error_code(world.state(key)) == DEAD_LETTERED
