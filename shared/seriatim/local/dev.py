"""What ``seriatim dev`` does: the whole service, until it is told to stop."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from functions.wiring import Wiring
from seriatim.graph.measure import one_line
from seriatim.local.environment import endpoint_url
from seriatim.local.gateway import PortInUse
from seriatim.local.parts import ServiceError
from seriatim.local.publishing import PROJECT, LoadError, load_paths, publish
from seriatim.local.service import LocalService
from seriatim.tasks.modules import TaskModuleError

PORT_DEFAULT = 8000

Say = Callable[[str], None]


class CannotServe(Exception):
    """``seriatim dev`` cannot run as it was asked to; the message says what to do."""


class NoSuchTasks(CannotServe):
    """A module of tasks cannot be imported."""


def say_at_once(line: str) -> None:
    """Print a line without waiting for more of them."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve(
    port: int = PORT_DEFAULT,
    *,
    tasks: Sequence[str] = (),
    load: Sequence[Path] = (),
    time_scale: float = 1,
    is_verbose: bool = False,
    node_events: bool = False,
    say: Say = say_at_once,
    stop: threading.Event | None = None,
) -> None:
    """Serve on ``port`` until SIGINT or SIGTERM, or until ``stop`` is set.

    ``load`` are files of definitions, or directories of them, to be published first. ``say`` prints
    a line, with ``is_verbose`` for every event on the bus, too; with ``node_events`` the bus is
    told of changes of node runs.

    Raises:
        CannotServe: an argument is at fault, or the port is in use.
    """
    stopping = stop or threading.Event()
    loaded: list[str] = []
    try:
        service = LocalService(
            port,
            tasks=tasks,
            time_scale=time_scale,
            node_events=node_events,
            prepare=lambda wiring: loaded.extend(_load(wiring, load)),
        )
        if is_verbose:
            service.bus.listen(lambda event: say(_line_of(event)))
        with _stopped_by_signals(stopping):
            service.start()
            for line in [*_banner(service, time_scale), *loaded, "Ctrl-C stops it."]:
                say(line)
            stopping.wait()
            say("Stopping.")
            is_quiet = service.stop()
    except TaskModuleError as error:
        raise NoSuchTasks(str(error)) from error
    except (ServiceError, PortInUse, LoadError) as error:
        raise CannotServe(str(error)) from error
    if not is_quiet and stop is None:
        # A task's thread cannot be stopped, and must not keep the process alive.
        say("A task was still running; its attempt is lost with the service.")
        sys.stdout.flush()
        os._exit(0)


def _load(wiring: Wiring, load: Sequence[Path]) -> Iterator[str]:
    if not load:
        return
    published = publish(wiring, load_paths(load), has_triggers=True)
    for task_id in published.task_definition_ids:
        yield f"  task       {task_id}"
    for pool_id in published.resource_pool_ids:
        yield f"  pool       {pool_id}"
    for template in published.templates:
        yield f"  template   {template.id} {template.name!r}"
    for one in published.sequences:
        state = f"{one.status}, revision {one.revision}"
        if one.warnings:
            state += f", {one.warnings} warning{'' if one.warnings == 1 else 's'}"
        yield f"  sequence   {one.id} {one.name!r}: {state}"
    for trigger_id in published.trigger_ids:
        yield f"  trigger    {trigger_id}"


def _line_of(event: dict[str, Any]) -> str:
    """What ``--verbose`` shows of an event on the bus."""
    detail = event["detail"] if isinstance(event["detail"], dict) else {}
    wanted = ("executionId", "nodeId", "status", "sequenceNumber")
    told = " ".join(str(detail[field]) for field in wanted if field in detail)
    kind = one_line(f"{event['source']}: {event['detail-type']}")  # as a task has made them
    return f"  event      {kind}: {told or event['id']}"


def _banner(service: LocalService, time_scale: float) -> Iterator[str]:
    yield f"Seriatim serves {service.url}"
    yield f"  API        {service.url}/docs"
    yield f"  project    {PROJECT}"
    yield f"  AWS        {endpoint_url() or 'embedded: in memory, gone at the end'}"
    if time_scale != 1:
        yield f"  time       {time_scale:g} times as fast"


@contextmanager
def _stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set the event. Elsewhere than in the main thread nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
