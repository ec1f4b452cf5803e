"""What a deployment on AWS would carry, and how fast, predicted: not measured on AWS.

The calls of one execution come from the engine itself (``recorded_calls``); they are replayed for
thousands of executions that arrive at random, with AWS's latencies and quotas (``aws_figures``),
in a simulation of discrete events. Processes are warm, and mappings have grown to what they may.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Final

from bench import aws_figures as aws
from bench.queueing import Bucket, Slots, dice, percentile
from bench.recorded_calls import TASK, Call, Invocation, recorded_chain
from seriatim.topology import API, NOTIFIER, WORKER

TASKS: Final = 10
TASK_MS: Final = 100
PROJECTS: Final = 100
SECONDS: Final = {1_000: 40, 10_000: 20, 100_000: 12}
"""Of simulated time, by steps a second; the first fifth is not counted."""
SHARES: Final = (0.5, 0.9, 0.99)
LOOK_MS: Final = 7
KEPT_UP: Final = 0.97
DEFAULT: Final = aws.Quotas("defaults")
RAISED: Final = aws.Quotas(
    "raised",
    lambda_concurrency=15_000,
    worker_invocations=1_000,
    queues=2,
    gateway_per_second=20_000,
    log_units_per_second=150_000,
    records_units_per_second=150_000,
    events_per_second=25_000,
)


@dataclass(frozen=True)
class Script:
    """One execution, as recorded: calls of the API until and after the message, of the worker."""

    api: tuple[Call, ...]
    worker: tuple[Call, ...]
    notifier: tuple[Call, ...]

    @property
    def steps(self) -> int:
        """Appends."""
        return sum(call.is_append for call in self.api + self.worker)

    @property
    def log_units(self) -> float:
        """Write units on the log."""
        return sum(call.log_units for call in self.api + self.worker)

    @property
    def records_units(self) -> float:
        """Write units on the records."""
        return sum(call.records_units for call in self.api + self.worker + self.notifier)

    @property
    def summaries(self) -> int:
        """Summaries written: each a unit on the partition of its project in each index of lists."""
        return sum(call.records_units > 1 for call in self.api + self.worker)

    def worker_ms(self) -> float:
        """How long a worker has one execution, at the medians."""
        return sum(map(_median_ms, self.worker))

    def api_ms(self) -> float:
        """How long the API has one start, at the medians."""
        return aws.GATEWAY.p50 + sum(map(_median_ms, self.api))


def script_of(invocations: Sequence[Invocation]) -> Script:
    """The script of one execution's invocations."""
    calls = {
        name: tuple(call for one in invocations if one.function == name for call in one.calls)
        for name in (API.name, WORKER.name, NOTIFIER.name)
    }
    return Script(calls[API.name], calls[WORKER.name], calls[NOTIFIER.name])


def _median_ms(call: Call) -> float:
    return TASK_MS if call.name == TASK else aws.latency_of(call.name).p50 + aws.OWN_MS


# -- which limit is first, by arithmetic


def ceilings(script: Script, quotas: aws.Quotas, projects: int) -> dict[str, float]:
    """Steps a second at which each limit is met, were it the only one; the lowest is first."""
    steps = script.steps
    at_once = quotas.worker_invocations * quotas.queues * aws.BATCH_MESSAGES_MAX
    executions_by_workers = at_once / (script.worker_ms() / 1000)
    busy_seconds = script.api_ms() / 1000 + script.worker_ms() / 1000 / aws.BATCH_MESSAGES_MAX
    executions = {
        "workers' invocations, ten messages each": executions_by_workers,
        "Lambda's concurrency, API and workers": quotas.lambda_concurrency / busy_seconds,
        "requests at the gateway": quotas.gateway_per_second,
        "write units of the log": quotas.log_units_per_second / script.log_units,
        "write units of the records": quotas.records_units_per_second / script.records_units,
        "index partitions of the projects": quotas.index_units_per_second
        * projects
        / script.summaries,
        "events on the bus": quotas.events_per_second / 2,
    }
    return {name: rate * steps for name, rate in executions.items()}


# -- the simulation


@dataclass
class Outcome:
    """What came out, in milliseconds."""

    first_task: list[float] = field(default_factory=list)
    step: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    steps: int = 0
    refused: int = 0
    depth: int = 0
    batch: float = 0
    invocations: int = 0


@dataclass
class _Execution:
    started: float
    project: int
    asked: int = 0
    """Calls of the API that were made."""
    worked: int = 0
    """And of the worker."""
    is_there_at: float = math.inf
    """When its first step is written."""
    has_run: bool = False
    result_at: float = 0


class Simulation:
    """Executions of one script that arrive at random (a Poisson process)."""

    def __init__(self, script: Script, quotas: aws.Quotas, projects: int, chance: Random) -> None:
        self._script = script
        self._dice = chance
        self._quotas = quotas
        self._projects = projects
        self._log = Bucket(quotas.log_units_per_second)
        self._records = Bucket(quotas.records_units_per_second)
        self._gateway = Bucket(quotas.gateway_per_second)
        self._indexes = [Bucket(quotas.index_units_per_second) for _ in range(projects)]
        slots = min(quotas.worker_invocations * quotas.queues, quotas.lambda_concurrency)
        self._slots = Slots(slots, aws.BATCH_MESSAGES_MAX)
        self._events: list[tuple[float, int, str, int]] = []
        self._order = count()
        self._executions: dict[int, _Execution] = {}
        self._api_busy = 0
        self._counts_from = 0.0
        self.outcome = Outcome()

    def run(self, steps_per_second: float, seconds: float) -> Outcome:
        """Let executions arrive for so long; what has not ended then is not counted."""
        rate = steps_per_second / self._script.steps / 1000
        until = seconds * 1000
        self._counts_from = until / 5
        arrival, number = 0.0, 0
        while True:
            arrival += self._dice.expovariate(rate)
            if arrival > until:
                break
            self._executions[number] = _Execution(arrival, number % self._projects)
            self._at(arrival, "start", number)
            number += 1
        while self._events and self._events[0][0] <= until:
            now, _, kind, number = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(now, number)
        self.outcome.depth = self._slots.depth
        self.outcome.batch = self._slots.batch_mean
        self.outcome.invocations = self._slots.busy_max
        return self.outcome

    def _at(self, time: float, kind: str, number: int) -> None:
        heapq.heappush(self._events, (time, next(self._order), kind, number))

    def _start(self, now: float, number: int) -> None:
        busy = self._api_busy + self._slots.busy
        if self._gateway.take(now, 1) > 0 or busy >= self._quotas.lambda_concurrency:
            self.outcome.refused += now >= self._counts_from
            del self._executions[number]
            return
        self._api_busy += 1
        self._at(now + aws.GATEWAY.draw(self._dice), "ask", number)

    def _ask(self, now: float, number: int) -> None:
        """The next call of the API; the message is on its way before the first step is written."""
        one = self._executions.get(number)
        if one is None or one.asked == len(self._script.api):
            self._api_busy -= 1
            return
        call = self._script.api[one.asked]
        one.asked += 1
        done = self._made(now, call, one)
        if call.name.startswith("sqs.Send"):
            self._at(done + aws.QUEUE_TO_FUNCTION.draw(self._dice), "message", number)
        if call.is_append:
            one.is_there_at = done
            self.outcome.steps += done >= self._counts_from
        self._at(done, "ask", number)

    def _message(self, now: float, number: int) -> None:
        for begun in self._slots.arrive(number):
            self._at(now, "work", begun)

    def _work(self, now: float, number: int) -> None:
        """The next call of the worker, or the next task."""
        one = self._executions[number]
        if one.worked == len(self._script.worker):
            self._over(now, number, one)
            return
        call = self._script.worker[one.worked]
        if call.name == TASK and now < one.is_there_at:
            # What it read had no step yet: it looks again.
            self._at(now + LOOK_MS, "work", number)
            return
        one.worked += 1
        if call.name == TASK:
            self._note_task(now, one)
            one.result_at = now + TASK_MS
            self._at(one.result_at, "work", number)
            return
        done = self._made(now, call, one)
        if call.is_append and done >= self._counts_from:
            self.outcome.steps += 1
            self.outcome.step.append(done - one.result_at)
        self._at(done, "work", number)

    def _note_task(self, now: float, one: _Execution) -> None:
        if not one.has_run and one.started >= self._counts_from:
            self.outcome.first_task.append(now - one.started)
        one.has_run = True

    def _over(self, now: float, number: int, one: _Execution) -> None:
        if one.started >= self._counts_from:
            self.outcome.end.append(now - one.started)
        del self._executions[number]
        for begun in self._slots.end(number):
            self._at(now, "work", begun)

    def _made(self, now: float, call: Call, one: _Execution) -> float:
        """When a call is answered."""
        wait = 0.0
        if call.log_units:
            wait = self._log.take(now, call.log_units)
        if call.records_units:
            wait = self._records.take(now, call.records_units)
            wait = max(wait, self._indexes[one.project].take(now, 1))
        return now + wait + aws.latency_of(call.name).draw(self._dice) + aws.OWN_MS


# -- tables


def main() -> None:
    """Record, predict, and print."""
    script = script_of(recorded_chain(TASKS))
    print(f"a chain of {TASKS} tasks of {TASK_MS} ms, as recorded: {script.steps} appends,")
    print(f"  {script.log_units:.0f} write units on the log, {script.records_units:.0f} on the")
    print(f"  records; API {_told(script.api)}; worker {_told(script.worker)}")
    for quotas in (DEFAULT, RAISED):
        print(f"\nsteps a second at which a limit is met, {quotas.name}, {PROJECTS} projects")
        met = ceilings(script, quotas, PROJECTS)
        for name, rate in sorted(met.items(), key=lambda one: one[1]):
            print(f"  {rate:10,.0f}  {name}")
    slots = RAISED.worker_invocations
    print(f"\na quiet mapping makes {slots:,} invocations at once after", end=" ")
    print(f"{aws.ramp_seconds(slots):.0f} s, {DEFAULT.worker_invocations}", end=" ")
    print(f"after {aws.ramp_seconds(DEFAULT.worker_invocations):.0f} s")
    head = "steps/s   quotas    done/s  start to first task     a step         start to end"
    print(f"\nmilliseconds (p50, p90, p99)\n{head}")
    for steps_per_second, seconds in SECONDS.items():
        for quotas in (DEFAULT, RAISED):
            simulation = Simulation(script, quotas, PROJECTS, dice(7))
            outcome = simulation.run(steps_per_second, seconds)
            print(row(steps_per_second, quotas, outcome, seconds))


def row(steps_per_second: int, quotas: aws.Quotas, outcome: Outcome, seconds: float) -> str:
    """One line of the table."""
    done = outcome.steps / (seconds * 0.8)
    note = "" if done >= KEPT_UP * steps_per_second else "  does not keep up"
    if outcome.refused:
        note += f", {outcome.refused:,} starts refused"
    spans = [_spread(times) for times in (outcome.first_task, outcome.step, outcome.end)]
    load = f"{steps_per_second:8,} {quotas.name:9} {done:8,.0f}"
    how = f"{outcome.invocations:,} at once of {outcome.batch:.1f}, {outcome.depth:,} wait"
    return f"{load}  {spans[0]:22} {spans[1]:14} {spans[2]:22} {how}{note}"


def _spread(times: Sequence[float]) -> str:
    if not times:
        return "-"
    return " ".join(f"{percentile(times, share):,.0f}" for share in SHARES)


def _told(calls: Sequence[Call]) -> str:
    names = [call.name for call in calls]
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names))


if __name__ == "__main__":
    main()
