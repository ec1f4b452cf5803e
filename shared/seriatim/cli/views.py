"""What the commands of ``view_commands`` do."""

from collections.abc import Mapping
from typing import Any

from seriatim.cli import terminal
from seriatim.cli.asking import all_of, asked
from seriatim.cli.exits import NEGATIVE, Failed
from seriatim.client.http import HttpClient

SENTENCES_SHOWN_MAX = 5
"""Beside an execution; ``seriatim waiting`` has all."""


def waiting(client: HttpClient, execution_id: str, *, as_json: bool) -> None:
    """Show why an execution waits."""
    first = asked(lambda: client.waiting(execution_id, limit=1))
    items = all_of(lambda size, cursor: client.waiting(execution_id, limit=size, cursor=cursor))
    if as_json:
        terminal.show_json({**first, "items": list(items)})
        return
    terminal.show(first["sentence"])
    for item in items:
        terminal.show(f"- {item['sentence']}")
        for call in item["canBeMovedBy"]:
            terminal.show(f"    {call}")


def show_waiting(client: HttpClient, execution: Mapping[str, Any]) -> None:
    """Beside an execution: the first sentences, where it stands still."""
    if execution["status"] not in {"waiting", "pending"} and not execution.get("paused"):
        return
    page = asked(lambda: client.waiting(execution["id"], limit=SENTENCES_SHOWN_MAX))
    for item in page["items"]:
        terminal.show(f"{'waits':<16}{item['sentence']}")
    if "cursor" in page:
        terminal.show(f"{'':<16}… and more: seriatim waiting {execution['id']}")


def revisions(client: HttpClient, sequence_id: str, *, as_json: bool) -> None:
    """Show the revisions of a sequence."""
    items = list(
        all_of(lambda size, cursor: client.revisions(sequence_id, limit=size, cursor=cursor))
    )
    if as_json:
        terminal.show_json({"items": items})
        return
    terminal.show_table(
        ("REVISION", "VERSION", "PUBLISHED", "NODES", "TRANSITIONS"),
        (
            (one["revision"], one["version"], one["publishedAt"], one["nodes"], one["transitions"])
            for one in items
        ),
    )


def diff(
    client: HttpClient, sequence_id: str, older: int | None, newer: int | None, *, as_json: bool
) -> None:
    """Show what two revisions differ in."""
    found = asked(lambda: client.diff(sequence_id, older, newer))
    if as_json:
        terminal.show_json(found)
        return
    terminal.show(f"revision {found['from']} → {found['to']}")
    for line in (found["text"] or "no difference").splitlines():
        terminal.show(line)


def move(client: HttpClient, sequence_id: str, body: Mapping[str, Any], *, as_json: bool) -> None:
    """Move executions, or show which could.

    Raises:
        Failed: refused; or, where it moved some, one could not.
    """
    report = asked(lambda: client.move(sequence_id, body))
    if as_json:
        terminal.show_json(report)
    else:
        for one in report["executions"]:
            terminal.show(f"{one['id']}  {one['outcome']}")
            for found in one["obstacles"]:
                terminal.show(f"    {found['code']}: {found['message']}")
        counts = ", ".join(f"{count} {name}" for name, count in report["counts"].items() if count)
        dry = " (nothing was moved: --yes moves them)" if report["dryRun"] else ""
        terminal.show(f"{counts or 'no executions'}{dry}")
    if report["counts"]["obstructed"]:
        raise Failed(status=NEGATIVE)
