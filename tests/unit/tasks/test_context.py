"""Signs of life from a running function, and how it hears that it is not wanted any more."""

from collections.abc import Callable

from seriatim.ports.errors import Unavailable
from seriatim.tasks.context import TaskContext
from tests.fakes.clock import EPOCH, FakeClock


def context(clock: FakeClock, send: Callable[[], bool]) -> TaskContext:
    return TaskContext(
        inputs={},
        attempt=1,
        idempotency_key="e/1",
        project_id="p",
        execution_id="e",
        sequence_id="s",
        node_id="n",
        index=None,
        deadline=EPOCH + 10_000,
        _clock=clock,
        _send_heartbeat=send,
    )


def test_heartbeats_in_quick_succession_are_one() -> None:
    clock = FakeClock()
    sent: list[int] = []

    def send() -> bool:
        sent.append(clock.now())
        return True

    running = context(clock, send)
    for _ in range(12):
        running.heartbeat()
        clock.advance(100)
    assert sent == [EPOCH, EPOCH + 500, EPOCH + 1_000]
    assert not running.is_cancelled


def test_heartbeat_of_an_attempt_that_is_over_cancels_it_and_is_the_last() -> None:
    clock = FakeClock()
    answers = iter([False])
    running = context(clock, lambda: next(answers))
    called: list[str] = []
    running.on_cancel(lambda: called.append("told"))
    running.heartbeat()
    clock.advance(1_000)
    running.heartbeat()
    running.cancel()
    assert running.is_cancelled
    assert called == ["told"]


def test_heartbeat_that_does_not_get_through_does_not_disturb_the_task() -> None:
    clock = FakeClock()
    sent: list[str] = []

    def send() -> bool:
        sent.append("tried")
        raise Unavailable("throttled")

    running = context(clock, send)
    running.heartbeat()
    clock.advance(1_000)
    running.heartbeat()
    assert sent == ["tried", "tried"]
    assert not running.is_cancelled


def test_remaining_time_is_never_negative() -> None:
    clock = FakeClock()
    running = context(clock, lambda: True)
    assert running.remaining_seconds() == 10
    clock.advance(60_000)
    assert running.remaining_seconds() == 0
