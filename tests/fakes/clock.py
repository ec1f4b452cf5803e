"""A clock that a test moves."""

EPOCH = 1_767_225_600_000
"""2026-01-01T00:00:00.000Z."""


class FakeClock:
    """Stands still but for ``sleep`` and ``advance``."""

    def __init__(self, now: int = EPOCH) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def sleep(self, milliseconds: int) -> None:
        self.advance(milliseconds)

    def advance(self, milliseconds: int) -> None:
        assert milliseconds >= 0, "time does not go back"
        self._now += milliseconds

    def rewind(self, milliseconds: int) -> None:
        """As where another machine's clock is slow."""
        self._now -= milliseconds
