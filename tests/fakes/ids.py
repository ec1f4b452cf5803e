"""Ids that a test can foresee."""

from itertools import count


class FakeIds:
    """``prefix-`` and a number of 26 digits, from 1 on."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self, prefix: str) -> str:
        return f"{prefix}-{next(self._numbers):026d}"
