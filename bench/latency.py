"""How long a step takes, and a start until its first task and its end, with AWS's delays: the
deployed handlers and the whole application, over the tests' fakes and a clock that every call of a
port moves on. The delays are those of ``aws_figures``; the calls are the engine's own.

Tasks take no time here, so all that is shown is the engine's and AWS's.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from bench import aws_figures as aws
from bench.queueing import dice, percentile
from bench.shapes import chain_of
from functions import wiring
from functions.api.handler import handler as call_api
from functions.worker.handler import handler as work
from tests.fakes.clock import EPOCH, FakeClock
from tests.world import PROJECT, Calls, Counted, World

TASKS: Final = 10
EXECUTIONS: Final = 1_000
REMAINING_MS: Final = 900_000
MORE_PORTS: Final = (
    "day_counts",
    "global_variables",
    "payloads",
    "project_settings",
    "sequences",
    "start_counts",
    "task_definitions",
)
"""Which a world does not count by itself; ids and tokens ask nobody."""
FREE: Final = ("ScriptedTasks",)
WRITES: Final = ("append", "put", "put_pinned", "pin", "repair", "save", "write")
SENDS: Final = ("send", "extend")


class FineClock(FakeClock):
    """Keeps fractions of a millisecond, and is told the time by whoever drives it."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = float(EPOCH)

    def now(self) -> int:
        """The whole milliseconds."""
        return int(self.fine)

    def advance(self, milliseconds: float) -> None:
        """Let that much pass."""
        self.fine += milliseconds


@dataclass
class Times:
    """Of one execution, in milliseconds of the clock."""

    started: float
    sent: float = 0
    appends: list[float] = field(default_factory=list)
    tasks: list[float] = field(default_factory=list)


class TimedCalls(Calls):
    """Lets each call of a port take as long as it would on AWS, and notes when it was done."""

    def __init__(self, clock: FineClock, chance: Random) -> None:
        super().__init__()
        self._clock = clock
        self._dice = chance
        self.times = Times(0)

    def through(self, name: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Make one call."""
        port, _, method = name.partition(".")
        if port in FREE:
            self.times.tasks.append(self._clock.fine)
            return call(*args, **kwargs)
        answer = call(*args, **kwargs)
        self._clock.advance(_latency(method).draw(self._dice) + aws.OWN_MS)
        if method == "send":
            self.times.sent = self._clock.fine
        if method == "append":
            self.times.appends.append(self._clock.fine)
        return answer


class TimedWorld(World):
    """A world whose ports take time."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.fine = FineClock()
        self.clock = self.fine
        self.queue._clock = self.fine  # noqa: SLF001 - one clock for all
        self.timed = TimedCalls(self.fine, chance)
        self.calls = self.timed
        self.restart()

    def restart(self) -> None:
        """A new process."""
        super().restart()
        parts = vars(self.wired)
        for name in MORE_PORTS:
            parts[name] = Counted(getattr(self, name), self.calls)


class Context:
    """Of an invocation with all its time left."""

    aws_request_id = "latency"
    function_name = "latency"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:latency"

    def get_remaining_time_in_millis(self) -> int:
        """All of it."""
        return REMAINING_MS


def main() -> None:
    """Measure, and print."""
    print(f"a chain of {TASKS} tasks that take no time, {EXECUTIONS:,} executions, milliseconds")
    print(f"  {'':34} {'p50':>7} {'p90':>7} {'p99':>7}")
    for name, is_cold in (("warm", False), ("new processes for all", True)):
        all_times = measured(EXECUTIONS, is_cold=is_cold)
        _show(f"start to first task, {name}", [one.tasks[0] - one.started for one in all_times])
        _show(f"a step, {name}", [step for one in all_times for step in steps_of(one)])
        _show(f"start to end, {name}", [one.appends[-1] - one.started for one in all_times])


def measured(executions: int, *, is_cold: bool) -> list[Times]:
    """The times of so many executions, one after the other."""
    chance = dice(7)
    world = TimedWorld(chance)
    sequence_id = world.publish(chain_of(TASKS))
    _execute(world, sequence_id, chance, is_cold=False)
    found = []
    for _ in range(executions):
        if is_cold:
            world.restart()
        found.append(_execute(world, sequence_id, chance, is_cold=is_cold))
    return found


def steps_of(times: Times) -> list[float]:
    """From the result of each task until the step that it makes is written."""
    return [append - task for task, append in zip(times.tasks, times.appends[1:], strict=True)]


def _execute(world: TimedWorld, sequence_id: str, chance: Random, *, is_cold: bool) -> Times:
    wiring.use(world.wired)
    clock = world.fine
    times = world.timed.times = Times(clock.fine)
    clock.advance(aws.GATEWAY.draw(chance) + (aws.COLD_API.draw(chance) if is_cold else 0))
    answer = call_api(_start_call(sequence_id), Context())
    assert answer["statusCode"] in {200, 201, 202}, answer["body"]
    (message,) = world.queue.receive(1)
    if is_cold:
        world.restart()
        wiring.use(world.wired)
    # The worker may begin while the API still writes its summary; not before the first step.
    arrived = times.sent + aws.QUEUE_TO_FUNCTION.draw(chance)
    clock.fine = max(arrived, times.appends[0]) + (aws.COLD_WORKER.draw(chance) if is_cold else 0)
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(clock.now())}
    record = {
        "messageId": message.message_id,
        "receiptHandle": message.receipt,
        "body": message.body.decode(),
        "attributes": attributes,
    }
    assert not work({"Records": [record]}, Context())["batchItemFailures"]
    world.queue.delete(message.receipt)
    assert len(times.appends) == TASKS + 1, "one step per task, and one of the start"
    return times


def _start_call(sequence_id: str) -> dict[str, Any]:
    path = f"/projects/{PROJECT}/sequences/{sequence_id}/executions"
    http = {"method": "POST", "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "127.0.0.1", "content-type": "application/json"},
        "requestContext": {"http": http, "requestId": "latency", "stage": "$default"},
        "body": json.dumps({"variables": {}}),
        "isBase64Encoded": False,
    }


def _latency(method: str) -> aws.Latency:
    if method in SENDS:
        return aws.SEND
    return aws.WRITE if method in WRITES else aws.READ


def _show(name: str, times: Sequence[float]) -> None:
    shown = " ".join(f"{percentile(times, share):7,.0f}" for share in (0.5, 0.9, 0.99))
    print(f"  {name:34} {shown}")


if __name__ == "__main__":
    main()
