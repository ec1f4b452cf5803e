"""The verbs that call the API: ``start``, ``get``, ``list``, ``history``, ``cancel``,
``signal``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from seriatim.cli import terminal
from seriatim.cli.asking import Document, all_of, answered, asked
from seriatim.cli.exits import NEGATIVE, USAGE, Failed
from seriatim.cli.node_progress import elapsed
from seriatim.cli.views import show_waiting
from seriatim.client.http import HttpClient, Refused
from seriatim.domain.times import from_iso
from seriatim.domain.values import ExecutionKey

NOT_FOUND: Final = 404
SUCCEEDED: Final = "succeeded"


def start(
    client: HttpClient,
    sequence: str,
    *,
    variables: Mapping[str, Any],
    name: str | None,
    priority: int | None,
    metadata: Mapping[str, Any] | None,
    is_watched: bool,
    as_json: bool,
) -> None:
    """Start an execution of a sequence, by id or, where there is one active one, by name.

    Raises:
        Failed: refused; or, where it is watched, it did not succeed.
    """

    def begin(sequence_id: str) -> Document:
        return client.start(
            sequence_id, variables=variables, name=name, priority=priority, metadata=metadata
        )

    def begin_by_id_or_name() -> Document:
        try:
            return begin(sequence)
        except Refused as error:
            if error.status != NOT_FOUND:
                raise
            found = client.sequences(name=sequence, status="active", limit=2)["items"]
            if len(found) != 1:
                raise
            return begin(found[0]["id"])

    execution = asked(begin_by_id_or_name)
    if as_json and not is_watched:
        terminal.show_json(execution)
    elif not as_json:
        terminal.show(f"{execution['id']}  {execution['status']}")
    if is_watched:
        _watch(client, execution["id"], as_json=as_json)


def _watch(client: HttpClient, execution_id: str, *, as_json: bool) -> None:
    from seriatim.cli.progress import follow  # noqa: PLC0415 - only here is it needed

    key = ExecutionKey(client.project_id, execution_id)
    try:
        asked(lambda: follow(client, key, terminal.console(is_error=True)))
    except KeyboardInterrupt:
        raise Failed(f"{execution_id} goes on.", NEGATIVE) from None
    execution = asked(lambda: client.execution(execution_id))
    terminal.show_json(execution if as_json else execution.get("outputs", {}))
    if execution["status"] != SUCCEEDED:
        raise Failed(status=NEGATIVE)


def get(client: HttpClient, execution_id: str, *, as_json: bool) -> None:
    """Show an execution, why it waits, and the latest run of each node."""
    execution = asked(lambda: client.execution(execution_id))
    if as_json:
        terminal.show_json(execution)
        return
    shown = {**execution, "status": _standing(execution)}
    for field in ("id", "name", "status", "sequenceId", "revision", "startTime", "endTime"):
        if shown.get(field) is not None:
            terminal.show(f"{field:<16}{shown[field]}")
    for field in ("reason", "currentNodeIds", "variables", "outputs"):
        if execution.get(field):
            terminal.show(f"{field:<16}{terminal.short_json(execution[field], 2_000)}")
    for error in execution["errors"]:
        place = f" at {error['nodeId']}" if "nodeId" in error else ""
        terminal.show(f"{'error':<16}{error['code']}{place}: {error.get('message', '')}")
    show_waiting(client, execution)
    if execution["nodeExecutions"]:
        terminal.show("")
        terminal.show_table(
            ("NODE", "RUN", "STATUS", "ATTEMPTS", "STARTED", "ELAPSED", "ERROR"),
            (_node_row(run) for run in execution["nodeExecutions"].values()),
        )
    if execution.get("truncated"):
        terminal.show("… only the nodes that run or failed: the execution is too large")


def _node_row(run: Mapping[str, Any]) -> tuple[object, ...]:
    error = run.get("error", {})
    words = ": ".join(part for part in (error.get("code"), error.get("message")) if part)
    return (
        run["nodeId"] if "index" not in run else f"{run['nodeId']}[{run['index']}]",
        run.get("run"),
        run["status"],
        run["attempts"] or "",
        run["startTime"],
        _elapsed(run),
        words,
    )


def _elapsed(document: Mapping[str, Any]) -> str:
    if "endTime" not in document:
        return ""
    return elapsed(from_iso(document["endTime"]) - from_iso(document["startTime"]))


def searched(pairs: Iterable[str]) -> dict[str, str]:
    """The query parameters of ``KEY=VALUE``, each key once."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        name = f"metadata.{key}"
        if not key or not equals or name in found:
            text = f"--metadata takes KEY=VALUE, each KEY once; it got {pair!r}."
            raise Failed(text, USAGE)
        found[name] = value
    return found


def list_executions(
    client: HttpClient,
    *,
    limit: int,
    as_json: bool,
    **where: str | None,
) -> None:
    """List executions, newest first."""

    def page(size: int, cursor: str | None) -> Document:
        return client.executions(limit=size, cursor=cursor, **where)

    items = list(all_of(page, limit))
    if as_json:
        terminal.show_json({"items": items})
        return
    terminal.show_table(
        ("ID", "STATUS", "SEQUENCE", "NAME", "STARTED", "ELAPSED"),
        (
            (
                one["id"],
                _standing(one),
                one["sequenceId"],
                one.get("name"),
                one["startTime"],
                _elapsed(one),
            )
            for one in items
        ),
    )


def _standing(execution: Document) -> str:
    """The status, and beside it whether it is paused: of one that has ended that is the past."""
    is_held = execution.get("paused") and execution.get("endTime") is None
    return f"{execution['status']}{',paused' if is_held else ''}"


def history(client: HttpClient, execution_id: str, *, limit: int | None, as_json: bool) -> None:
    """Show what has happened, in order; a long history as it is read."""

    def page(size: int, cursor: str | None) -> Document:
        return client.history(execution_id, size, cursor)

    items = all_of(page, limit)
    if as_json:
        terminal.show_json({"items": list(items)})
        return
    for item in items:
        shown = {"number", "time", "type", "nodeId"}
        rest = {name: value for name, value in item.items() if name not in shown}
        words = f"{item['number']:>6}  {item['time']}  {item['type']:<24}  {item.get('nodeId', '')}"
        terminal.show(f"{words}  {terminal.short_json(rest)}".rstrip() if rest else words.rstrip())


def cancel(client: HttpClient, execution_id: str, *, reason: str | None, as_json: bool) -> None:
    """Cancel an execution."""
    answered(asked(lambda: client.cancel(execution_id, reason)), as_json=as_json)


def signal(
    client: HttpClient,
    execution_id: str,
    name: str,
    *,
    payload: Any,
    key: str | None,
    as_json: bool,
) -> None:
    """Send a signal to an execution. Raises ``Failed``."""
    try:
        answer = asked(lambda: client.signal(execution_id, name, payload, key))
    except ValueError as error:
        raise Failed(f"--idempotency-key: {error}", USAGE) from None
    answered(answer, as_json=as_json)
