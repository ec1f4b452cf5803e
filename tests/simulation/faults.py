"""The adversary: what may go wrong at a call, and how often in this run (swarm testing: each seed
has some kinds of faults, at rates of its own).
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from tests.simulation.dice import Dice

MINUTE_MS = 60_000
CLIENT_MS_MAX = 20_000
"""Four tries of three seconds and the waits between them: then the client gives up."""
RATES = (0.0, 0.0, 0.003, 0.01, 0.04)
"""Of what may happen at every call."""
RARE_RATES = (0.0, 0.0, 0.02, 0.1, 0.3)
"""Of what may happen once to a message or a process."""
PURGE_RATES = (0.0, 0.0, 0.0, 0.05, 0.3)
"""Of messages that are lost: SQS loses none, but somebody may purge the queue. The reconciler is to
find what they were to move.
"""
RARE = ("duplicate", "delay", "lease", "deploy", "skew", "lost delete")
SERVICES = ("log", "queue", "timers", "summaries", "payloads", "sequences", "ledgers", "bus")


class Fate(StrEnum):
    """What becomes of one call."""

    DONE = "done"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    REFUSED = "refused"
    ANSWER_LOST = "answer lost"


@dataclass
class Faults:
    """Rates of this run, and how often each kind happened. ``is_over`` ends all of it."""

    dice: Dice
    rates: dict[str, float] = field(default_factory=dict)
    outages: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By service: from when to when it refuses every call."""
    counts: Counter[str] = field(default_factory=Counter)
    is_over: bool = False

    @classmethod
    def drawn(cls, dice: Dice, now: int) -> "Faults":
        """The faults of a seed."""
        rates = {str(fate): dice.pick(RATES) for fate in Fate if fate is not Fate.DONE}
        rates["slow"] = dice.pick(RATES)
        rates |= {kind: dice.pick(RARE_RATES) for kind in RARE}
        rates["purge"] = dice.pick(PURGE_RATES)
        outages = {}
        if dice.chance(0.1):
            begin = now + dice.below(10 * MINUTE_MS)
            outages[dice.pick(SERVICES)] = (begin, begin + dice.below(30 * MINUTE_MS))
        return cls(dice, rates, outages)

    def happens(self, kind: str) -> bool:
        """Whether something of this kind happens now."""
        if self.is_over or not self.dice.chance(self.rates.get(kind, 0.0)):
            return False
        self.counts[kind] += 1
        return True

    def fate(self, service: str, now: int, *, can_refuse: bool) -> Fate:
        """What becomes of a call that is made now."""
        if self.is_over:
            return Fate.DONE
        begin, end = self.outages.get(service, (0, 0))
        if can_refuse and begin <= now < end:
            self.counts["outage"] += 1
            return Fate.REFUSED
        for fate in (Fate.CRASH_BEFORE, Fate.CRASH_AFTER):
            if self.happens(fate):
                return fate
        for fate in (Fate.REFUSED, Fate.ANSWER_LOST):
            if can_refuse and self.happens(fate):
                return fate
        return Fate.DONE

    def call_ms(self, *, is_task: bool) -> int:
        """How long a call takes: some milliseconds; a slow one as long as a client tries, or as a
        task runs.
        """
        if self.happens("slow"):
            return self.dice.between(1_000, 3 * MINUTE_MS if is_task else CLIENT_MS_MAX)
        return self.dice.between(1, 20)

    def skew_ms(self) -> int:
        """How wrong the clock of a new process is."""
        if self.happens("skew"):
            return self.dice.between(-10 * MINUTE_MS, 10 * MINUTE_MS)
        return 0
