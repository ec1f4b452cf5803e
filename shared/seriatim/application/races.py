"""How long the loser of a race for a step's number stands back before it tries again.

Many branches that end at the same moment, in containers of their own, would else lose the same
races again and again: each try is a write that is paid for, and of a hundred one wins. So losers
take turns. All of them know which node runs are open, so each knows its place among them without
asking anybody, and waits as many slots as there are places before its own.
"""

import hashlib
from typing import Final

from seriatim.domain.messages import AnyMessage, ChildResult, TaskFailure, TaskSuccess
from seriatim.domain.state import State

SLOTS_MS: Final = (30, 60)
"""How long a turn may take. Few lengths, far apart: losers that measured a little differently
still agree on one, and their turns do not drift into each other.
"""
TRY_PARTS: Final = 5, 4
"""A slot holds a try, and a quarter more: what lies between the loser's try and the next one's."""
SLOT_MS_MAX: Final = 240
"""Who loses again doubles its slot, up to this."""
PLACES_MAX: Final = 100
"""As many workers as there are by default: no loser waits for more turns than they may have."""
WAIT_MS_MAX: Final = 10_000


def slot_ms(tried_ms: int, losses: int) -> int:
    """How long a turn is reckoned to take by who needed ``tried_ms`` for a try that was lost, its
    ``losses``-th in a row.
    """
    more, whole = TRY_PARTS
    needed = tried_ms * more // whole
    slot = next((slot for slot in SLOTS_MS if needed <= slot), SLOTS_MS[-1])
    return min(slot << min(losses - 1, SLOT_MS_MAX.bit_length()), SLOT_MS_MAX)


def place(state: State, message: AnyMessage, writer: str) -> int:
    """How many others may have their turns before this message: a number of its own for each result
    of an open node run, or of a child that runs; of any other message, one by chance.
    """
    match message:
        case TaskSuccess() | TaskFailure() if message.number in state.active:
            return sum(number < message.number for number in state.active)
        case ChildResult(index=int(index)) if message.number in state.families:
            running = state.families[message.number].running
            return index % running if running > 1 else 0
    seed = hashlib.sha256(f"{writer}/{state.steps}".encode()).digest()[:4]
    return int.from_bytes(seed) * len(state.active) >> 32


def stand_back_ms(before: int, own: int, slot: int) -> int:
    """Milliseconds that a loser waits with ``before`` places before its own, where ``own`` messages
    go into one step: others are taken to go together, too.
    """
    turns = before // max(own, 1) % PLACES_MAX
    return min(turns * slot, WAIT_MS_MAX)
