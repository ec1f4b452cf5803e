"""Which adapter stands behind which port, in one place. Everything is built when first asked for
and then kept: a process has one of each.
"""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

import os
from collections.abc import Callable
from threading import Lock, RLock
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar, Unpack, overload

from functions import settings as environment
from functions.settings import Settings
from seriatim import ports

if TYPE_CHECKING:
    from seriatim.adapters.clients import Clients

T = TypeVar("T")


class Ports(TypedDict, total=False):
    """What may stand in for the cloud's adapters: the local runtime's, or a test's."""

    clients: "Clients"
    clock: ports.Clock
    ids: ports.Ids
    log: ports.ExecutionLog
    payloads: ports.Payloads
    queue: ports.WorkQueue


class built_once(Generic[T]):  # noqa: N801 - reads as what it is, a decorator
    """A property that is computed at first use and kept, also when threads ask at the same time."""

    def __init__(self, build: Callable[["Wiring"], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, wiring: None, owner: type["Wiring"]) -> "built_once[T]": ...

    @overload
    def __get__(self, wiring: "Wiring", owner: type["Wiring"]) -> T: ...

    def __get__(self, wiring: "Wiring | None", owner: type["Wiring"]) -> "built_once[T] | T":
        """Only reached while the instance has no value of this name."""
        if wiring is None:
            return self
        with wiring.building:
            if self._name not in wiring.__dict__:
                wiring.__dict__[self._name] = self._build(wiring)
            value: T = wiring.__dict__[self._name]
            return value


class Wiring:
    """The ports and use cases of one process. What is handed in stands; the rest is AWS."""

    def __init__(self, settings: Settings, **given: Unpack[Ports]) -> None:
        self.settings = settings
        self.building = RLock()
        self.__dict__.update(given)

    @built_once
    def clients(self) -> "Clients":
        """The AWS clients."""
        from seriatim.adapters.clients import Clients

        return Clients()

    @built_once
    def clock(self) -> ports.Clock:
        """Where the time comes from."""
        from seriatim.adapters.clock import SystemClock

        return SystemClock()

    @built_once
    def ids(self) -> ports.Ids:
        """Where new ids come from."""
        from seriatim.adapters.ids import SortableIds

        return SortableIds(self.clock)

    @built_once
    def payloads(self) -> ports.Payloads:
        """Big values."""
        from seriatim.adapters.s3 import S3Payloads

        return S3Payloads(self.clients.s3, self.settings.payload_bucket)

    @built_once
    def log(self) -> ports.ExecutionLog:
        """The steps of executions."""
        from seriatim.adapters.dynamodb.log import DynamoDBLog

        return DynamoDBLog(self.clients.dynamodb, self.settings.log_table, self.payloads)

    @built_once
    def queue(self) -> ports.WorkQueue:
        """The work queue's sending side."""
        from seriatim.adapters.sqs import SqsWorkQueue

        return SqsWorkQueue(self.clients.sqs, self.settings.work_queue_url, self.payloads)

    def received(self, body: str) -> bytes:
        """The work that a queue message's body stands for (see ``adapters.sqs.opened``)."""
        from seriatim.adapters.sqs import opened

        return opened(body, self.payloads)


_current: Wiring | None = None
_lock = Lock()


def current() -> Wiring:
    """The process's wiring, made from the environment when first asked for."""
    global _current  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _current is None:
            _current = Wiring(environment.load(os.environ))
        return _current


def use(wiring: Wiring) -> None:
    """Have ``current`` answer this one from now on (the local runtime and tests)."""
    global _current  # noqa: PLW0603
    with _lock:
        _current = wiring
