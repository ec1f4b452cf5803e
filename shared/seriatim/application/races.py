"""How long the loser of a race for a step's number stands back before it tries again.

Many branches that end at the same moment, in containers of their own, would else lose the same
races again and again: each try is a write that is paid for, and of a hundred one wins. So losers
take turns. All of them know which node runs are open, so each knows its place among them without
asking anybody, and waits as many slots as there are places before its own.
"""

import hashlib
from typing import Final, NamedTuple

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


class Place(NamedTuple):
    """Those who may be about to append: how many, and how many of them go before this one."""

    before: int
    length: int


def place(state: State, message: AnyMessage, writer: str) -> Place:
    """Where a message stands: each result of an open node run, or of a child that runs, has a place
    of its own; any other message one by chance.
    """
    length = len(state.active)
    match message:
        case TaskSuccess() | TaskFailure() if message.number in state.active:
            return Place(sum(number < message.number for number in state.active), length)
        case ChildResult(index=int(index)) if message.number in state.families:
            running = max(state.families[message.number].running, 1)
            return Place(index % running, running)
    seed = hashlib.sha256(f"{writer}/{state.steps}".encode()).digest()[:4]
    return Place(int.from_bytes(seed) * length >> 32, length)


def stand_back_ms(stands: Place, own: int, slot: int) -> int:
    """Milliseconds that a loser waits, of whose messages ``own`` go into one step: others are taken
    to go together, too. Whether these lie side by side in the line or are spread over it, their
    first one gives them another turn than the others have.
    """
    turns = stands.before
    if own > 1:
        turns = (turns + turns // own) % max(stands.length // own, 1)
    return min(turns % PLACES_MAX * slot, WAIT_MS_MAX)
