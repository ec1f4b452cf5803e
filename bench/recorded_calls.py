"""What the engine asks of AWS for one execution, call by call: the deployed handlers run over
embedded AWS, and every call of theirs is written down in order, with the write units that it takes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from bench.shapes import chain_of, publish
from functions.wiring import Wiring
from seriatim.cost.counting import Meter, MeteredQueue, MeteredTimers
from seriatim.local.event_source import Handler
from seriatim.local.service import LocalService, imported
from seriatim.ports.tasks import TaskOutcome, TaskRequest, TaskRunner
from seriatim.topology import LOG, RECORDS, TOPOLOGY

PROJECT: Final = "bench"
TASK: Final = "task"
"""Stands among the calls where a task runs."""
WARMING: Final = 3
"""Executions before the one that is recorded: of warm processes."""


@dataclass(frozen=True)
class Call:
    """One call, or a task's run."""

    name: str
    log_units: float = 0
    records_units: float = 0

    @property
    def is_append(self) -> bool:
        """Whether a step is written by it."""
        return self.log_units > 0


@dataclass(frozen=True)
class Invocation:
    """One of a function's, and what it asked for, in order."""

    function: str
    calls: list[Call] = field(default_factory=list)


_current: ContextVar[Invocation | None] = ContextVar("invocation", default=None)


class Recorder(Meter):
    """Writes down the calls of each invocation while it is on."""

    def __init__(self) -> None:
        super().__init__()
        self.invocations: list[Invocation] = []
        self._units = threading.local()

    def watch_all(self, wiring: Wiring) -> None:
        """Record what this wiring asks for."""
        self.watch(wiring.clients)
        parts = vars(wiring)
        parts["queue"] = MeteredQueue(wiring.queue, self)
        parts["timers"] = MeteredTimers(wiring.timers, self)
        parts["tasks"] = _RecordedTasks(wiring.tasks)

    @contextmanager
    def invocation(self, function: str) -> Iterator[None]:
        """What this thread asks for meanwhile belongs to one invocation."""
        invocation = Invocation(function)
        token = _current.set(invocation)
        try:
            yield
        finally:
            _current.reset(token)
            if self._is_on:
                self.invocations.append(invocation)

    def messaged(self, call: str, content_bytes: int, requests: int = 1) -> None:
        """A queue was asked something."""
        super().messaged(call, content_bytes, requests)
        note(Call(f"sqs.{call}"))

    def scheduled(self, call: str) -> None:
        """Scheduler was asked something."""
        super().scheduled(call)
        note(Call(f"scheduler.{call}"))

    def _count(self, parsed: Any, context: Any, model: Any, **more: Any) -> None:
        self._units.write = 0.0
        super()._count(parsed, context, model, **more)
        asked = context.get("seriatim_params", {})
        table = str(asked.get("TableName", "")).rpartition("-")[2]
        units: float = self._units.write
        note(
            Call(
                f"{model.service_model.service_name}.{model.name}",
                log_units=units if table == LOG.name else 0,
                records_units=units if table == RECORDS.name else 0,
            )
        )

    def _add(self, *, write: float = 0, read: float = 0) -> None:
        super()._add(write=write, read=read)
        self._units.write += write


class _RecordedTasks:
    def __init__(self, tasks: TaskRunner) -> None:
        self._tasks = tasks
        self.check_result = tasks.check_result

    def run(self, request: TaskRequest) -> TaskOutcome:
        note(Call(TASK))
        return self._tasks.run(request)


def note(call: Call) -> None:
    """Add a call to the invocation of this thread, if it is one's."""
    invocation = _current.get()
    if invocation is not None:
        invocation.calls.append(call)


def recorded_chain(tasks: int) -> list[Invocation]:
    """The invocations of one execution of a chain, of warm processes, in order of their ends."""
    recorder = Recorder()

    def handlers(handler: str) -> Handler:
        (function,) = (one.name for one in TOPOLOGY.functions if one.handler == handler)
        called = imported(handler)

        def recorded(event: Any, context: Any) -> Any:
            with recorder.invocation(function):
                return called(event, context)

        return recorded

    with LocalService(prepare=recorder.watch_all, handlers=handlers) as service:
        sequence_id = publish(service, chain_of(tasks), PROJECT)
        for number in range(WARMING + 1):
            recorder.switch(on=number == WARMING)
            _start(service, sequence_id)
            service.wait_idle()
    return recorder.invocations


def _start(service: LocalService, sequence_id: str) -> None:
    from seriatim.client.http import HttpClient  # noqa: PLC0415 - of the extra `local`

    HttpClient(service.url, PROJECT).start(sequence_id, variables={})
