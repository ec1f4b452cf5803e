"""The commands that look behind an execution and move it: ``waiting``, ``revisions``, ``diff``,
``move``. Added to the others by ``main``.
"""
# ruff: noqa: PLC0415 - what they do is imported when called, so that ``--help`` is quick

from typing import Annotated

import typer

from seriatim.cli.options import (
    ENDPOINT,
    PROJECT,
    Endpoint,
    ExecutionId,
    Json,
    Project,
    SequenceId,
)


def waiting(
    execution: ExecutionId,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Say why an execution waits: a sentence for every token that does not move."""
    from seriatim.cli import asking, views

    views.waiting(asking.connect(endpoint, project), execution, as_json=as_json)


def revisions(
    sequence: SequenceId,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """List the revisions of a sequence, the newest first."""
    from seriatim.cli import asking, views

    views.revisions(asking.connect(endpoint, project), sequence, as_json=as_json)


def diff(
    sequence: SequenceId,
    older: Annotated[int | None, typer.Option("--from", min=1, help="The older revision.")] = None,
    newer: Annotated[int | None, typer.Option("--to", min=1, help="The newer revision.")] = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Say what a revision has otherwise than another: by default the newest than the one before."""
    from seriatim.cli import asking, views

    views.diff(asking.connect(endpoint, project), sequence, older, newer, as_json=as_json)


def move(  # noqa: PLR0913, PLR0917 - one for each option
    sequence: SequenceId,
    to: Annotated[int, typer.Option(min=1, help="The revision to go to.")],
    execution: Annotated[
        list[str] | None, typer.Option(help="Only this execution; repeatable.")
    ] = None,
    older: Annotated[
        int | None, typer.Option("--from", min=1, help="Only executions on this revision.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Move them; else only say which.")] = False,
    reason: Annotated[str | None, typer.Option(help="Goes to the history.")] = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Move running executions to another revision; without --yes, say which could."""
    from seriatim.cli import asking, views

    views.move(
        asking.connect(endpoint, project),
        sequence,
        {
            "toRevision": to,
            "fromRevision": older,
            "executionIds": execution or None,
            "dryRun": not yes,
            "reason": reason,
        },
        as_json=as_json,
    )


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands to the others."""
    for command in (waiting, revisions, diff, move):
        app.command(rich_help_panel=panel)(command)
