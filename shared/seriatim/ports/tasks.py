"""The port of tasks: who runs one attempt."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from seriatim.domain.values import Error, ExecutionKey


class TaskRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to be run."""

    key: ExecutionKey
    sequence_id: str
    node_id: str
    number: int
    run: int
    attempt: int
    definition: dict[str, Any]
    """The task definition (canonical camelCase JSON); ``target`` is the one that was chosen."""
    inputs: dict[str, Any]
    idempotency_key: str
    """The same for every attempt of one node run."""
    task_token: str
    deadline: int | None
    """When the attempt must have ended (milliseconds), if it has a time-out."""
    queue_by: int | None = None
    """Until when a worker must have taken it from its activity list, if that is bounded."""
    priority: int = 0
    """Of its execution."""
    index: int | None = None
    target: int | None = None
    names: Mapping[str, Any] = {}
    """What the ``${…}`` places of the definition may read besides: variables, nodes, the item."""
    on_cancel: Callable[[Callable[[], None]], None] = lambda _: None
    """Has a call made, from another thread, when the attempt is not wanted any more."""


class Completed(msgspec.Struct, frozen=True):
    """The attempt returned ``result`` (any JSON value)."""

    result: Any = None


class Failed(msgspec.Struct, frozen=True):
    """The attempt failed."""

    error: Error


class HandedOut(msgspec.Struct, frozen=True):
    """Somebody outside has it now and will answer with the task token."""


TaskOutcome = Completed | Failed | HandedOut


class TaskRunner(Protocol):
    """Runs one attempt of a task. Never raises for what the task did: a failure is an outcome."""

    def run(self, request: TaskRequest) -> TaskOutcome: ...

    def check_result(self, definition: Mapping[str, Any], result: Any) -> Failed | None:
        """Why a result that came by task token is not what the definition promises."""
