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
DEPLOY_RATES = (0.0, 0.0, 0.005, 0.02, 0.05)
"""At every invocation: all processes there are make way for new ones."""
PURGE_RATES = (0.0, 0.0, 0.0, 0.05, 0.3)
"""Of messages that are lost: SQS loses none, but somebody may purge the queue. The reconciler is to
find what they were to move.
"""
RARE = ("duplicate", "delay", "lease", "skew", "lost delete", "lost worker")
SERVICES = ("log", "queue", "timers", "summaries", "payloads", "sequences", "ledgers", "bus")


class Fate(StrEnum):
    """What becomes of one call."""

    DONE = "done"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    REFUSED = "refused"
    ANSWER_LOST = "answer lost"


REFUSALS = (Fate.REFUSED, Fate.ANSWER_LOST)
"""Of ports that say so."""


@dataclass
class Faults:
    """Rates of this run, and how often each kind happened. ``is_over`` ends all of it."""

    dice: Dice
    rates: dict[str, float] = field(default_factory=dict)
    outages: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By service: from when to when it refuses every call."""
    counts: Counter[str] = field(default_factory=Counter)
    is_over: bool = False

    def __post_init__(self) -> None:
        self._fates = {
            can_refuse: [
                (fate, self.rates[fate])
                for fate in Fate
                if self.rates.get(fate) and (can_refuse or fate not in REFUSALS)
            ]
            for can_refuse in (False, True)
        }
        self._fated = {
            can_refuse: sum(rate for _, rate in fates) for can_refuse, fates in self._fates.items()
        }
        """How likely it is that a call is not just done."""

    @classmethod
    def drawn(cls, dice: Dice, now: int) -> "Faults":
        """The faults of a seed."""
        rates = {str(fate): dice.pick(RATES) for fate in Fate if fate is not Fate.DONE}
        rates["slow"] = dice.pick(RATES)
        rates |= {kind: dice.pick(RARE_RATES) for kind in RARE}
        rates["deploy"] = dice.pick(DEPLOY_RATES)
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
        if can_refuse and service in self.outages:
            begin, end = self.outages[service]
            if begin <= now < end:
                self.counts["outage"] += 1
                return Fate.REFUSED
        drawn = self.dice.share()
        if drawn >= self._fated[can_refuse]:
            return Fate.DONE
        for fate, rate in self._fates[can_refuse]:
            drawn -= rate
            if drawn < 0:
                self.counts[fate] += 1
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
