"""Goal: whoever polls an activity list gets attempts that are worth working on, and at once.

Attempts that are over stay on their list until somebody meets them: after a while of overload there
are more of these than of others, and in front of them.
"""

from typing import Any

import pytest

from seriatim.application.polling import ANSWER_MS, CLAIM_LEASE_MS, SEARCH_MS, Polling
from seriatim.domain.values import ExecutionKey
from seriatim.ports.activities import ActivityClaim
from seriatim.ports.errors import Unavailable
from seriatim.tasks.activity import ActivityTasks
from tests.builders import sequence
from tests.fakes.activities import FakeActivities
from tests.fakes.clock import FakeClock
from tests.world import PROJECT, World

RETRIES = {"maxRetries": 100, "retryIntervalSeconds": 0}


class SlowActivities(FakeActivities):
    """Every attempt that is taken off the list takes its time, as everything on a busy machine."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.settling_ms = 0
        self.settled = 0

    def settle(self, claim: ActivityClaim) -> None:
        self._clock.advance(self.settling_ms)
        self.settled += 1
        super().settle(claim)


class Shop:
    """Executions of one activity."""

    def __init__(self, **fields: Any) -> None:
        self.world = World()
        self.lists = SlowActivities(self.world.clock)
        activities = ActivityTasks(self.world.clock, self.lists)
        self.world.tasks.scripts["a"] = lambda asked: activities.run(asked, {"name": "outside"})
        node = {"taskDefinitionId": "outside", "retryPolicy": RETRIES, **fields}
        self.world.publish(sequence("start > a > end", nodes={"a": node}))

    def start(self, **given: Any) -> str:
        key = self.world.start(**given)
        while self.world.deliver_next():
            pass
        return key.execution_id

    def cancel(self, execution_ids: list[str]) -> None:
        for execution_id in execution_ids:
            self.world.wired.executions.cancel(ExecutionKey(PROJECT, execution_id))

    def pass_time(self, milliseconds: int) -> None:
        """With all that is due by then."""
        until = self.world.clock.now() + milliseconds
        self.world.run(until_ms=until)
        self.world.clock.advance(until - self.world.clock.now())

    def poll(
        self, tasks_max: int = 1, wait_seconds: int = 0, worker_id: str = "w"
    ) -> list[tuple[str, int]]:
        """Which attempts of which executions are given out."""
        wired = self.world.wired
        polling = Polling(wired.executions, self.lists, wired.tokens, wired.clock)
        tasks = polling.poll(PROJECT, "outside", worker_id, wait_seconds, tasks_max)
        return [(task["executionId"], task["attempt"]) for task in tasks]


def test_a_poll_that_does_not_wait_gets_past_attempts_that_are_over() -> None:
    shop = Shop(timeoutSeconds=3)
    ids = [shop.start() for _ in range(20)]
    for _ in range(5):
        shop.pass_time(3_000)
    began = shop.world.clock.now()
    assert shop.poll() == [(ids[0], 6)]
    assert shop.world.clock.now() == began, "no time was lost on the hundred before"
    assert shop.lists.settled == 1, "those cost no look at their executions"


def test_attempts_that_were_cancelled_keep_nobody_from_the_next() -> None:
    shop = Shop()
    shop.cancel([shop.start() for _ in range(20)])
    wanted = shop.start()
    began = shop.world.clock.now()
    assert shop.poll() == [(wanted, 1)]
    assert shop.world.clock.now() == began


def test_a_poll_that_meets_nothing_but_what_is_over_ends() -> None:
    shop = Shop()
    shop.cancel([shop.start() for _ in range(20)])
    shop.lists.settling_ms = 1_000
    began = shop.world.clock.now()
    assert shop.poll() == []
    assert shop.world.clock.now() - began == SEARCH_MS


def test_an_attempt_whose_timer_is_late_is_not_given_out() -> None:
    """A busy machine rings late; what a worker did in the time that is over would be dropped."""
    shop = Shop(timeoutSeconds=3)
    late = shop.start()
    shop.pass_time(2_999)
    in_time = shop.start()
    shop.world.clock.advance(1)
    assert shop.poll(tasks_max=10) == [(in_time, 1)]
    shop.pass_time(0)
    assert shop.poll() == [(late, 2)]


def test_the_first_attempt_does_not_wait_for_slow_others() -> None:
    """Its time counts from when it was taken."""
    shop = Shop(timeoutSeconds=3)
    ids = [shop.start() for _ in range(10)]
    shop.lists.settling_ms = 400
    began = shop.world.clock.now()
    assert shop.poll(tasks_max=10, wait_seconds=20) == [(one, 1) for one in ids[:4]]
    assert shop.world.clock.now() - began <= 400 + ANSWER_MS + 400
    assert shop.poll(tasks_max=10) == [(one, 1) for one in ids[4:8]], "nobody holds the rest"


def test_an_execution_of_higher_priority_is_served_first() -> None:
    shop = Shop()
    low, high = shop.start(), shop.start(priority=5)
    assert shop.poll(tasks_max=10) == [(high, 1), (low, 1)]


def test_a_time_out_for_the_queue_keeps_attempts_waiting_for_longer_than_work_may_take() -> None:
    shop = Shop(timeoutSeconds=3, queueTimeoutSeconds=60)
    waited = shop.start()
    shop.pass_time(59_999)
    assert shop.poll() == [(waited, 1)]
    shop.pass_time(4_000)
    assert shop.poll() == [(waited, 2)], "from then on its work is bounded"


def test_an_attempt_that_its_worker_never_heard_of_is_left_to_it() -> None:
    shop = Shop()
    taken = shop.start()
    shop.lists.refused = {taken}
    with pytest.raises(Unavailable):
        shop.poll()
    shop.lists.refused = set()
    shop.world.clock.advance(CLAIM_LEASE_MS)
    assert shop.poll(worker_id="another") == []
    assert shop.poll() == [], "a claim is a claim"
    shop.world.clock.advance(CLAIM_LEASE_MS)
    assert shop.poll() == [(taken, 1)]
    shop.world.clock.advance(CLAIM_LEASE_MS)
    assert shop.poll() == []


def test_an_attempt_that_a_worker_has_is_not_offered_again() -> None:
    """The message that offers it may come twice, late."""
    shop = Shop()
    shop.start()
    [key] = shop.world.log.keys()
    assert len(shop.poll()) == 1
    state = shop.world.state(key)
    [run] = state.active.values()
    assert shop.world.wired.attempts.run(state, run) is None
    assert not shop.lists.has_offers
