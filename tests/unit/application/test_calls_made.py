"""Goal: what an execution costs in calls does not grow unseen."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from seriatim.application.states import States
from seriatim.domain.step import Step
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.tasks import Completed, Failed
from tests.builders import sequence
from tests.fakes.log import FakeLog
from tests.fakes.summaries import FakeSummaries
from tests.world import World

TASKS = 3


def calls_of(world: World, document: dict[str, Any]) -> Counter[str]:
    """Calls of ports, from the start to the end of one execution, warm."""
    world.publish(document)
    made: Counter[str] = Counter()
    through = world.calls.through

    def counted(name: str, *rest: object, **named: object) -> object:
        made[name] += 1
        return through(name, *rest, **named)  # type: ignore[arg-type]

    world.calls.through = counted  # type: ignore[method-assign]
    key = world.start()
    world.run()
    assert world.state(key).status == "succeeded"
    return made


def test_a_chain_costs_one_write_a_task_and_one_message() -> None:
    made = calls_of(World(), sequence("start > a > b > c > end"))
    assert made == {
        "FakeLog.append": TASKS + 1,
        "FakeLog.read": 1,  # what has become of the step that is handed over
        "FakeQueue.send": 1,
        "FakeSummaries.put": 2,  # of the start and of the end
        "ScriptedTasks.run": TASKS,
    }


def test_an_attempt_that_follows_soon_costs_two_writes_and_one_message() -> None:
    policy = {"maxRetries": 2, "retryIntervalSeconds": 1}
    world = World()
    failure = Failed(Error("Net", "reset", retryable=True))
    world.tasks.scripts["a"] = lambda request: failure if request.attempt < 3 else Completed({})
    made = calls_of(world, sequence("start > a > end", nodes={"a": {"retryPolicy": policy}}))
    assert made["FakeLog.append"] == 2 + 2 * 2
    assert made["FakeQueue.send"] == 1 + 2
    assert made["FakeSummaries.put"] == 2


def test_a_summary_of_another_process_is_looked_for() -> None:
    world = World()
    world.publish(sequence("start > a > end"))
    key = world.start()
    world.summaries = world.watches = FakeSummaries()
    world.restart()
    world.run()
    assert world.summaries.get(key.project_id, key.execution_id) is not None


class SlowLog(FakeLog):
    """Its first read takes until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.is_read, self.may_go_on = Event(), Event()

    def read(self, key: ExecutionKey, after: int = 0, limit: int | None = None) -> tuple[Step, ...]:
        self.reads += 1
        if self.reads == 1:
            self.is_read.set()
            assert self.may_go_on.wait(20)
        return super().read(key, after, limit)


def test_those_who_ask_while_another_looks_share_the_next_look() -> None:
    world, log = World(), SlowLog()
    world.log = log
    world.restart()
    world.publish(sequence("start > a > b > end"))
    key = world.start()
    states: States = world.wired.states
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(states.fresh, key)
        assert log.is_read.wait(20)
        others = [pool.submit(states.fresh, key) for _ in range(5)]
        while states.looks.waiting(key) < len(others):
            pass
        log.may_go_on.set()
        found: Sequence[object] = [one.result(20) for one in (first, *others)]
    assert log.reads == 2
    assert all(state == found[0] for state in found)
