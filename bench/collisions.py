"""Branches of one execution that end at the same moment, in containers of their own: what their
results cost in writes to the log, refused ones included.

    python -m bench.collisions

Every container is a whole wiring of the service with nothing warm but its own; all of them write
to one emulator, whose answers come as late as AWS's do. The branches run to a barrier, and end
together.
"""

import heapq
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.billing import Line
from bench.counting import CallCounter
from bench.queueing import dice
from bench.shapes import PROJECT, fan_out_of
from bench.tables import Column, markdown
from functions.wiring import Wiring
from seriatim.application.races import Rank, stand_back_ms, turn_ms
from seriatim.application.visits import Delivery
from seriatim.application.work import decode
from seriatim.local.service import LocalService
from seriatim.ports.queue import OutgoingWork
from seriatim.ports.tasks import Completed, TaskRequest

BRANCHES: Final = 100
CONTAINERS: Final = (100, 10, 1)
PUT_SECONDS: Final = 0.006
READ_SECONDS: Final = 0.005
"""Assumed of DynamoDB, warm and near."""
TURN_MS: Final = 600_000
GOAL_WRITES: Final = 2.5
TRIES_MS: Final = (12, 20, 30, 40, 50, 60, 80)
"""A read and a put together; on AWS 11 at the median."""


class LateLog:
    """A log whose answers take their time, as over a network."""

    def __init__(self, log: Any) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        """The log's method, late."""
        method = getattr(self._log, name)
        seconds = PUT_SECONDS if name in {"append", "write_snapshot"} else READ_SECONDS

        def late(*arguments: Any, **named: Any) -> Any:
            time.sleep(seconds / 2)
            try:
                return method(*arguments, **named)
            finally:
                time.sleep(seconds / 2)

        return late


class Outbox:
    """A work queue that keeps what is sent."""

    def __init__(self) -> None:
        self._sent: list[OutgoingWork] = []
        self._changed = threading.Condition()

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """Keep it."""
        with self._changed:
            self._sent += work
            self._changed.notify_all()

    def extend(self, receipt: str, seconds: int) -> None:
        """Nothing comes back here."""

    def take(self, count: int) -> list[OutgoingWork]:
        """Wait for so many, and take them."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._sent) >= count)
            taken, self._sent = self._sent[:count], self._sent[count:]
            return taken


class TogetherTasks:
    """Tasks that all end at the same moment."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)

    def check_result(self, definition: Any, result: Any) -> None:
        """Every result will do."""

    def run(self, request: TaskRequest) -> Completed:
        """Wait for all the others."""
        self._barrier.wait()
        return Completed(request.inputs)


@dataclass(frozen=True, kw_only=True)
class Collided:
    """What became of it."""

    containers: int
    writes: int
    refused: int
    reads: int
    seconds: float

    @property
    def per_branch(self) -> float:
        """Writes to the log for each branch, refused ones included."""
        return self.writes / BRANCHES


def collide(containers: int) -> Collided:
    """Let the branches of one execution end together in so many containers."""
    counter = CallCounter()
    with LocalService() as service:
        counter.watch(service.wiring.clients)
        definitions = service.wiring.definitions
        echo = {"name": "echo", "integration": "python", "python": {"function": "builtin.echo"}}
        definitions.put_task_definition(PROJECT, "echo", echo)
        sequence_id = definitions.create(PROJECT, fan_out_of(BRANCHES)).document["id"]
        definitions.activate(PROJECT, sequence_id)
        outbox, tasks = Outbox(), TogetherTasks(BRANCHES)
        wirings = list(_wirings(service, containers, outbox, tasks))
        key = wirings[0].executions.start(PROJECT, sequence_id, variables={}).key
        (begin,) = outbox.take(1)
        threads = [_carried(wirings[0], begin, 0)]
        counter.is_on = True
        begun = time.perf_counter()
        threads += [
            _carried(wirings[number % containers], work, number)
            for number, work in enumerate(outbox.take(BRANCHES - 1), 1)
        ]
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        counter.is_on = False
        state = service.wiring.executions.load(key)
        assert state.status == "succeeded", state.status
    puts = counter.lines[Line("dynamodb", "PutItem", "log")]
    reads = counter.lines[Line("dynamodb", "Query", "log")]
    return Collided(
        containers=containers,
        writes=puts.calls,
        refused=puts.refused,
        reads=reads.calls,
        seconds=seconds,
    )


def _wirings(
    service: LocalService, count: int, outbox: Outbox, tasks: TogetherTasks
) -> Iterator[Wiring]:
    whole = service.wiring
    for _ in range(count):
        yield Wiring(
            whole.settings,
            clients=whole.clients,
            clock=whole.clock,
            log=LateLog(whole.log),
            payloads=whole.payloads,
            queue=outbox,
            start_queue=outbox,
            timers=whole.timers,
            tasks=tasks,
        )


def _carried(wiring: Wiring, work: OutgoingWork, number: int) -> threading.Thread:
    """Have a container carry a message, in a thread."""
    delivery = Delivery(f"message-{number}", 1, wiring.clock.now() + TURN_MS)
    carry = threading.Thread(target=wiring.worker.handle, args=(decode(work.body), delivery))
    carry.start()
    return carry


@dataclass(frozen=True, kw_only=True)
class Modelled:
    """The same on paper, had each container a processor of its own."""

    try_ms: float
    writes: float
    seconds: float


def modelled(put: float, read: float, containers: int = BRANCHES) -> Modelled:
    """Writes a branch and seconds to the last one, with the service's waits between races and so
    many milliseconds a put and a read, by chance from half to half as much again.
    """
    chance = dice(7)

    def about(milliseconds: float) -> float:
        return milliseconds * chance.uniform(0.5, 1.5)

    # When a put is judged or, where no step is known yet, a read; which container; since when.
    tries = [(about(put / 2), number, 1, 0.0) for number in range(containers)]
    heapq.heapify(tries)
    ended: list[int] = []
    losses = [0] * containers
    writes, last = 0, 0.0
    while tries:
        now, number, known, began = heapq.heappop(tries)
        step = len(ended) + 1
        writes += known > 0
        if not known:
            again = now + about(read / 2) + about(put / 2)
            heapq.heappush(tries, (again, number, step, began))
        elif known == step:
            ended.append(number)
            last = now
        else:
            losses[number] += 1
            now += about(put / 2)
            before = number - sum(other < number for other in ended[: known - 1])
            stands = Rank(before, containers - known + 1)
            wait = stand_back_ms(stands, 1, turn_ms(round(now - began), losses[number]))
            heapq.heappush(tries, (now + wait + about(read / 2), number, 0, now + wait))
    return Modelled(try_ms=put + read, writes=writes / containers, seconds=last / 1000)


COLUMNS: Final = (
    Column("containers", lambda c: f"{c.containers}"),
    Column("writes a branch", lambda c: f"{c.per_branch:.2f}"),
    Column("of them refused", lambda c: f"{c.refused / BRANCHES:.2f}"),
    Column("reads of the log a branch", lambda c: f"{c.reads / BRANCHES:.2f}"),
    Column("seconds to the end", lambda c: f"{c.seconds:.2f}"),
)

PAPER_COLUMNS: Final = (
    Column("ms a try takes", lambda m: f"{m.try_ms:.0f}"),
    Column("writes a branch", lambda m: f"{m.writes:.2f}"),
    Column("seconds to the end", lambda m: f"{m.seconds:.1f}"),
)


def main() -> None:
    """Measure, and print a table."""
    found = [collide(containers) for containers in CONTAINERS]
    print(f"{BRANCHES} branches that end at the same moment")
    print(markdown(COLUMNS, found))
    print("on paper, a hundred containers, a processor each")
    on_paper = [modelled(try_ms * 0.55, try_ms * 0.45) for try_ms in TRIES_MS]
    print(markdown(PAPER_COLUMNS, on_paper))
    figures = [("measured", found[0].per_branch)]
    figures += [(f"on paper, {one.try_ms:.0f} ms a try", one.writes) for one in on_paper]
    for name, figure in figures:
        word = "met " if figure <= GOAL_WRITES else "MISSED"
        print(f"{word} writes a branch, {name}: {figure:.2f} (at most {GOAL_WRITES})")


if __name__ == "__main__":
    main()
