"""Tables as Markdown, which is what ``docs/benchmarks.md`` is made of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """A heading, and the cell that a row has under it."""

    heading: str
    cell: Callable[[Any], str]


def markdown(columns: Sequence[Column], rows: Iterable[Any]) -> str:
    """A table."""
    lines = [[column.heading for column in columns], ["---"] * len(columns)]
    lines += [[column.cell(row) for column in columns] for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
