"""Options and arguments that several commands of the API take."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Endpoint = Annotated[
    str, typer.Option(help="Address of the API.", envvar="SERIATIM_ENDPOINT", metavar="URL")
]
Project = Annotated[str, typer.Option(help="Project.", envvar="SERIATIM_PROJECT", metavar="ID")]
ExecutionId = Annotated[str, typer.Argument(help="Id of the execution.", metavar="EXECUTION")]
SequenceId = Annotated[str, typer.Argument(help="Id of the sequence.", metavar="SEQUENCE")]

ENDPOINT = "http://127.0.0.1:8000"
PROJECT = "default"
