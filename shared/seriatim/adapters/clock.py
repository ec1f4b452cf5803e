"""The machine's clock."""

import time


class SystemClock:
    """UTC in milliseconds, as the machine has it."""

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def sleep(self, milliseconds: int) -> None:
        """Block this thread for that long."""
        time.sleep(milliseconds / 1000)
