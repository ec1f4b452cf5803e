"""The command ``seriatim``: its subcommands and their options. What they do is imported when
called, so that ``--help`` is quick.
"""
# ruff: noqa: PLC0415 - see above

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from seriatim.cli import control_commands, view_commands
from seriatim.cli.exits import INTERRUPTED, Failed
from seriatim.cli.options import ENDPOINT, PROJECT, Endpoint, ExecutionId, Json, Project
from seriatim.domain.limits import DURATION_SECONDS_MAX
from seriatim.version import VERSION

app = typer.Typer(
    name="seriatim",
    help="Durable task sequences: define, check, run and watch them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "Exit status: 0 done, 1 failed or refused, 2 wrong usage, 3 the service cannot be reached,"
        " 130 interrupted."
    ),
)

ON_MACHINE = "On this machine"
OVER_API = "Over the API"

Tasks = Annotated[
    list[str] | None,
    typer.Option(help="Module (or .py file) that registers python tasks; repeatable."),
]
Input = Annotated[
    str | None,
    typer.Option("--input", help="Variables: a JSON object, or @FILE (@- reads standard input)."),
]
DefinitionFile = Annotated[Path, typer.Argument(help="JSON or YAML: a sequence or a bundle.")]
SequenceInFile = Annotated[
    str | None,
    typer.Option("--sequence", help="Id or name of the sequence, where the file has several."),
]


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"seriatim {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """What all commands have in common."""


@app.command(rich_help_panel=ON_MACHINE)
def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the API.")] = 8000,
    tasks: Tasks = None,
    load: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH…", help="Files of definitions, or directories of them, to publish."
        ),
    ] = None,
    more: Annotated[list[Path] | None, typer.Argument(hidden=True)] = None,
    time_scale: Annotated[
        float, typer.Option(min=0.001, max=1_000_000, help="Let time run so many times as fast.")
    ] = 1,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print every event on the bus.")
    ] = False,
    node_events: Annotated[
        bool, typer.Option("--node-events", help="Tell the bus of node runs, too.")
    ] = False,
) -> None:
    """Run the whole service here, in memory or on the emulator of AWS_ENDPOINT_URL."""
    from seriatim.cli.dev import dev

    if more and not load:
        raise typer.BadParameter(f"write --load {more[0]} to publish what is in it")
    # An option has one value: what a shell makes of `--load *.yaml` goes on as arguments.
    dev(
        port,
        tasks or (),
        [*(load or ()), *(more or ())],
        time_scale=time_scale,
        is_verbose=verbose,
        node_events=node_events,
    )


@app.command(rich_help_panel=ON_MACHINE)
def run(
    file: DefinitionFile,
    variables: Input = None,
    tasks: Tasks = None,
    watch: Annotated[bool, typer.Option(help="Show progress on standard error.")] = True,
    skip_time: Annotated[
        bool, typer.Option("--skip-time", help="Do not wait for timers, back-offs and time-outs.")
    ] = False,
    sequence: SequenceInFile = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="Cancel the execution after so long."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole execution, not only its outputs.")
    ] = False,
) -> None:
    """Run one execution from a file, here; exit status 0 only where it succeeded.

    Outputs go to standard output as JSON. Task definitions that the file does not have may be
    python functions of the same name. Ctrl-C cancels.
    """
    from seriatim.cli.run import run
    from seriatim.cli.terminal import parse_object

    run(
        file,
        variables=parse_object("--input", variables) or {},
        tasks=tasks or (),
        sequence=sequence,
        is_watched=watch,
        skips_time=skip_time,
        timeout_seconds=timeout,
        as_json=as_json,
    )


@app.command(rich_help_panel=ON_MACHINE)
def validate(
    files: Annotated[list[Path], typer.Argument(help="JSON or YAML: sequences or bundles.")],
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail, too.")] = False,
    as_json: Json = False,
) -> None:
    """Find all problems of files, as activation would; the files may refer to each other."""
    from seriatim.cli.validate import validate

    validate(files, is_strict=strict, as_json=as_json)


@app.command(rich_help_panel=ON_MACHINE)
def graph(
    file: DefinitionFile,
    kind: Annotated[
        str | None,
        typer.Option("--format", help="svg (default), png, mermaid, dot or json."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; its suffix is a format.")
    ] = None,
    sequence: SequenceInFile = None,
) -> None:
    """Draw a sequence."""
    from seriatim.cli.graph import graph

    graph(file, kind, output, sequence)


@app.command(rich_help_panel=ON_MACHINE)
def cost(  # noqa: PLR0913, PLR0917 - one for each option
    file: DefinitionFile,
    executions_per_month: Annotated[
        int, typer.Option(min=1, max=10**12, metavar="N", help="How many.")
    ],
    variables: Input = None,
    tasks: Tasks = None,
    task_seconds: Annotated[
        float,
        typer.Option(min=0, max=DURATION_SECONDS_MAX, help="How long one attempt of a task runs."),
    ] = 0.1,
    task_megabytes: Annotated[
        int,
        typer.Option(min=128, max=10_240, help="Memory of the functions that lambda tasks call."),
    ] = 512,
    worker_megabytes: Annotated[
        int, typer.Option(min=128, max=10_240, help="Memory of the worker.")
    ] = 1024,
    sequence: SequenceInFile = None,
    as_json: Json = False,
) -> None:
    """Estimate what a sequence costs on AWS, beside AWS Step Functions.

    It is run once, here, with every call counted; tasks whose code is not here answer with their
    inputs, and signals and callbacks come when all waits.
    """
    from seriatim.cli.cost import cost
    from seriatim.cli.terminal import parse_object
    from seriatim.cost.estimate import Assumed

    cost(
        file,
        assumed=Assumed(
            executions_per_month=executions_per_month,
            task_seconds=task_seconds,
            task_megabytes=task_megabytes,
            worker_megabytes=worker_megabytes,
        ),
        variables=parse_object("--input", variables) or {},
        tasks=tasks or (),
        sequence=sequence,
        as_json=as_json,
    )


@app.command(rich_help_panel=OVER_API)
def start(  # noqa: PLR0913, PLR0917 - one for each option
    sequence: Annotated[str, typer.Argument(help="Id of the sequence, or its name.")],
    variables: Input = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the execution: makes the start safe to repeat.")
    ] = None,
    priority: Annotated[int | None, typer.Option(help="Priority; higher goes first.")] = None,
    metadata: Annotated[str | None, typer.Option(help="A JSON object, or @FILE.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow it to its end; exit 0 only if it succeeds.")
    ] = False,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Start an execution."""
    from seriatim.cli import asking, calls
    from seriatim.cli.terminal import parse_object

    calls.start(
        asking.connect(endpoint, project),
        sequence,
        variables=parse_object("--input", variables) or {},
        name=name,
        priority=priority,
        metadata=parse_object("--metadata", metadata),
        is_watched=watch,
        as_json=as_json,
    )


@app.command(rich_help_panel=OVER_API)
def get(
    execution: ExecutionId,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Show an execution."""
    from seriatim.cli import asking, calls

    calls.get(asking.connect(endpoint, project), execution, as_json=as_json)


@app.command("list", rich_help_panel=OVER_API)
def list_executions(  # noqa: PLR0913, PLR0917 - one for each option
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    sequence: Annotated[str | None, typer.Option(help="Only of the sequence of this id.")] = None,
    started_after: Annotated[str | None, typer.Option(help="ISO 8601 time.")] = None,
    started_before: Annotated[str | None, typer.Option(help="ISO 8601 time.")] = None,
    name: Annotated[str | None, typer.Option(help="Only those of exactly this name.")] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE that their metadata has; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """List executions, newest first."""
    from seriatim.cli import asking, calls

    calls.list_executions(
        asking.connect(endpoint, project),
        limit=limit,
        as_json=as_json,
        status=status,
        sequenceId=sequence,
        startedAfter=started_after,
        startedBefore=started_before,
        name=name,
        **calls.searched(metadata or ()),
    )


@app.command(rich_help_panel=OVER_API)
def history(
    execution: ExecutionId,
    limit: Annotated[int | None, typer.Option(min=1, help="How many at most.")] = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Show all that happened in an execution, in order."""
    from seriatim.cli import asking, calls

    calls.history(asking.connect(endpoint, project), execution, limit=limit, as_json=as_json)


@app.command(rich_help_panel=OVER_API)
def cancel(
    execution: ExecutionId,
    reason: Annotated[str | None, typer.Option(help="Goes to the history.")] = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Cancel an execution."""
    from seriatim.cli import asking, calls

    calls.cancel(asking.connect(endpoint, project), execution, reason=reason, as_json=as_json)


@app.command(rich_help_panel=OVER_API)
def signal(
    execution: ExecutionId,
    name: Annotated[str, typer.Argument(help="Name of the signal.")],
    payload: Annotated[str | None, typer.Option(help="JSON, or @FILE.")] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Makes the call safe to repeat.")
    ] = None,
    endpoint: Endpoint = ENDPOINT,
    project: Project = PROJECT,
    as_json: Json = False,
) -> None:
    """Send a signal to an execution."""
    from seriatim.cli import asking, calls
    from seriatim.cli.terminal import parse_json

    calls.signal(
        asking.connect(endpoint, project),
        execution,
        name,
        payload=None if payload is None else parse_json("--payload", payload),
        key=idempotency_key,
        as_json=as_json,
    )


control_commands.register(app, OVER_API)
view_commands.register(app, OVER_API)


def main() -> None:
    """Run the command line; ends the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # names are of any script, terminals are not
    try:
        app()
    except Failed as failed:
        if failed.message:
            from seriatim.cli.terminal import say

            say(failed.message, "red")
        sys.exit(failed.status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Who reads has gone: nothing is left to be said, not even at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
