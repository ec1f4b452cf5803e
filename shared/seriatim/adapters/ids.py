"""New ids: sortable by the millisecond, unguessable, no upper-case letter, no look-alikes."""

import secrets

from seriatim.ports.clock import Clock

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case: its order is the order of the numbers it writes."""

RANDOM_BITS = 80
CHARACTERS = 26
"""48 bits of time and 80 of chance are 128; 26 characters hold 130."""


class SortableIds:
    """Ids of the form ``prefix-`` and 26 characters: 10 of time, 16 of chance (a ULID's layout)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def new(self, prefix: str) -> str:
        """A new id. Drawn at each call: a restored copy of the process draws others."""
        number = (self._clock.now() << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
        return f"{prefix}-{_written(number)}"


def _written(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * CHARACTERS - 5, -1, -5))
