"""Commands of an operator: ``pause``, ``resume``, ``redrive`` and ``bulk``."""
# ruff: noqa: PLC0415 - what a command does is imported when it is called

from typing import Annotated

import typer

from seriatim.cli.options import ENDPOINT, PROJECT, Endpoint, ExecutionId, Json, Project

Reason = Annotated[str | None, typer.Option(help="Goes to the history.")]


def pause(
    execution: ExecutionId,
    reason: Reason = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Let an execution begin no node run; what comes back is taken in."""
    from seriatim.cli import asking

    client = asking.connect(endpoint, project)
    asking.answered(asking.asked(lambda: client.pause(execution, reason)), as_json=as_json)


def resume(
    execution: ExecutionId,
    reason: Reason = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Let a paused execution go on."""
    from seriatim.cli import asking

    client = asking.connect(endpoint, project)
    asking.answered(asking.asked(lambda: client.resume(execution, reason)), as_json=as_json)


def redrive(
    execution: ExecutionId,
    from_node: Annotated[
        list[str] | None,
        typer.Option(help="Go on from this node instead of where it stopped; repeatable."),
    ] = None,
    revision: Annotated[
        int | None, typer.Option(min=1, help="Go on with this newer revision.")
    ] = None,
    reason: Reason = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Let an execution that failed, timed out or was cancelled go on where it stopped."""
    from seriatim.cli import asking

    client = asking.connect(endpoint, project)
    answer = asking.asked(
        lambda: client.redrive(
            execution, from_node_ids=from_node or None, revision=revision, reason=reason
        )
    )
    asking.answered(answer, as_json=as_json)


def bulk(  # noqa: PLR0913, PLR0917 - one for each option
    action: Annotated[str, typer.Argument(help="cancel, pause, resume or redrive.")],
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    sequence: Annotated[str | None, typer.Option(help="Only of the sequence of this id.")] = None,
    started_after: Annotated[str | None, typer.Option(help="ISO 8601 time.")] = None,
    started_before: Annotated[str | None, typer.Option(help="ISO 8601 time.")] = None,
    is_all: Annotated[
        bool, typer.Option("--all", help="All executions of the project: no filter.")
    ] = False,
    reason: Reason = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Cancel, pause, resume or redrive all executions that a filter shows."""
    from seriatim.cli import asking
    from seriatim.cli.exits import USAGE, Failed
    from seriatim.cli.terminal import show, show_json

    given = {
        "status": status,
        "sequenceId": sequence,
        "startedAfter": started_after,
        "startedBefore": started_before,
    }
    where = {name: value for name, value in given.items() if value is not None}
    if is_all == bool(where):
        raise Failed("Give a filter, or --all for all executions of the project.", USAGE)
    client = asking.connect(endpoint, project)
    answer = asking.asked(lambda: client.bulk(action, where, reason))
    if as_json:
        show_json(answer)
    else:
        show(f"{answer['id']}  {answer['action']}")


def register(app: typer.Typer, panel: str) -> None:
    """Add them to the command line."""
    for command in (pause, resume, redrive, bulk):
        app.command(rich_help_panel=panel)(command)
