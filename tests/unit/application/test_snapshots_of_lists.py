"""Goal: a list that goes through few at a time is not written out again and again: its snapshots
are bounded, however long it is.
"""

from collections import Counter
from typing import Any

import pytest

from seriatim.domain.snapshot import ITEMS_AN_ENTRY
from tests.builders import sequence
from tests.world import World


def snapshots_of(world: World, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the snapshots of each execution from now on."""
    found: Counter[str] = Counter()
    write = world.log.write_snapshot

    def counted(key: Any, snapshot: Any) -> None:
        found[key.execution_id] += 1
        write(key, snapshot)

    monkeypatch.setattr(world.log, "write_snapshot", counted)
    return found


@pytest.mark.parametrize("items", [100, 400])
@pytest.mark.parametrize("is_family", [False, True])
def test_snapshots_of_a_long_list_are_few(
    monkeypatch: pytest.MonkeyPatch, items: int, is_family: bool
) -> None:
    monkeypatch.setattr("seriatim.application.states.SNAPSHOT_STEPS_MIN", 4)
    world = World()
    found = snapshots_of(world, monkeypatch)
    world.publish(sequence("start > x > end"), "child")
    parameters: dict[str, Any] = {"forEach": f"range({items})", "maxConcurrency": 1}
    if is_family:
        nodes = {"sub": {"parameters": parameters | {"sequenceId": "child"}}}
        world.publish(sequence("start > sub > end", nodes=nodes))
    else:
        fork = {"type": "fork", "parameters": parameters | {"joinNodeId": "join"}}
        world.publish(sequence("start > fork > a > join > end", nodes={"fork": fork}))
    key = world.start()
    world.run()
    state = world.state(key)
    assert state.status == "succeeded"
    assert state.steps > items
    assert ITEMS_AN_ENTRY / 4 < found[key.execution_id] <= ITEMS_AN_ENTRY * 1.5
