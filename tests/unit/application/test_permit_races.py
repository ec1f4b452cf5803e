"""Goal: whatever callers and crashes do at the same time to executions that contend for permits, in
the end nothing is held, nobody waits, and every execution has ended.

How: starts, cancels, pauses, resumptions, operators' orders, deliveries and deaths by a seed, over
a pool of one unit and at most two executions at once.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from seriatim.application.errors import WrongState
from seriatim.domain.messages import NodeOrder
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.errors import NotFound
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from tests.builders import sequence
from tests.permit_worlds import check_capacities, check_nothing_left, with_pools
from tests.random_sequences import chosen_by
from tests.world import World, repeated

ACTIONS_MAX = 60
SEEDS = 200

DOCUMENT = sequence(
    "start > fork > a > b > c > join > end",
    "fork > d > join",
    "a >!timer> late > end2",
    nodes={
        "a": {"acquire": {"lock": 1}},
        "b": {
            "resources": {"db": 1},
            "retryPolicy": {"maxRetries": 3, "retryIntervalSeconds": 2},
        },
        "c": {"release": {"lock": 1}},
        "d": {"resources": {"db": 1}},
    },
    maxConcurrentExecutions=2,
    timeoutSeconds=3_600,
)
DOCUMENT["transitions"][6]["afterSeconds"] = 20


class Race:
    """One seed's world."""

    def __init__(self, seed: int) -> None:
        self.choose = chosen_by(f"race {seed}")
        self.world = World()
        with_pools(self.world, lock=1, db=1)
        self.world.publish(DOCUMENT)
        self.world.tasks.scripts["b"] = self._now_and_then_fails
        self.keys: list[ExecutionKey] = []

    def _now_and_then_fails(self, request: TaskRequest) -> TaskOutcome:
        check_capacities(self.world)
        if request.attempt == 1 and self.choose(5) < 2:
            return Failed(Error("Oops", retryable=True))
        return Completed({})

    def act(self) -> None:
        """Something happens."""
        kind = self.choose(16)
        if kind < 3 and len(self.keys) < 8:
            name, priority = f"x{len(self.keys)}", self.choose(3)
            start = repeated(self.world, lambda: self.world.start(name=name, priority=priority))
            self.keys.append(start)
        elif kind == 3:
            self.world.clock.advance(self.choose(8_000))
            for work in self.world.timers.ring(self.world.clock.now()):
                self.world.queue.send([work])
        elif kind == 4:
            calls = self.world.calls
            calls.made, calls.die_at = 0, 1 + self.choose(12)
            calls.die_after_it = self.choose(2) == 0
        elif kind < 8 and self.keys:
            self._control(self.keys[self.choose(len(self.keys))])
        else:
            self.world.deliver_next()

    def _control(self, key: ExecutionKey) -> None:
        node_id, action = "abcd"[self.choose(4)], ("skip", "fail")[self.choose(2)]
        order = NodeOrder(node_id=node_id, action=action)
        deeds: list[Callable[[], Any]] = [
            lambda: self.world.wired.executions.cancel(key),
            lambda: self.world.wired.executions.pause(key),
            lambda: self.world.wired.executions.resume(key),
            lambda: self.world.wired.executions.order(key, order),
        ]
        with suppress(WrongState, NotFound):
            repeated(self.world, deeds[self.choose(len(deeds))])

    def finish(self) -> None:
        """All that is paused goes on, and all that can come comes."""
        self.world.calls.die_at = None
        for key in self.keys:
            with suppress(WrongState):
                self.world.wired.executions.resume(key)
        self.world.run()


@pytest.mark.parametrize("decade", range(SEEDS // 10))
def test_races_leave_nothing_behind(decade: int) -> None:
    for seed in range(decade * 10, decade * 10 + 10):
        race = Race(seed)
        for _ in range(ACTIONS_MAX):
            race.act()
        race.finish()
        check_nothing_left(race.world)
        assert len(race.world.queue) == 0, seed
