"""Goal: what the API has acknowledged ends rightly though AWS fails and the service dies.

``seriatim dev`` runs over moto's server behind a proxy that lets one call in twenty go wrong
(``faulty_aws``), and is killed at calls that the seed draws. ``KILL_SEEDS=10`` plays ten seeds,
``FIRST_KILL_SEED`` says where to begin.
"""

import itertools
import logging
import os
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from tests.e2e import killed_load
from tests.e2e.faulty_aws import FaultyAws
from tests.e2e.killed_checks import Left, left_in
from tests.e2e.killed_load import CHILDREN, KINDS
from tests.e2e.killed_service import (
    LOOK_SECONDS,
    Caller,
    Dev,
    Document,
    PackingWorker,
    ended_execution,
    moto_server,
    start,
    until,
)
from tests.simulation.dice import Dice

FIRST_SEED = int(os.environ.get("FIRST_KILL_SEED", "1"))
SEEDS = range(FIRST_SEED, FIRST_SEED + int(os.environ.get("KILL_SEEDS", "1")))
ROUNDS = int(os.environ.get("KILL_ROUNDS", "5"))
"""Of each kind an execution is started in every round."""
CLIENTS = 3
RATE = 0.05
DEATHS = 4
CALLS_BETWEEN_DEATHS = (60, 300)
ENDS_SECONDS = 240
FAULT = re.compile(
    r"^(?:message|request|\w+) ?\S* failed(?:[;,.].*)?$|^it cannot be looked at$", re.MULTILINE
)
"""What is logged of errors that nobody foresaw. An AWS that refuses is foreseen."""


log = logging.getLogger(__name__)


class Keeper:
    """Starts the service again whenever it has ended, as what runs services does; and kills it."""

    def __init__(self, dev: Dev, deaths: frozenset[int]) -> None:
        self._dev = dev
        self._deaths = deaths
        self._is_over = threading.Event()
        self.ends: Counter[int] = Counter()
        """How often it has ended, by its status."""
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._dev.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._dev.kill()
        self._thread.join()

    def on_call(self, number: int) -> None:
        """Kill it if this is a call to die at; it may yet be carried out."""
        if number in self._deaths:
            self._dev.kill()

    def _keep(self) -> None:
        while True:
            status = self._dev.wait()
            if self._is_over.is_set():
                return
            self.ends[status] += 1
            self._dev.start()
            if self._is_over.is_set():
                self._dev.kill()


@pytest.mark.timeout(3 * ENDS_SECONDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_all_that_was_acknowledged_ends_rightly(seed: int, tmp_path: Path) -> None:
    kinds = [(n, kind) for n, kind in enumerate(list(KINDS) * ROUNDS)]
    children = sum(CHILDREN.get(kind, 0) for _, kind in kinds)
    with moto_server() as emulator, left_in(emulator) as left:
        for (n, kind), execution in zip(
            kinds, _play(emulator, seed, left, kinds, tmp_path), strict=True
        ):
            assert execution["status"] == "succeeded", execution
            assert execution["outputs"] == KINDS[kind](n), execution
        shown = left.statuses()
        assert len(shown) == len(kinds) + children
        left.check_logs(shown)
        assert left.mended() == []
        assert left.messages() == {}
        assert left.schedules() == []
        assert left.permits() == []
        assert left.offered("packing") == []


def _play(
    emulator: str, seed: int, left: Left, kinds: list[tuple[int, str]], folder: Path
) -> list[Document]:
    """Start all of them while the service dies and AWS fails, and wait for their ends."""
    bundle, errors = folder / "bundle.yaml", folder / "errors.txt"
    bundle.write_text(killed_load.bundle())
    left.publish(bundle)
    proxy = FaultyAws(emulator, seed, RATE)
    dev = Dev(proxy.url, errors=errors)
    keeper = Keeper(dev, _deaths(seed))
    proxy.on_call = keeper.on_call
    caller = Caller(dev.url, ENDS_SECONDS)
    with proxy, keeper, PackingWorker(caller), ThreadPoolExecutor(CLIENTS) as clients:
        started = [clients.submit(start, caller, kind, n) for n, kind in kinds]
        try:
            ids = [future.result() for future in started]
            ended = [ended_execution(caller, one) for one in ids]
            until(lambda: not left.messages(), ENDS_SECONDS, LOOK_SECONDS)
            # One that was offered twice is on its list until somebody polls.
            until(lambda: not left.offered("packing"), ENDS_SECONDS, LOOK_SECONDS)
        except AssertionError:
            dev.show_stacks()
            log.warning("%s\n%s", left.about_unended(), errors.read_text()[-20_000:])
            raise
    told = f"seed {seed}: {proxy.calls} calls, {dict(proxy.done)}, ends {dict(keeper.ends)}"
    log.warning(told)
    assert keeper.ends[-9] == DEATHS, keeper.ends
    assert FAULT.findall(errors.read_text()) == []
    return ended


def _deaths(seed: int) -> frozenset[int]:
    """The calls at which the service dies."""
    dice = Dice(f"deaths of {seed}")
    return frozenset(
        itertools.accumulate(dice.between(*CALLS_BETWEEN_DEATHS) for _ in range(DEATHS))
    )
