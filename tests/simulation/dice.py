"""Chance from a seed: the same on every machine, whatever runs beside it."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

DRAW_BYTES = 4
DRAWS = 2 ** (8 * DRAW_BYTES)


class Dice:
    """Draws from a seed, one after the other."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._blocks = 0
        self._block = b""
        self._at = 0

    def _draw(self) -> int:
        if self._at == len(self._block):
            self._block = hashlib.sha512(self._seed + b"/%d" % self._blocks).digest()
            self._blocks += 1
            self._at = 0
        draw = self._block[self._at : self._at + DRAW_BYTES]
        self._at += DRAW_BYTES
        return int.from_bytes(draw, "big")

    def below(self, n: int) -> int:
        """From 0 to ``n`` - 1; usable as ``tests.random_sequences.Choose``."""
        return (self._draw() * n) >> (8 * DRAW_BYTES)

    def between(self, least: int, most: int) -> int:
        """From ``least`` to ``most``, both included."""
        return least + self.below(most - least + 1)

    def chance(self, rate: float) -> bool:
        """True with that probability."""
        return rate > 0 and self._draw() < rate * DRAWS

    def pick(self, values: Sequence[T]) -> T:
        """One of them."""
        return values[self.below(len(values))]
