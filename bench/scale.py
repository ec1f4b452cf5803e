"""Whether what one execution, or one more execution, costs stays flat as there is more of it.

    python -m bench.scale [--executions N] [--children N] [--copies N] [--csv FILE] [PART …]

Parts: ``graphs``, real task graphs through the embedded service, the largest one also several times
over in one sequence; ``join``, of 1,100; ``foreach``, as many items as there may be inside one
execution; ``children``, an execution for each item of a list; ``executions``, one after the other,
their latency by tenths of the run, on embedded AWS and on the strict fakes of the tests, which tell
what is ours from what is moto's. ``--csv`` adds what one execution of each took to a file, which
``bench.plots`` reads.
"""

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.cost_cases import family, for_each
from bench.shapes import PROJECT, chain_of, fan_out_of
from bench.tables import Column, markdown
from examples import montage
from seriatim.domain.limits import FOR_EACH_ITEMS_MAX
from seriatim.local.service import LocalService
from tests.world import World

DATA: Final = Path(__file__).parent / "data"
EPIGENOMICS: Final = "epigenomics-chameleon-hep-7seq-100k-001.json.gz"
OTHERS: Final = (
    "srasearch-chameleon-10a-001.json.gz",
    "1000genome-chameleon-2ch-250k-001.json.gz",
)
JOINED: Final = (11, 110, 1_100)
ITEMS: Final = (100, 1_000, FOR_EACH_ITEMS_MAX)
TENTHS: Final = 10
SECONDS_MAX: Final = 3_600

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One execution of a sequence."""

    shape: str
    name: str
    tasks: int
    nodes: int
    seconds: float
    processor_seconds: float
    steps: int

    @property
    def ms_a_task(self) -> float:
        """The processor's."""
        return self.processor_seconds / self.tasks * 1000


RUN_COLUMNS: Final = (
    Column("", lambda r: r.name),
    Column("tasks", lambda r: f"{r.tasks:,}"),
    Column("nodes", lambda r: f"{r.nodes:,}"),
    Column("steps", lambda r: f"{r.steps:,}"),
    Column("seconds", lambda r: f"{r.seconds:.2f}"),
    Column("processor's ms a task", lambda r: f"{r.ms_a_task:.2f}"),
)


def run(
    shape: str, name: str, document: Document, tasks: int, variables: Document | None = None
) -> Ran:
    """Run one execution in a service of its own."""
    with LocalService() as service:
        for node in document["nodes"]:
            if node["type"] == "subprocess":
                node["parameters"]["sequenceId"] = _published(service, chain_of(1))
        sequence_id = _published(service, document)
        begun, worked = time.perf_counter(), time.process_time()
        given = variables or {}
        key = service.wiring.executions.start(PROJECT, sequence_id, variables=given).key
        service.wait_idle(SECONDS_MAX)
        seconds, worked = time.perf_counter() - begun, time.process_time() - worked
        ended = service.wiring.executions.load(key)
        assert ended.status == "succeeded", f"{name}: {ended.status} {ended.failure}"
    return Ran(
        shape=shape,
        name=name,
        tasks=tasks,
        nodes=len(document["nodes"]),
        seconds=seconds,
        processor_seconds=worked,
        steps=ended.steps,
    )


def graph(name: str, path: Path, copies: int = 1) -> Ran:
    """A real task graph, its tasks taking no time, so many times side by side."""
    loaded = montage.load(path)
    tasks = len(loaded["tasks"])
    many = [
        [f"task-{index + copy * tasks}", 0, [parent + copy * tasks for parent in parents], does]
        for copy in range(copies)
        for index, (_, _, parents, does) in enumerate(loaded["tasks"])
    ]
    document = montage.to_sequence(loaded | {"tasks": many})
    named = name if copies == 1 else f"{name}, {copies} times"
    return run("graph", named, document, tasks * copies)


def graphs(copies: int) -> list[Ran]:
    """The real graphs from the smallest to the largest, and that one several times over."""
    found = [graph(path.partition("-")[0], DATA / path) for path in OTHERS[:1]]
    found.append(graph("montage", montage.DATA))
    found += [graph(path.partition("-")[0], DATA / path) for path in OTHERS[1:]]
    times = sorted({1, 2, copies})
    return found + [graph("epigenomics", DATA / EPIGENOMICS, count) for count in times]


def joins() -> list[Ran]:
    """Forks, and the joins of all their branches."""
    return [run("join", f"join of {n:,}", fan_out_of(n), n) for n in JOINED]


def for_each_items() -> list[Ran]:
    """A ``forEach`` inside one execution."""
    return [
        run("forEach", f"forEach of {n:,}", for_each(), n, {"items": list(range(n))}) for n in ITEMS
    ]


def children(most: int) -> list[Ran]:
    """Child executions of one task, one for each item of a list: so many, and a tenth."""
    return [
        run("children", f"{n:,} children", family(), n, {"items": list(range(n))})
        for n in (most // 10, most)
    ]


def embedded_latencies(executions: int) -> list[float]:
    """The processor's seconds from start to rest of one execution of one task after the other."""
    with LocalService() as service:
        sequence_id = _published(service, chain_of(1))

        def once() -> None:
            service.wiring.executions.start(PROJECT, sequence_id, variables={})
            service.wait_idle()

        return _each(once, executions)


def fake_latencies(executions: int) -> list[float]:
    """The same of the application alone, on the tests' fakes, in one thread."""
    world = World()
    sequence_id = world.publish(chain_of(1))

    def once() -> None:
        world.start(sequence_id)
        world.run()

    return _each(once, executions)


def _each(once: Callable[[], None], count: int) -> list[float]:
    once()
    seconds = []
    for _ in range(count):
        begun = time.process_time()
        once()
        seconds.append(time.process_time() - begun)
    return seconds


def tenths(seconds: Sequence[float]) -> list[float]:
    """The median of each tenth of the run, in milliseconds."""
    size = max(1, len(seconds) // TENTHS)
    parts = [seconds[at : at + size] for at in range(0, size * TENTHS, size)]
    return [statistics.median(part) * 1000 for part in parts if part]


def show_latencies(name: str, seconds: Sequence[float]) -> None:
    """Print them by tenths, and how much longer the last takes than the first."""
    medians = tenths(seconds)
    print(f"{len(seconds):,} executions of one task, {name}: processor's ms, median of each tenth")
    print(
        "   ",
        " ".join(f"{one:.2f}" for one in medians),
        f"last/first {medians[-1] / medians[0]:.2f}",
    )


def _published(service: LocalService, document: Document) -> str:
    definitions = service.wiring.definitions
    echo = {"integration": "python", "python": {"function": "builtin.echo"}}
    for name in ("echo", "run-for"):
        definitions.put_task_definition(PROJECT, name, {"name": name, **echo})
    sequence_id: str = definitions.create(PROJECT, document).document["id"]
    definitions.activate(PROJECT, sequence_id)
    return sequence_id


def main(arguments: Sequence[str] = ()) -> None:
    """Run the parts that are asked for; all of them, short, where none is."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("--executions", type=int, default=1_000)
    parser.add_argument("--children", type=int, default=500)
    parser.add_argument("--copies", type=int, default=2)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    asked = parser.parse_args(arguments)
    for part in asked.parts:
        PARTS[part](asked)


def show(found: Sequence[Ran], file: Path | None) -> None:
    """Print them, and add them to a file."""
    print(markdown(RUN_COLUMNS, found))
    if file is not None:
        with file.open("a", newline="", encoding="utf-8") as lines:
            rows = [[r.shape, r.tasks, f"{r.ms_a_task:.2f}", f"{r.seconds:.2f}"] for r in found]
            csv.writer(lines, lineterminator="\n").writerows(rows)


PARTS: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    "graphs": lambda asked: show(graphs(asked.copies), asked.csv),
    "join": lambda asked: show(joins(), asked.csv),
    "foreach": lambda asked: show(for_each_items(), asked.csv),
    "children": lambda asked: show(children(asked.children), asked.csv),
    "fakes": lambda asked: show_latencies("fakes", fake_latencies(asked.executions)),
    "executions": lambda asked: show_latencies("embedded", embedded_latencies(asked.executions)),
}


if __name__ == "__main__":
    main(sys.argv[1:])
