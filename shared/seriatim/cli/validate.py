"""``seriatim validate``: all that activation would find, before anything is deployed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from seriatim.authoring.files import FileProblem, LoadedFile, load_file
from seriatim.cli import terminal
from seriatim.cli.exits import NEGATIVE, Failed
from seriatim.domain.validation.bundles import references_of
from seriatim.domain.validation.problems import ProblemCode
from seriatim.domain.validation.references import References

ELSEWHERE: Final = {
    ProblemCode.UNKNOWN_TASK_DEFINITION: "taskDefinitions",
    ProblemCode.UNKNOWN_RESOURCE_POOL: "resourcePools",
}
"""What may be unknown here and known to the service, and the list of a bundle that would have
it.
"""


def check_files(paths: Sequence[Path]) -> list[LoadedFile]:
    """Read files, each checked as for activation among all of them.

    A name that none of the files has is a warning where it may be the service that has it: where no
    file has a list of that kind of definition at all, or, for a sequence, where there is only one
    in the files.
    """
    nothing = References(task_definitions={}, sequences={}, resource_pools={})
    besides = nothing
    if len(paths) > 1:
        for first in map(load_file, paths):
            if first.bundle is not None:
                besides = references_of(first.bundle, first.documents, besides)
    files = [load_file(path, besides) for path in paths]
    lists = {name for file in files for name in file.documents}
    is_single = sum(len(_items(file.documents.get("sequences"))) for file in files) == 1
    may_be_elsewhere = {code for code, name in ELSEWHERE.items() if name not in lists}
    if is_single and not lists & {"taskDefinitions", "templates"}:
        may_be_elsewhere.add(ProblemCode.UNKNOWN_SEQUENCE)
    return [_softened(file, may_be_elsewhere) for file in files]


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _softened(file: LoadedFile, may_be_elsewhere: set[ProblemCode]) -> LoadedFile:
    problems = tuple(
        _as_warning(found) if found.problem.code in may_be_elsewhere else found
        for found in file.problems
    )
    return LoadedFile(file.name, file.documents, file.bundle, problems)


def _as_warning(found: FileProblem) -> FileProblem:
    problem = msgspec.structs.replace(
        found.problem,
        severity="warning",
        message=f"{found.problem.message} It is in none of the files; the service may have it.",
    )
    return FileProblem(found.file, problem, found.line, found.column)


def validate(paths: Sequence[Path], *, is_strict: bool, as_json: bool) -> None:
    """Print every problem of the files.

    Raises:
        Failed: there is an error, or, where it is strict, a warning.
    """
    files = check_files(paths)
    severities = [found.problem.severity for file in files for found in file.problems]
    errors, warnings = severities.count("error"), severities.count("warning")
    if as_json:
        terminal.show_json(
            {"valid": not errors, "files": [_to_json(file) for file in files]},
        )
    else:
        for file in files:
            for found in file.problems:
                terminal.show(str(found))
        counts = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
        terminal.say(f"{_count(len(files), 'file')}: {counts if errors or warnings else 'valid'}")
    if errors or (is_strict and warnings):
        raise Failed(status=NEGATIVE)


def _to_json(file: LoadedFile) -> dict[str, Any]:
    return {
        "file": file.name,
        "valid": not file.has_errors,
        "problems": [
            {**found.problem.to_json(), "line": found.line, "column": found.column}
            for found in file.problems
        ],
    }


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
