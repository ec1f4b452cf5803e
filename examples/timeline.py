"""The timeline of an execution that has ended: one bar for each node run, in order of start."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

BAR_CELLS = 48
NAME_CELLS_MAX = 34
STYLES = {"succeeded": "green", "failed": "red", "cancelled": "yellow", "timed_out": "red"}

Document = dict[str, Any]


def show(console: Console, node_runs: Sequence[Document], kinds: dict[str, str]) -> None:
    """Print a bar for every node run that took time, and for every task; ``kinds`` are node
    types by id.
    """
    if not node_runs:
        return
    begun = min(_at(run["startTime"]) for run in node_runs)
    ended = max(_at(run.get("endTime") or run["startTime"]) for run in node_runs)
    span = max(ended - begun, 0.001)
    for run in node_runs:
        start = _at(run["startTime"]) - begun
        end = _at(run.get("endTime") or run["startTime"]) - begun
        if kinds.get(run["nodeId"]) in {"fork", "join", "decision"} and end - start < 0.001:
            continue
        left = round(start / span * BAR_CELLS)
        width = max(1, round((end - start) / span * BAR_CELLS))
        retries = f" {run['attempts']} attempts" if run["attempts"] > 1 else ""
        line = Text(f"  {run['nodeId'][:NAME_CELLS_MAX]:{NAME_CELLS_MAX}} ")
        line.append(" " * left + "█" * width, STYLES.get(run["status"], ""))
        line.append(" " * (BAR_CELLS + 1 - left - width))
        line.append(f"{start:6.2f} … {end:6.2f} s{retries}", "dim")
        console.print(line, soft_wrap=True)


def _at(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
