"""How long the loser of a race for a step's number stands back before it tries again.

Many branches that end at the same moment, in containers of their own, would else lose the same
races again and again: each try is a write that is paid for, and of a hundred one wins. Spread over
as much time as their appends take one after the other, most find the number free.
"""

import hashlib
from typing import Final

APPEND_MS: Final = 25
"""For each of those that may try: twice what reading the tail and one put take. Less costs more
writes, more costs time: ``bench.collisions`` shows how much.
"""
RIVALS_MAX: Final = 100
"""As many workers as there are by default. No loser waits longer than their share: 2.5 seconds."""

_SPREAD: Final = 1 << 32


def stand_back_ms(writer: str, number: int, open_runs: int, own: int) -> int:
    """Milliseconds that ``writer``, who lost step ``number``, waits: different for each writer, the
    same each time. ``open_runs`` are the node runs that others may end now; ``own`` results go into
    one step here, and where there are several, there are fewer rivals. Alone it waits for nobody.
    """
    rivals = min(max(open_runs - own, 0) // max(own, 1), RIVALS_MAX)
    seed = hashlib.sha256(f"{writer}/{number}".encode()).digest()[:4]
    return rivals * APPEND_MS * int.from_bytes(seed) // _SPREAD
