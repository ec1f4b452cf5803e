"""The clock's rule on one machine: a function that is invoked every so many minutes.

Minutes are the service clock's, but two runs are at least a second of the machine apart. Skipped
time brings a run, and is not brought about by one: it ends when nothing else is due.
"""

import logging
import threading

from seriatim.local.activity import Activity
from seriatim.local.clock import WaitableClock
from seriatim.local.event_source import Handler
from seriatim.local.lambda_context import REGION, LambdaContext

MINUTE_MS = 60_000
PAUSE_SECONDS = 1.0

log = logging.getLogger("seriatim.local")


class Ticker:
    """Calls ``handler`` on a thread of its own; fulfils ``clock.JumpObserver``."""

    def __init__(
        self,
        handler: Handler,
        *,
        clock: WaitableClock,
        activity: Activity,
        function_name: str,
        timeout_seconds: int,
        minutes: int,
    ) -> None:
        self._handler = handler
        self._clock = clock
        self._activity = activity
        self._function_name = function_name
        self._timeout_seconds = timeout_seconds
        self._period_ms = minutes * MINUTE_MS
        self._changed = threading.Condition()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin to count."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Let a run that is on end, and begin none."""
        self._is_stopping.set()
        self.after_jump()
        self._thread.join(seconds)

    def before_jump(self, milliseconds: int) -> None:
        """Nothing is to be done."""

    def after_jump(self) -> None:
        """Look at the clock again."""
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        due = self._clock.now() + self._period_ms
        while True:
            with self._changed:
                if not self._is_stopping.is_set() and self._clock.now() < due:
                    self._clock.wait(self._changed, due)
            if self._is_stopping.is_set():
                return
            if self._clock.now() >= due:
                self._invoke()
                due = self._clock.now() + self._period_ms
                self._is_stopping.wait(PAUSE_SECONDS)

    def _invoke(self) -> None:
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "region": REGION}
        context = LambdaContext(self._function_name, self._clock, self._timeout_seconds)
        run = self._activity.begin()
        try:
            with self._activity.entered(run):
                self._handler(event, context)
        except Exception:
            log.exception("%s failed; it runs again in a minute.", self._function_name)
        finally:
            self._activity.end(run)
