"""The whole service in this process: the topology with memory, moto or an emulator behind it.

The handlers are the deployed ones, called with Lambda's events. There is no second engine.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib import import_module
from typing import Any, Self

from functions import wiring
from functions.wiring import Wiring
from seriatim.adapters.ids import SortableIds
from seriatim.local import environment, resources
from seriatim.local.activity import Activity
from seriatim.local.bus import LocalBus
from seriatim.local.clock import LocalClock, SkipClock
from seriatim.local.dead_letters import MemoryDeadLetters
from seriatim.local.embedded_parts import start_embedded
from seriatim.local.emulator import SqsSource
from seriatim.local.emulator_parts import start_on_emulator
from seriatim.local.event_source import INVOKERS_DEFAULT, EventSource, Handler
from seriatim.local.gateway import Gateway
from seriatim.local.parts import STOP_SECONDS, Frame, GivenUp, ServiceError
from seriatim.local.queue import MemoryQueue
from seriatim.local.skipping import Skipping
from seriatim.local.ticker import Ticker
from seriatim.local.triggers import LocalTriggerRules
from seriatim.local.turnstile import Turnstile, execution_of
from seriatim.local.uploads import LocalUploads
from seriatim.tasks.modules import TaskFunctions
from seriatim.topology import API, DEAD_LETTER, RECONCILER, STARTER, WORKER, Function

IDLE_SECONDS_MAX = 60.0
STARTER_INVOKERS = 2
REMOTE_LOOK_SECONDS = 0.2
"""Between looks at an emulator's queue."""


class LocalService:
    """A context manager. One at a time in a process; one after the other is fine.

    ``wiring`` has the use cases and ports, ``url`` the HTTP API's address, ``clock`` the service's
    time, ``bus`` shows events to who listens. With ``AWS_ENDPOINT_URL`` set, all state is there and
    outlives the service; without, it is in memory.
    """

    def __init__(  # noqa: PLR0913 - what a caller may choose, all by name
        self,
        port: int | None = None,
        *,
        tasks: Sequence[str] = (),
        time_scale: float = 1,
        skip_time: bool = False,
        invokers: int = INVOKERS_DEFAULT,
        prepare: Callable[[Wiring], None] | None = None,
        handlers: Callable[[str], Handler] | None = None,
        hold_time: Callable[[], bool] = lambda: False,
        node_events: bool = False,
    ) -> None:
        """Without a ``port`` the HTTP API takes any free one. ``tasks`` are modules (dotted names
        or ``.py`` files) that register ``python`` tasks. ``prepare`` is called when all is there
        and nothing is served yet; ``handlers`` gives the function for a topology's handler string.
        Where time is skipped, ``hold_time`` is asked when only time can move anything; true: time
        stays where it is, since something else was moved, or will be. It is asked again after any
        change, and after ``ask_again``. ``node_events``: the bus is told of node runs, too.

        Raises:
            ServiceError: the arguments do not go together.
        """
        self._endpoint = environment.endpoint_url()
        if self._endpoint is not None and (skip_time or time_scale != 1):
            raise ServiceError(
                "Time can be scaled or skipped only where all of it is ours: on embedded AWS, that"
                " is, without AWS_ENDPOINT_URL."
            )
        if skip_time and time_scale != 1:
            raise ServiceError("Time is either scaled or skipped, not both.")
        self._port = port or 0
        self._tasks = tuple(tasks)
        self._invokers = invokers
        self._prepare = prepare
        self._handlers = handlers or imported
        self._hold_time = hold_time
        self._node_events = node_events
        self._activity = Activity()
        self._turnstile = Turnstile()
        try:
            self.clock = SkipClock(self._activity) if skip_time else LocalClock(time_scale)
        except ValueError as error:
            raise ServiceError(f"{error}") from error
        self.bus = LocalBus(resources.EVENT_BUS, SortableIds(self.clock), self.clock)
        self._stack = ExitStack()
        self._uploads: LocalUploads | None = None
        self.url = ""
        self.wiring: Wiring
        self.queue: MemoryQueue | SqsSource
        self.starts: MemoryQueue | SqsSource
        self._given_up: tuple[GivenUp, ...] = ()
        self._triggers: LocalTriggerRules
        self.dead_letters = MemoryDeadLetters()
        """Starts that were refused, on embedded AWS."""

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Create what is missing, and begin to serve.

        Raises:
            TaskModuleError: a module of tasks cannot be imported.
            PortInUse: something else listens on the port.
            ServiceError: the emulator cannot be used.
        """
        TaskFunctions(self._tasks).load()
        gateway = self._gateway()
        self._stack.callback(gateway.stop)
        try:
            gateway.listen(self._port)
            self.url = gateway.url
            self._start_parts()
            wiring.use(self.wiring)
            self.bus.listen(self._triggers.take)
            self.bus.attach(self.wiring.clients)
            if self._prepare is not None:
                self._prepare(self.wiring)
            self._start_event_source(WORKER, self.queue, self.wiring.settings.work_queue_arn)
            self._start_event_source(STARTER, self.starts, self.wiring.settings.starts_queue_arn)
            for source, arn in self._given_up:
                self._start_event_source(DEAD_LETTER, source, arn)
            self._start_reconciler()
            if isinstance(self.clock, SkipClock):
                self._start_skipping(self.clock)
            gateway.start()
        except BaseException:
            self._stack.close()
            raise

    def stop(self) -> bool:
        """Take no more work, let what runs end, and close; False if something still runs then."""
        self._stack.close()
        return not self._activity.awake and not self._activity.asleep

    def ask_again(self) -> None:
        """What ``hold_time`` answers may be different now."""
        self._activity.note_change()

    def is_idle(self) -> bool:
        """Nothing runs and no message waits to be received, now or, with skipped time, later."""
        queues = (self.queue, self.starts)
        if isinstance(self.clock, SkipClock) and any(
            isinstance(queue, MemoryQueue) and queue.next_due() is not None for queue in queues
        ):
            return False
        fed = [source for source, _ in self._given_up if isinstance(source, MemoryQueue)]
        return all(queue.is_idle() for queue in (*queues, *fed))

    def wait_idle(self, seconds: float = IDLE_SECONDS_MAX) -> None:
        """Wait until nothing more happens by itself.

        Raises:
            TimeoutError: something still happens after so many seconds of real time.
        """
        ends = time.monotonic() + seconds
        while True:
            seen = self._activity.changes
            if self.is_idle():
                return
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"The service is still at work after {seconds} seconds.")
            is_remote = isinstance(self.queue, SqsSource)
            self._activity.wait_for_change(
                seen, min(left, REMOTE_LOOK_SECONDS) if is_remote else left
            )

    # -- the parts

    def _start_parts(self) -> None:
        frame = Frame(
            self.clock, self._activity, self._stack, self._handlers, self._tasks, self._node_events
        )
        if self._endpoint is None:
            gather = self._turnstile.gather
            parts = start_embedded(
                frame, gather=gather, dead_letters=self.dead_letters, url=self.url
            )
        else:
            parts = start_on_emulator(frame, self._endpoint)
        self.wiring, self.queue, self.starts = parts.wiring, parts.queue, parts.starts
        self._given_up, self._triggers = parts.given_up, parts.triggers
        self._uploads = parts.uploads

    def _gateway(self) -> Gateway:
        return Gateway(
            lambda: self._handlers(API.handler),
            clock=self.clock,
            activity=self._activity,
            function_name=API.name,
            timeout_seconds=API.timeout_seconds,
            uploads=lambda: self._uploads,
        )

    def _start_event_source(
        self, function: Function, queue: MemoryQueue | SqsSource, queue_arn: str
    ) -> None:
        handler = self._handlers(function.handler)
        if function == WORKER and self._endpoint is None:
            handler = self._turnstile.guarding(handler, execution_of)
        event_source = EventSource(
            queue,
            handler,
            clock=self.clock,
            activity=self._activity,
            function_name=function.name,
            timeout_seconds=function.timeout_seconds,
            queue_arn=queue_arn,
            invokers=self._invokers if function == WORKER else STARTER_INVOKERS,
        )
        event_source.start()
        self._stack.callback(event_source.stop, STOP_SECONDS)

    def _start_reconciler(self) -> None:
        assert RECONCILER.rate_minutes is not None
        ticker = Ticker(
            self._handlers(RECONCILER.handler),
            clock=self.clock,
            activity=self._activity,
            function_name=RECONCILER.name,
            timeout_seconds=RECONCILER.timeout_seconds,
            minutes=RECONCILER.rate_minutes,
        )
        if isinstance(self.clock, SkipClock):
            self.clock.observe(ticker)
        ticker.start()
        self._stack.callback(ticker.stop, STOP_SECONDS)

    def _start_skipping(self, clock: SkipClock) -> None:
        queues = [q for q in (self.queue, self.starts) if isinstance(q, MemoryQueue)]
        skipping = Skipping(clock, self._activity, queues, self._triggers, self._hold_time)
        skipping.start()
        self._stack.callback(skipping.stop)


def imported(handler: str) -> Handler:
    """The function that a topology's handler string names."""
    module, _, name = handler.rpartition(".")
    function: Any = getattr(import_module(module), name)
    checked: Handler = function
    return checked
