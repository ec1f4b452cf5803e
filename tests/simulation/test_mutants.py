"""Goal: what the simulation watches over is watched well. How: every planted bug of ``mutants``
must make a seed fail, by one of the invariants that it names, within a few seeds.
"""

import pytest

from tests.simulation.monitors import Violated
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.scenario import Scenario
from tests.simulation.wild import Wild

SEEDS_MAX = 60


def killer(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The letter of the invariant that the first seed to fail fails of."""
    mutant.put(monkeypatch.setattr)
    for seed in range(SEEDS_MAX):
        for kind in (Scenario, Wild):
            scenario = kind(f"mutant {seed}", has_reconciler=False)  # it would mend most of them
            try:
                scenario.run()
            except Violated as violated:
                return str(violated)[0]
            except Exception:  # noqa: BLE001 - a bug may raise whatever it likes
                return "!"
    return None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_planted_bug_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (found := killer(mutant, monkeypatch)) is not None, "no seed fails of it"
    assert found in mutant.killed_by


def test_there_are_enough_planted_bugs() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 40
