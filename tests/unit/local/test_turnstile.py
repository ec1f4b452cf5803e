"""Invocations that compute go one after the other; who waits or is long lets the next one in."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from seriatim.application import work
from seriatim.domain.values import ExecutionKey
from seriatim.local.turnstile import LONG_SECONDS, LOOK_SECONDS, Turnstile, execution_of

SECONDS_MAX = 20.0


class Process:
    """Time that goes on by a look each time that it is asked for, and how much of it was work."""

    def __init__(self, share: float) -> None:
        self.share = share
        self._looks = count()
        self._now = 0.0
        self.looked = threading.Event()

    def now(self) -> float:
        self._now = next(self._looks) * LOOK_SECONDS / 100
        if self._now > LOOK_SECONDS / 10:
            self.looked.set()
        return self._now

    def worked(self) -> float:
        return self._now * self.share

    def spend(self, seconds: float) -> None:
        self._looks = count(int(seconds / LOOK_SECONDS * 100))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def passed(turnstile: Turnstile, pool: ThreadPoolExecutor) -> "Future[None]":
    def run() -> None:
        with turnstile.passing(object()):
            pass

    return pool.submit(run)


def test_while_one_computes_the_next_stays_outside(pool: ThreadPoolExecutor) -> None:
    process = Process(share=1)
    turnstile = Turnstile(process.now, process.worked)
    with turnstile.passing(object()):
        second = passed(turnstile, pool)
        assert process.looked.wait(SECONDS_MAX)
        assert not second.done()
    second.result(SECONDS_MAX)


def test_while_one_waits_the_next_is_let_in(pool: ThreadPoolExecutor) -> None:
    process = Process(share=0)
    turnstile = Turnstile(process.now, process.worked)
    with turnstile.passing(object()):
        passed(turnstile, pool).result(SECONDS_MAX)
        passed(turnstile, pool).result(SECONDS_MAX)


def test_who_computes_for_long_lets_the_next_in(pool: ThreadPoolExecutor) -> None:
    process = Process(share=1)
    turnstile = Turnstile(process.now, process.worked)
    with turnstile.passing(object()):
        second = passed(turnstile, pool)
        assert process.looked.wait(SECONDS_MAX)
        process.spend(LONG_SECONDS * 2)
        second.result(SECONDS_MAX)


def test_one_who_was_overtaken_frees_no_other_ones_place(pool: ThreadPoolExecutor) -> None:
    process = Process(share=0)
    turnstile = Turnstile(process.now, process.worked)
    inside, may_go = threading.Event(), threading.Event()

    def stay() -> None:
        with turnstile.passing(object()):
            inside.set()
            may_go.wait(SECONDS_MAX)

    with turnstile.passing(object()):
        second = pool.submit(stay)
        assert inside.wait(SECONDS_MAX)
        process.share = 1
    process.looked.clear()
    third = passed(turnstile, pool)
    assert process.looked.wait(SECONDS_MAX)
    assert not third.done()
    may_go.set()
    second.result(SECONDS_MAX)
    third.result(SECONDS_MAX)


def test_those_of_one_group_are_inside_together(pool: ThreadPoolExecutor) -> None:
    process = Process(share=1)
    turnstile = Turnstile(process.now, process.worked)
    together = threading.Barrier(3)

    def meet() -> None:
        with turnstile.passing("ours"):
            together.wait(SECONDS_MAX)

    with turnstile.passing("ours"):
        members = [pool.submit(meet) for _ in range(2)]
        other = passed(turnstile, pool)
        together.wait(SECONDS_MAX)
        for member in members:
            member.result(SECONDS_MAX)
        assert not other.done()
    other.result(SECONDS_MAX)


def test_messages_of_one_execution_are_a_group() -> None:
    def event(body: str, message_id: str = "m-1") -> dict[str, Any]:
        return {"Records": [{"body": body, "messageId": message_id}]}

    key = ExecutionKey("acme", "exec-1")
    bodies = [
        work.encode(
            work.RunAttempt(
                project_id=key.project_id,
                execution_id=key.execution_id,
                step=2,
                number=number,
                attempt=1,
            )
        ).decode()
        for number in (1, 2)
    ]
    assert {execution_of(event(body)) for body in bodies} == {key}
    assert execution_of(event("{}", "m-2")) == "m-2"


def test_a_handler_that_fails_frees_its_place(pool: ThreadPoolExecutor) -> None:
    process = Process(share=1)
    turnstile = Turnstile(process.now, process.worked)
    with pytest.raises(ValueError, match="no"), turnstile.passing(object()):
        raise ValueError("no")
    passed(turnstile, pool).result(SECONDS_MAX)
