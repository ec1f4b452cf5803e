"""Chance from a seed: the same on every machine, whatever runs beside it."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeVar

T = TypeVar("T")

DRAW_BITS = 32
DRAWS = 2**DRAW_BITS
_numbers_of = struct.Struct(">16I").unpack
"""A SHA-512 as numbers."""


def _drawn(seed: bytes) -> Iterator[int]:
    for block in count():
        yield from _numbers_of(hashlib.sha512(seed + b"/%d" % block).digest())


class Dice:
    """Draws from a seed, one after the other."""

    def __init__(self, seed: str) -> None:
        self._draw = _drawn(seed.encode()).__next__

    def below(self, n: int) -> int:
        """From 0 to ``n`` - 1; usable as ``tests.random_sequences.Choose``."""
        return (self._draw() * n) >> DRAW_BITS

    def between(self, least: int, most: int) -> int:
        """From ``least`` to ``most``, both included."""
        return least + ((self._draw() * (most - least + 1)) >> DRAW_BITS)

    def share(self) -> float:
        """From 0 to 1, 1 not included."""
        return float(self._draw() / DRAWS)

    def chance(self, rate: float) -> bool:
        """True with that probability."""
        return rate > 0 and self._draw() < rate * DRAWS

    def pick(self, values: Sequence[T]) -> T:
        """One of them."""
        return values[self.below(len(values))]
