"""Goal: whatever an adversary does to calls, messages, timers and processes, executions end as they
must, and nothing is left behind. How: ``docs/simulation.md``.

A seed that fails prints how to play it again; it goes into ``corpus.txt`` and stays there. It is
never tried again with another seed. ``SEEDS`` (from ``make simulate``) says how many are played of
all kinds together, ``FIRST_SEED`` where to begin.
"""

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.simulation.mutants import narrow
from tests.simulation.races import Races
from tests.simulation.scenario import Scenario, Small
from tests.simulation.versions import Form
from tests.simulation.wild import Wild

CORPUS = Path(__file__).parent / "corpus.txt"
SEEDS_DEFAULT = 5_000
SEEDS_PER_TEST = {"small": 100, "wild": 50, "blocks": 20}
SHARES = {"small": 80, "wild": 16, "blocks": 4}
"""Per cent. Races want many seeds of few nodes; what sequences can be wants some of many."""

NARROW = {"small": 150, "wild": 30, "blocks": 10}
"""Seeds played with steps that begin two node runs, not 500."""

RACES = 20
"""Of 50 executions each."""
RACES_PER_TEST = 5

KINDS: dict[str, type[Scenario] | type[Wild]] = {
    "blocks": Scenario,
    "small": Small,
    "wild": Wild,
}
ALL_KINDS: dict[str, type[Scenario] | type[Wild] | type[Races]] = {**KINDS, "races": Races}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Faults make the service warn all the time, with tracebacks; the trace of a seed has them."""
    caplog.set_level(logging.CRITICAL, "seriatim")


def play(kind: str, seed: int) -> Scenario | Wild | Races:
    """Play a seed; what it raises says how to see it again."""
    scenario = ALL_KINDS[kind](seed)
    try:
        scenario.run()
    except Exception as problem:
        problem.add_note(f"again, with its trace: python -m tests.simulation {kind}:{seed}")
        raise
    return scenario


@contextmanager
def uncollected() -> Iterator[None]:
    """Nobody looks for garbage meanwhile: in what a seed makes there is none to be found."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def chunks() -> list[tuple[str, int, int]]:
    """The kind, the first seed and the end of each test."""
    first = int(os.environ.get("FIRST_SEED", "0"))
    count = int(os.environ.get("SEEDS", SEEDS_DEFAULT))
    found = []
    for kind, share in SHARES.items():
        end = first + max(1, count * share // 100)
        step = SEEDS_PER_TEST[kind]
        found += [(kind, begin, min(begin + step, end)) for begin in range(first, end, step)]
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "begin", "end"), chunks())
def test_seeds_keep_every_promise(kind: str, begin: int, end: int) -> None:
    with uncollected():
        for seed in range(begin, end):
            play(kind, seed).universe.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "seeds"), NARROW.items())
def test_seeds_with_narrow_steps_keep_every_promise(
    kind: str, seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly every step leaves something to be begun, by this worker or by another."""
    narrow(monkeypatch.setattr)
    with uncollected():
        for seed in range(seeds):
            play(kind, seed).universe.close()


def corpus() -> list[tuple[str, int]]:
    """Seeds that once failed."""
    lines = [line.partition("#")[0].strip() for line in CORPUS.read_text().splitlines()]
    return [(kind, int(seed)) for kind, _, seed in (x.partition(":") for x in lines if x)]


@pytest.mark.parametrize(("kind", "seed"), corpus())
def test_seed_that_once_failed_keeps_every_promise(kind: str, seed: int) -> None:
    play(kind, seed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_plays_the_same_every_time(kind: str) -> None:
    traces = [play(kind, 2).universe.trace for _ in range(2)]
    assert traces[0] == traces[1]
    assert len(traces[0]) > 10


def test_the_adversary_is_busy() -> None:
    """What is shown here is worth what is done to it."""
    counts: dict[str, int] = {}
    for kind in KINDS:
        for seed in range(30):
            for fault, count in play(kind, seed).universe.faults.counts.items():
                counts[str(fault)] = counts.get(str(fault), 0) + count
    wanted = ("crash before", "crash after", "refused", "answer lost", "slow", "duplicate")
    missing = [
        x
        for x in (*wanted, "delay", "lease", "deploy", "lost delete", "lost worker")
        if x not in counts
    ]
    assert missing == []


def test_versions_work_side_by_side_and_leave_alone_what_is_beyond_them() -> None:
    universes = [play("small", seed).universe for seed in range(60)]
    pairs = {(each.rollout.old, each.rollout.new) for each in universes}
    assert pairs == {(Form.NOW, Form.NOW), (Form.FIRST, Form.NOW), (Form.NOW, Form.NEXT)}
    assert sum(each.stores.log.codec.left_alone for each in universes) > 10


@pytest.mark.timeout(600)
@pytest.mark.parametrize("begin", range(0, RACES, RACES_PER_TEST))
def test_a_thousand_races_leave_nothing_behind(begin: int) -> None:
    with uncollected():
        for seed in range(begin, begin + RACES_PER_TEST):
            play("races", seed).universe.close()
