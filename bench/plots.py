"""The pictures in ``docs/benchmarks.md``.

    python -m bench.plots [FOLDER]

Drawn again from what there is: ``scale.csv`` in the folder, which ``bench.scale --csv`` adds to,
and the models of ``bench.collisions`` and ``bench.prediction``, which come out the same each time.
"""

import csv
import sys
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Final

from bench.charts import Chart, Series, drawn
from bench.collisions import GOAL_WRITES, TRIES_MS, modelled
from bench.prediction import PROJECTS, RAISED, SECONDS, SHARES, TASKS, Simulation, script_of
from bench.queueing import dice, percentile
from bench.recorded_calls import recorded_chain

FOLDER: Final = Path(__file__).parent.parent / "docs" / "benchmarks"
SHAPES: Final = {
    "graph": "task graph",
    "join": "fork, join",
    "forEach": "forEach",
    "children": "children",
}


def scale(rows: Sequence[Sequence[str]]) -> str:
    """What a task takes, by how many there are. Of several runs of one size, the last."""
    found: dict[str, dict[float, float]] = {shape: {} for shape in SHAPES}
    for shape, tasks, ms_a_task, _ in rows:
        found[shape][float(tasks)] = float(ms_a_task)
    series = [
        Series(SHAPES[shape], tuple(sorted(points.items())))
        for shape, points in found.items()
        if points
    ]
    chart = Chart(
        title="processor's ms a task, by the size of one execution",
        across="tasks",
        series=tuple(series),
        top=max(3, ceil(max(y for one in series for _, y in one.points))),
    )
    return drawn([chart])


def collisions() -> str:
    """What branches that end at once cost, by how long a try takes."""
    found = [modelled(try_ms * 0.55, try_ms * 0.45) for try_ms in TRIES_MS]
    writes = Series("turns", tuple((one.try_ms, one.writes) for one in found))
    goal = Series("goal", tuple((try_ms, GOAL_WRITES) for try_ms in TRIES_MS), is_plain=True)
    seconds = Series("turns", tuple((one.try_ms, one.seconds) for one in found))
    charts = [
        Chart(
            title="writes a branch, 100 at once, on paper",
            across="ms that a try takes",
            series=(writes, goal),
            top=3,
            lines=3,
        ),
        Chart(
            title="seconds to the last of 100",
            across="ms that a try takes",
            series=(seconds,),
            top=15,
        ),
    ]
    return drawn(charts)


def prediction() -> str:
    """Latencies on AWS as predicted, by load."""
    script = script_of(recorded_chain(TASKS))
    firsts: dict[float, list[tuple[float, float]]] = {share: [] for share in SHARES}
    steps: dict[float, list[tuple[float, float]]] = {share: [] for share in SHARES}
    for rate, seconds in SECONDS.items():
        outcome = Simulation(script, RAISED, PROJECTS, dice(7)).run(rate, seconds)
        for share in SHARES:
            firsts[share].append((rate, percentile(outcome.first_task, share)))
            steps[share].append((rate, percentile(outcome.step, share)))
    charts = [
        Chart(
            title=f"{what}, ms, raised quotas, predicted",
            across="steps a second",
            series=tuple(Series(f"p{share * 100:.0f}", tuple(ps)) for share, ps in of.items()),
            top=top,
        )
        for what, of, top in (("start to first task", firsts, 1_000), ("a step", steps, 20))
    ]
    return drawn(charts)


def main(arguments: Sequence[str] = ()) -> None:
    """Draw them all."""
    folder = Path(arguments[0]) if arguments else FOLDER
    with (folder / "scale.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))[1:]
    pictures = {"scale": scale(rows), "collisions": collisions(), "prediction": prediction()}
    for name, picture in pictures.items():
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
        print(folder / f"{name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
