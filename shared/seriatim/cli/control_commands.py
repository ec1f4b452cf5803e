"""Commands of an operator: ``pause``, ``resume`` and ``redrive``."""
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
    from seriatim.cli import calls

    client = calls.connect(endpoint, project)
    calls.answered(calls.asked(lambda: client.pause(execution, reason)), as_json=as_json)


def resume(
    execution: ExecutionId,
    reason: Reason = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Let a paused execution go on."""
    from seriatim.cli import calls

    client = calls.connect(endpoint, project)
    calls.answered(calls.asked(lambda: client.resume(execution, reason)), as_json=as_json)


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
    from seriatim.cli import calls

    client = calls.connect(endpoint, project)
    answer = calls.asked(
        lambda: client.redrive(
            execution, from_node_ids=from_node or None, revision=revision, reason=reason
        )
    )
    calls.answered(answer, as_json=as_json)


def register(app: typer.Typer, panel: str) -> None:
    """Add them to the command line."""
    for command in (pause, resume, redrive):
        app.command(rich_help_panel=panel)(command)
