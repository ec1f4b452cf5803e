"""How long the loser of a race for a step's number stands back before it tries again.

Many branches that end at the same moment, in containers of their own, would else lose the same
races again and again: each try is a write that is paid for, and of a hundred one wins. So losers
take turns. All of them know which node runs are open, so each knows its rank among them without
asking anybody, and waits for the turns of those before it.
"""

import hashlib
from typing import Final, NamedTuple

from seriatim.domain.messages import AnyMessage, ChildResult, TaskFailure, TaskSuccess
from seriatim.domain.state import State

TURNS_MS: Final = (30, 80)
"""How long a turn may take. Few lengths, far apart: losers that measured a little differently
still agree on one, and their turns do not drift into each other.
"""
TRY_PARTS: Final = 5, 4
"""A turn holds a try, and a quarter more: what lies between the loser's try and the next one's."""
TURN_MS_MAX: Final = 240
"""Who loses again reckons with twice as long turns, up to this."""
TURNS_MAX: Final = 100
"""As many workers as there are by default: no loser waits for more turns than they may have."""
WAIT_MS_MAX: Final = 10_000


def turn_ms(tried_ms: int, losses: int) -> int:
    """How long a turn is reckoned to take by who needed ``tried_ms`` for a try that was lost, its
    ``losses``-th in a row.
    """
    more, whole = TRY_PARTS
    needed = tried_ms * more // whole
    turn = next((turn for turn in TURNS_MS if needed <= turn), TURNS_MS[-1])
    return min(turn << min(losses - 1, TURN_MS_MAX.bit_length()), TURN_MS_MAX)


class Rank(NamedTuple):
    """Among those who may be about to append: how many go before this one, and how many they are
    in all.
    """

    before: int
    of: int


def rank(state: State, message: AnyMessage, writer: str) -> Rank:
    """Where a message stands: each result of an open node run, or of a child that runs, has a rank
    of its own; any other message one by chance.
    """
    count = len(state.active)
    match message:
        case TaskSuccess() | TaskFailure() if message.number in state.active:
            return Rank(sum(number < message.number for number in state.active), count)
        case ChildResult(index=int(index)) if message.number in state.families:
            running = max(state.families[message.number].running, 1)
            return Rank(index % running, running)
    seed = hashlib.sha256(f"{writer}/{state.steps}".encode()).digest()[:4]
    return Rank(int.from_bytes(seed) * count >> 32, count)


def stand_back_ms(stands: Rank, own: int, turn: int) -> int:
    """Milliseconds that a loser waits, of whose messages ``own`` go into one step: others are taken
    to go together, too. Whether these have ranks side by side or far between, their first one gives
    them another turn than the others have.
    """
    turns = stands.before
    if own > 1:
        turns = (turns + turns // own) % max(stands.of // own, 1)
    return min(turns % TURNS_MAX * turn, WAIT_MS_MAX)
