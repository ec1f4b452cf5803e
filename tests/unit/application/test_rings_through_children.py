"""Goal: an execution that holds units and waits for a child which, directly or not, waits for them
never waits for ever: the youngest request of the ring is denied, and nothing is left behind.

How: rings of each shape by hand; then nests of executions by a seed, with locks in any order, and
deaths at any call.
"""

from typing import Any

import pytest

from seriatim.domain.errors import RESOURCE_DEADLOCK
from seriatim.domain.values import ExecutionKey
from tests.builders import sequence
from tests.permit_worlds import check_capacities, check_nothing_left, with_pools
from tests.random_sequences import chosen_by
from tests.world import World

MINUTE_MS = 60_000
LOOKS_MAX = 200
SEEDS = 40


def taking(*pools: str, **more: Any) -> dict[str, Any]:
    """A sequence that acquires these, one after the other."""
    names = [f"take{n}" for n in range(len(pools))]
    nodes = {name: {"acquire": {pool: 1}} for name, pool in zip(names, pools, strict=True)}
    return sequence(" > ".join(["start", *names, "end"]), nodes={**nodes, **more})


def calling(pool: str, sequence_id: str = "child", **parameters: Any) -> dict[str, Any]:
    """A sequence that acquires a pool and then waits for a child."""
    parameters = {"sequenceId": sequence_id, **parameters}
    nodes = {"a": {"acquire": {pool: 1}}, "sub": {"parameters": parameters}}
    return sequence("start > a > sub > end", nodes=nodes)


def failure(world: World, key: ExecutionKey) -> str | None:
    error = world.state(key).failure
    return None if error is None else error.code


def looked_after(world: World) -> None:
    """Time goes on, and the reconciler runs, until every execution has ended."""
    for _ in range(LOOKS_MAX):
        world.run(until_ms=world.clock.now())
        if all(world.state(key).status.is_terminal for key in world.log.keys()):  # noqa: SIM118
            break
        world.clock.advance(MINUTE_MS)
        for work in world.timers.ring(world.clock.now()):
            world.queue.send([work])
        world.reconcile()
        world.wired.permit_repair.repair(100)
    world.run()


def test_a_child_that_wants_what_its_parent_holds_is_denied_at_once() -> None:
    world = World()
    with_pools(world, x=1)
    world.publish(taking("x"), "child")
    key = world.start(world.publish(calling("x")))
    world.run()
    assert failure(world, key) == RESOURCE_DEADLOCK
    check_nothing_left(world)


def test_of_many_children_all_that_want_it_are_denied_one_by_one() -> None:
    world = World()
    with_pools(world, x=1)
    world.publish(taking("x"), "child")
    many = calling("x", forEach="range(4)", toleratedFailurePercentage=100, maxConcurrency=2)
    key = world.start(world.publish(many))
    looked_after(world)
    state = world.state(key)
    [sub] = [run for run in state.latest.values() if run.node_id == "sub"]
    assert (state.status, sub.outputs["failed"]) == ("succeeded", 4)
    check_nothing_left(world)


def test_a_ring_goes_through_children_of_children() -> None:
    world = World()
    with_pools(world, x=1)
    world.publish(taking("x"), "grandchild")
    nodes = {"sub": {"parameters": {"sequenceId": "grandchild"}}}
    world.publish(sequence("start > sub > end", nodes=nodes), "child")
    key = world.start(world.publish(calling("x")))
    world.run()
    assert failure(world, key) == RESOURCE_DEADLOCK
    check_nothing_left(world)


def test_a_ring_goes_through_executions_that_are_no_kin() -> None:
    """The parent has x and waits for its child, which waits for y; who has y waits for x."""
    world = World()
    with_pools(world, x=1, y=1)
    wait = {"type": "signal", "parameters": {"signalName": "go"}}
    other = world.start(world.publish(taking("y", "z", "x", take1=wait), "other"))
    world.run()
    world.publish(taking("y"), "child")
    key = world.start(world.publish(calling("x")))
    world.run()
    assert not world.state(key).status.is_terminal
    world.wired.executions.signal(other, "go")
    world.run()
    assert failure(world, key) == RESOURCE_DEADLOCK
    assert world.state(other).status == "succeeded"
    check_nothing_left(world)


def test_a_parent_that_waits_for_a_pool_as_well_is_part_of_the_ring() -> None:
    world = World()
    with_pools(world, x=1)
    world.publish(taking("x"), "child")
    nodes = {"a": {"acquire": {"x": 1}}, "sub": {"parameters": {"sequenceId": "child"}}}
    again = sequence(
        "start > a > fork > sub > end",
        "fork > b > end",
        nodes={**nodes, "b": {"acquire": {"x": 1}}},
    )
    key = world.start(world.publish(again))
    looked_after(world)
    assert failure(world, key) == RESOURCE_DEADLOCK
    check_nothing_left(world)


def test_there_is_no_ring_while_another_child_moves() -> None:
    """One of two children waits for what the parent holds: found once the other has ended."""
    world = World()
    with_pools(world, x=1)
    nodes = {"a": {"acquire": {"x": 1}}, "signal": {"parameters": {"signalName": "go"}}}
    paths = ("start > decide >[item > 0]> a > end", "decide > signal > end")
    variables = [{"name": "item", "type": "any"}, {"name": "index", "type": "integer"}]
    world.publish(sequence(*paths, nodes=nodes, variables=variables), "child")
    many = calling("x", forEach="range(2)", toleratedFailurePercentage=50)
    key = world.start(world.publish(many))
    world.run()
    world.wired.permit_repair.repair(100)
    world.run()
    children = [x for x in world.log.keys() if x != key]  # noqa: SIM118
    assert [world.state(x).status for x in children] == ["waiting", "waiting"]
    [moving] = [x for x in children if world.state(x).variables["item"] == 0]
    world.wired.executions.signal(moving, "go")
    looked_after(world)
    assert world.state(key).status == "succeeded"
    check_nothing_left(world)


def test_a_child_overtakes_who_waits_for_its_parent() -> None:
    """Two of three units are free, and all three are wanted by who came first."""
    world = World()
    with_pools(world, db=3)
    wait = {"signal": {"parameters": {"signalName": "go"}}}
    world.publish(sequence("start > signal > a > end", nodes={**wait, **acquiring(1)}), "child")
    key = world.start(world.publish(calling("db")))
    world.run()
    other = world.start(world.publish(sequence("start > a > end", nodes=acquiring(3)), "other"))
    world.run()
    [child] = [x for x in world.log.keys() if x not in {key, other}]  # noqa: SIM118
    world.wired.executions.signal(child, "go")
    world.run()
    assert [world.state(x).status for x in (child, key, other)] == ["succeeded"] * 3
    check_nothing_left(world)


def acquiring(units: int) -> dict[str, Any]:
    return {"a": {"acquire": {"db": units}}}


def test_a_child_that_nobody_waits_for_makes_no_ring() -> None:
    world = World()
    with_pools(world, x=1)
    world.publish(taking("x"), "child")
    key = world.start(world.publish(calling("x", waitForCompletion=False)))
    world.run()
    assert [world.state(x).status for x in world.log.keys()] == ["succeeded"] * 2  # noqa: SIM118
    assert world.state(key).failure is None
    check_nothing_left(world)


class Nest:
    """Sequences of four levels, each with locks in any order around and beside its children."""

    def __init__(self, seed: int) -> None:
        self._choose = chosen_by(f"nest {seed}")
        self.world = World()
        with_pools(self.world, x=1, y=1, z=2)
        for level in range(4):
            self.world.publish(self._document(level), f"level{level}")

    def _document(self, level: int) -> dict[str, Any]:
        nodes: dict[str, Any] = {}
        paths: list[str] = []
        for branch in range(1 + self._choose(2)):
            names = [f"n{branch}{place}" for place in range(1 + self._choose(3))]
            for name in names:
                nodes[name] = self._node(level)
            paths.append(" > ".join(["fork", *names, "join"]))
        return sequence("start > fork", *paths, "join > end", nodes=nodes)

    def _node(self, level: int) -> dict[str, Any]:
        if level and self._choose(2):
            parameters: dict[str, Any] = {"sequenceId": f"level{self._choose(level)}"}
            if self._choose(2):
                parameters |= {"forEach": "range(2)", "toleratedFailurePercentage": 100}
            return {"type": "subprocess", "parameters": parameters}
        return {self._verb(): {"xyz"[self._choose(3)]: 1}}

    def _verb(self) -> str:
        return "release" if self._choose(4) == 0 else "acquire"

    def play(self) -> None:
        for number in range(3):
            self.world.start(f"level{1 + self._choose(3)}", name=f"e{number}")
            for _ in range(self._choose(8)):
                self.world.deliver_next()
                calls = self.world.calls
                calls.made, calls.die_at = 0, 1 + self._choose(20)
                calls.die_after_it = self._choose(2) == 0
            self.world.calls.die_at = None
        looked_after(self.world)


@pytest.mark.parametrize("decade", range(SEEDS // 10))
def test_nests_of_executions_always_end_and_leave_nothing_behind(decade: int) -> None:
    for seed in range(decade * 10, decade * 10 + 10):
        nest = Nest(seed)
        nest.play()
        check_capacities(nest.world)
        check_nothing_left(nest.world)
        for key in nest.world.log.keys():  # noqa: SIM118
            assert failure(nest.world, key) in {None, RESOURCE_DEADLOCK}, seed
