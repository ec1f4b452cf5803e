"""Goal: of several deliveries of one message, one may die while another runs. The other finds
nothing left to do, and must not let the message go with what the dead one owed.

How: the real worker over fakes gets the same message twice, each time as if for the first time, so
that neither looks for what the other did before it begins; the first dies at every call in turn.
"""

from collections.abc import Callable

import pytest

from seriatim.application import work as w
from seriatim.application.visits import Delivery
from seriatim.ports.summaries import SummaryFilter
from tests.builders import sequence
from tests.fakes.queue import FakeMessage
from tests.world import INVOCATION_MS, PROJECT, Crash, World

REST = {"timer": {"parameters": {"durationSeconds": 30}}}
CALLS_MAX = 40


def timer_message(world: World) -> FakeMessage:
    """A timer of ``start > timer > a > b > end`` has rung."""
    world.publish(sequence("start > timer > a > b > end", nodes=REST))
    world.start(name="one")
    world.run(until_ms=world.clock.now())
    world.clock.advance(30_000)
    return world.queue.receive(1)[0]


def attempt_message(world: World) -> FakeMessage:
    """An attempt of ``start > fork > (a, b) > join > end`` was left to the queue."""
    world.publish(sequence("start > fork > a > join > c > end", "fork > b > join"))
    world.start(name="one")
    world.deliver_next()
    return world.queue.receive(1)[0]


def handle(world: World, message: FakeMessage) -> None:
    """Deliver it as if for the first time."""
    delivery = Delivery(message.message_id, 1, world.clock.now() + INVOCATION_MS)
    world.wired.worker.handle(w.decode(message.body), delivery)


@pytest.mark.parametrize("prepare", [timer_message, attempt_message])
def test_copy_hands_over_what_the_other_one_recorded_and_owed(
    prepare: Callable[[World], FakeMessage],
) -> None:
    for calls in range(1, CALLS_MAX):
        world = World()
        message = prepare(world)
        world.calls.die_at, world.calls.die_after_it = world.calls.made + calls, True
        try:
            handle(world, message)
        except Crash:
            world.calls.die_at = None
            world.restart()
        else:
            return  # it makes no more calls than that
        handle(world, message)
        world.queue.delete(message.receipt)

        world.run()

        (key,) = world.log.keys()
        assert world.state(key).status == "succeeded", f"it died at call {calls}"
    raise AssertionError("it makes more calls than are looked at")


def test_timer_that_comes_early_the_second_time_hands_over_what_it_recorded() -> None:
    world = World()
    message = timer_message(world)
    world.calls.die_at, world.calls.die_after_it = world.calls.made + 4, True
    with pytest.raises(Crash):
        handle(world, message)
    (key,) = world.log.keys()
    assert world.state(key).latest_run("timer") is not None
    world.calls.die_at = None
    world.restart()
    world.clock.rewind(60_000)  # the next process's clock is a minute slow
    delivery = Delivery(message.message_id, 2, world.clock.now() + INVOCATION_MS)
    world.wired.worker.handle(w.decode(message.body), delivery)
    world.queue.delete(message.receipt)

    world.run()

    assert world.state(key).status == "succeeded"


def test_repeated_start_can_be_found_though_its_message_is_lost() -> None:
    """Lists and the reconciler know an execution by its summary."""
    for calls in range(1, 8):
        world = World()
        world.publish(sequence("start > a > end"))
        world.calls.die_at = world.calls.made + calls
        try:
            world.start(name="one")
        except Crash:
            world.restart()
        world.calls.die_at = None
        world.queue.purge()
        world.start(name="one")

        listed = world.summaries.list(PROJECT, SummaryFilter(), 50, None).items

        assert len(listed) == 1, f"it died before call {calls}"
