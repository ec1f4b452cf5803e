"""``PublishedMarks`` in memory."""

from threading import Lock

from seriatim.domain.values import ExecutionKey


class FakePublishedMarks:
    """A number per execution."""

    def __init__(self) -> None:
        self._numbers: dict[ExecutionKey, int] = {}
        self._lock = Lock()

    def get(self, key: ExecutionKey) -> int:
        with self._lock:
            return self._numbers.get(key, 0)

    def raise_to(self, key: ExecutionKey, number: int) -> None:
        with self._lock:
            self._numbers[key] = max(number, self._numbers.get(key, 0))
