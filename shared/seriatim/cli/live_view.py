"""The moving picture of an execution: what runs and waits now, and what has ended last."""

from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Group
from rich.text import Text

from seriatim.cli.node_progress import NodeRow, Progress, elapsed
from seriatim.cli.terminal import STATUS_STYLES
from seriatim.graph.measure import plain

LINES_AROUND: Final = 4
LABEL_CELLS_MAX: Final = 40
FAINT: Final = "bright_black"
MARKS: Final = {"succeeded": "✓", "failed": "✗", "cancelled": "-", "waiting": "…", "running": "▶"}


def render(progress: Progress, height: int) -> Group:
    """A line for each node run, not more than the terminal has: runs that ended give way to active
    ones, the oldest first.
    """
    room = max(height - LINES_AROUND, 3)
    active = sorted(progress.active.values(), key=lambda row: row.number)
    shown = active[:room]
    rest = room - len(shown)
    rows = [*(list(progress.finished)[-rest:] if rest else []), *shown]
    wide = min(max((cell_len(row.label) for row in rows), default=0), LABEL_CELLS_MAX)
    lines = [_line(row, progress.now, wide) for row in rows]
    if len(active) > len(shown):
        lines.append(Text(f"  and {len(active) - len(shown):,} more", FAINT))
    return Group(*lines, _summary(progress))


def _line(row: NodeRow, now: int, wide: int) -> Text:
    style = STATUS_STYLES.get(row.status, "")
    attempt = f" attempt {row.attempt}" if row.attempt > 1 else ""
    lasted = (row.ended if row.ended is not None else max(now, row.started)) - row.started
    return _cut(
        (f"{MARKS.get(row.status, ' ')} ", style),
        set_cell_size(row.label, wide),
        (f"  {row.status + attempt:<19}", style),
        (f"{elapsed(lasted):>12}  {plain(row.note)}", FAINT),
    )


def _summary(progress: Progress) -> Text:
    counts = [f"{number:,} {status}" for status, number in sorted(progress.counts.items())]
    if progress.active:
        counts.append(f"{len(progress.active):,} active")
    if progress.started is not None:
        counts.append(elapsed(max(progress.now - progress.started, 0)))
    return _cut(
        (progress.execution_id, "bold"),
        "  ",
        (progress.status, STATUS_STYLES.get(progress.status, "")),
        ("  " + ", ".join(counts), FAINT),
    )


def _cut(*parts: str | tuple[str, str]) -> Text:
    """One line, cut at the terminal's edge."""
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")
