"""``seriatim run``: one execution of a sequence in a file, by the whole service in this process."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seriatim.application.errors import Invalid, Refused
from seriatim.authoring.files import LoadedFile, load_file
from seriatim.cli import terminal
from seriatim.cli.choosing import choose
from seriatim.cli.exits import INTERRUPTED, NEGATIVE, OK, USAGE, Failed
from seriatim.cli.progress import follow
from seriatim.cli.views import SENTENCES_SHOWN_MAX
from seriatim.domain.state import State
from seriatim.domain.validation.references import References, named_ids
from seriatim.domain.values import ExecutionKey, Status
from seriatim.local.gateway import PortInUse
from seriatim.local.parts import ServiceError
from seriatim.local.publishing import PROJECT, LoadError, publish
from seriatim.local.service import LocalService
from seriatim.tasks.modules import TaskFunctions, TaskModuleError


def run(
    path: Path,
    *,
    variables: Mapping[str, Any],
    tasks: Sequence[str],
    sequence: str | None,
    is_watched: bool,
    skips_time: bool,
    timeout_seconds: float | None,
    as_json: bool,
) -> None:
    """Run it to its end: progress on standard error, outputs as JSON on standard output.

    Raises:
        Failed: it did not succeed, or could not be started.
    """
    terminal.log_plainly()
    try:
        functions = TaskFunctions(tasks)
        functions.load()
        loaded = _load(path, functions)
        chosen = choose(loaded.documents["sequences"], sequence, path)
        service = LocalService(tasks=tasks, skip_time=skips_time)
        service.start()
    except TaskModuleError as error:
        raise Failed(str(error), USAGE) from None
    except (ServiceError, PortInUse) as error:
        raise Failed(str(error)) from None
    status = NEGATIVE
    try:
        key = _start(service, loaded, chosen, variables)
        status = _follow(service, key, timeout_seconds, is_watched=is_watched, as_json=as_json)
    finally:
        is_quiet = service.stop()
        if not is_quiet and sys.exc_info()[0] is None:
            # A task's thread cannot be stopped, and must not keep the process alive.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    if status != OK:
        raise Failed(status=status)


def _load(path: Path, functions: TaskFunctions) -> LoadedFile:
    """The file, checked as for activation. A task definition that is nowhere may be the function of
    that name: so a lone sequence can be run.
    """
    defined = {name: frozenset[str]() for name in functions.names}
    nothing_else = References(task_definitions=defined, sequences={}, resource_pools={})
    loaded = load_file(path, nothing_else)
    if loaded.has_errors or loaded.bundle is None:
        raise Failed("\n".join(str(one) for one in loaded.problems))
    if not loaded.bundle.sequences:
        raise Failed(f"{path} has no sequence that could be run.", USAGE)
    return loaded


def _start(
    service: LocalService,
    loaded: LoadedFile,
    chosen: Mapping[str, Any],
    variables: Mapping[str, Any],
) -> ExecutionKey:
    assert loaded.bundle is not None
    has = {task.id for task in loaded.bundle.task_definitions}
    named = {
        name for one in loaded.documents["sequences"] for name in named_ids(one).task_definitions
    }
    definitions = service.wiring.definitions
    try:
        for name in sorted(named - has):
            function = {"name": name, "integration": "python", "python": {"function": name}}
            definitions.put_task_definition(PROJECT, name, function)
        published = publish(service.wiring, [loaded])
        at = next(i for i, one in enumerate(loaded.documents["sequences"]) if one is chosen)
        state = service.wiring.executions.start(
            PROJECT, published.sequences[at].id, variables=variables
        )
    except LoadError as error:
        raise Failed(str(error)) from None
    except Refused as error:
        problems = error.problems if isinstance(error, Invalid) else ()
        lines = terminal.problem_lines(one.to_json() for one in problems)
        raise Failed("\n".join([error.message, *lines])) from None
    for kind in published.left_out:
        terminal.say(f"{kind} in the file are not used by this run", "yellow")
    return state.key


def _follow(
    service: LocalService,
    key: ExecutionKey,
    timeout_seconds: float | None,
    *,
    is_watched: bool,
    as_json: bool,
) -> int:
    def advice(_event: Mapping[str, Any], wait: Mapping[str, Any]) -> str | None:
        if wait["kind"] != "signal":
            return None
        return f"seriatim signal {key.execution_id} {wait['name']} --endpoint {service.url}"

    try:
        end = follow(
            service,
            key,
            terminal.console(is_error=True),
            timeout_seconds=timeout_seconds,
            advice=advice,
            is_quiet=not is_watched,
        )
    except KeyboardInterrupt:
        _cancel(service, key, "interrupted")
        terminal.say("Interrupted: the execution is cancelled.", "red")
        return INTERRUPTED
    if end is None:
        _say_why(service, key)
        _cancel(service, key, f"not done within {timeout_seconds:g} s")
        terminal.say(f"Not done within {timeout_seconds:g} s: the execution is cancelled.", "red")
        return NEGATIVE
    state = service.wiring.executions.load(key)
    if as_json:
        terminal.show_json(service.wiring.reading.execution(key))
    elif state.status is Status.SUCCEEDED:
        terminal.show_json(state.outputs)
    if state.status is Status.SUCCEEDED:
        return OK
    _explain(state)
    return NEGATIVE


def _say_why(service: LocalService, key: ExecutionKey) -> None:
    """What it stood still for."""
    page = service.wiring.why_waiting.page(key, SENTENCES_SHOWN_MAX, None)
    for item in page["items"]:
        terminal.say(f"  {item['sentence']}")


def _cancel(service: LocalService, key: ExecutionKey, reason: str) -> None:
    try:
        service.wiring.executions.cancel(key, reason)
    except Refused:
        return  # it ended meanwhile


def _explain(state: State) -> None:
    terminal.say(f"The execution ended: {state.status.value}.", "red")
    for _, node_id, error in state.errors:
        where = f"{node_id}: " if node_id else ""
        terminal.say(f"  {where}{error.code}: {error.message}")
