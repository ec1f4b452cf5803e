"""The shapes that engines are compared by: a chain of 100 tasks, 200 executions of 10 at once, a
fan-out of 200 branches with a join, and a loop of 100 rounds, each beside its floor.

A floor is one conditional put per task and one per start, of items of about the same size, one
after the other in one thread, with nothing else: what durability alone costs on this machine. It is
measured twice: over moto as everybody has it, and with our own clients, whose calls skip the HTTP
between them and moto. Shape and floors take turns in one process, so that a machine that slows down
slows down all. A run is over when nothing happens any more: lists and the bus know of the end, too.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import count, pairwise
from typing import Any, Final

from seriatim.adapters.clients import Clients
from seriatim.local.lambda_context import REGION
from seriatim.local.service import LocalService

CHAIN_TASKS: Final = 100
CONCURRENT_EXECUTIONS: Final = 200
CONCURRENT_TASKS: Final = 10
FAN_OUT_BRANCHES: Final = 200
LOOP_ROUNDS: Final = 100
ROUNDS: Final = 7
PROJECT: Final = "bench"
ITEM_BODY_BYTES: Final = 330
"""About the size of a step's item in a chain."""

Document = dict[str, Any]

_floors = count()
_echo: Final[Document] = {
    "name": "echo",
    "integration": "python",
    "python": {"function": "builtin.echo"},
}


# -- documents


def chain_of(tasks: int) -> Document:
    """A sequence of so many tasks in a row."""
    names = [f"task-{i}" for i in range(tasks)]
    path = ["start", *names, "end"]
    return _sequence("chain", [_task(name) for name in names], pairwise(path))


def fan_out_of(branches: int) -> Document:
    """So many tasks side by side, and a join of them all."""
    names = [f"branch-{i}" for i in range(branches)]
    nodes: list[Document] = [{"id": "fork", "type": "fork"}, {"id": "join", "type": "join"}]
    ways = [("start", "fork"), ("join", "end")]
    ways += [way for name in names for way in (("fork", name), (name, "join"))]
    return _sequence("fan-out", [*nodes, *map(_task, names)], ways)


def loop_of(rounds: int) -> Document:
    """One task, again and again."""
    again = {"outputName": "done", "valueExpression": "done + 1"}
    nodes: list[Document] = [
        {"id": "more", "type": "decision"},
        _task("round") | {"outputMappings": [again]},
    ]
    ways = [("start", "more"), ("round", "more"), ("more", "end")]
    document = _sequence("loop", nodes, ways)
    document["variables"] = [{"name": "done", "type": "integer", "defaultValue": 0}]
    document["transitions"].append(
        {
            "id": "again",
            "sourceNodeId": "more",
            "targetNodeId": "round",
            "condition": f"done < {rounds}",
        }
    )
    return document


def _task(name: str) -> Document:
    return {"id": name, "type": "task", "taskDefinitionId": "echo"}


def _sequence(name: str, nodes: list[Document], ways: Iterable[tuple[str, str]]) -> Document:
    return {
        "name": name,
        "nodes": [{"id": "start", "type": "start"}, *nodes, {"id": "end", "type": "end"}],
        "transitions": [
            {"id": f"{source}-to-{target}", "sourceNodeId": source, "targetNodeId": target}
            for source, target in ways
        ],
    }


# -- shapes


@dataclass(frozen=True)
class Shape:
    """So many executions of one sequence, all started before the first is waited for."""

    name: str
    document: Callable[[], Document]
    tasks: int
    """Of one execution."""
    executions: int = 1

    @property
    def steps(self) -> int:
        """Tasks that a run does; what rates are counted in."""
        return self.tasks * self.executions

    def run(self, service: LocalService) -> float:
        """Seconds from the first start to rest; the sequence is published before the first run."""
        sequence_id = _published(service, self)
        begun = time.perf_counter()
        keys = [
            service.wiring.executions.start(PROJECT, sequence_id, variables={}).key
            for _ in range(self.executions)
        ]
        service.wait_idle()
        seconds = time.perf_counter() - begun
        for key in keys:
            state = service.wiring.executions.load(key)
            assert state.status == "succeeded", f"{self.name}: {state.status}"
        return seconds

    def floor(self, service: LocalService, *, is_direct: bool = False) -> float:
        """Seconds of the conditional puts alone; see ``floor_seconds``."""
        return floor_seconds(service, self.steps + self.executions, is_direct=is_direct)


CHAIN: Final = Shape("chain", lambda: chain_of(CHAIN_TASKS), CHAIN_TASKS)
CONCURRENT: Final = Shape(
    "concurrent", lambda: chain_of(CONCURRENT_TASKS), CONCURRENT_TASKS, CONCURRENT_EXECUTIONS
)
FAN_OUT: Final = Shape("fan-out", lambda: fan_out_of(FAN_OUT_BRANCHES), FAN_OUT_BRANCHES)
LOOP: Final = Shape("loop", lambda: loop_of(LOOP_ROUNDS), LOOP_ROUNDS)
SHAPES: Final = (CHAIN, CONCURRENT, FAN_OUT, LOOP)


def run_chain(service: LocalService) -> float:
    """Seconds of a chain of 100 tasks."""
    return CHAIN.run(service)


def run_concurrent(service: LocalService) -> float:
    """Seconds of 200 executions of 10 tasks, all at once."""
    return CONCURRENT.run(service)


def run_fan_out(service: LocalService) -> float:
    """Seconds of 200 tasks side by side, and their join."""
    return FAN_OUT.run(service)


def run_loop(service: LocalService) -> float:
    """Seconds of a loop of 100 rounds."""
    return LOOP.run(service)


def publish(service: LocalService, document: Document, project: str = PROJECT) -> str:
    """Store and activate a sequence; returns its id."""
    definitions = service.wiring.definitions
    definitions.put_task_definition(project, "echo", _echo)
    stored = definitions.create(project, document)
    sequence_id: str = stored.document["id"]
    definitions.activate(project, sequence_id)
    return sequence_id


@cache
def _published(service: LocalService, shape: Shape) -> str:
    return publish(service, shape.document())


@cache
def _plain_clients(_service: LocalService) -> Clients:
    return Clients(REGION)


def floor_seconds(service: LocalService, writes: int, *, is_direct: bool = False) -> float:
    """How long so many conditional puts take, one after the other: over moto as it comes, or
    directly, with the clients of the service.
    """
    clients = service.wiring.clients if is_direct else _plain_clients(service)
    client = clients.dynamodb
    table = service.wiring.settings.log_table
    partition = f"floor#{next(_floors)}"
    body = "x" * ITEM_BODY_BYTES
    begun = time.perf_counter()
    for number in range(writes):
        client.put_item(
            TableName=table,
            Item={
                "pk": {"S": partition},
                "sk": {"S": f"{number:012d}"},
                "body": {"S": body},
                "time": {"N": "1800000000000"},
            },
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    return time.perf_counter() - begun


# -- measuring


@dataclass(frozen=True)
class Measured:
    """One shape's rounds: steps per second, and how many times the floors it took."""

    shape: Shape
    rates: tuple[float, ...]
    floors: tuple[float, ...]
    ratios: tuple[float, ...]
    direct_ratios: tuple[float, ...]


def measure(service: LocalService, shape: Shape, rounds: int = ROUNDS) -> Measured:
    """Shape and floors in turn, after one of each that does not count."""

    def turn() -> tuple[float, float, float]:
        return shape.run(service), shape.floor(service), shape.floor(service, is_direct=True)

    turn()
    turns = [turn() for _ in range(rounds)]
    return Measured(
        shape,
        tuple(shape.steps / seconds for seconds, _, _ in turns),
        tuple(shape.steps / floor for _, floor, _ in turns),
        tuple(seconds / floor for seconds, floor, _ in turns),
        tuple(seconds / direct for seconds, _, direct in turns),
    )


def main() -> None:
    """Measure all of them, and print the medians and the ratios."""
    print(f"steps per second, embedded AWS, {ROUNDS} rounds (medians)")
    with LocalService() as service:
        for shape in SHAPES:
            measured = measure(service, shape)
            print(
                f"  {shape.name:11} {statistics.median(measured.rates):7.0f}"
                f"  floor {statistics.median(measured.floors):7.0f}"
                f"  takes {statistics.median(measured.ratios):.2f} times the floor"
                f" (rounds: {min(measured.ratios):.2f} to {max(measured.ratios):.2f}),"
                f" {statistics.median(measured.direct_ratios):.2f} times our own clients' puts"
            )


if __name__ == "__main__":
    main()
