"""Joins in the modes ``all``, ``gather`` and ``any``, held against SEMANTICS section 3 taken
literally.

Method: random sequences of tasks, decisions, forks and joins run to their end; their events are
folded one by one, and at every firing and after every step a slow oracle that searches forwards
from each token, join by join, says whether the join had to wait. It shares no code with the
decider, which searches backwards and remembers.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain.decider.evolve import evolve
from seriatim.domain.state import State
from tests.random_sequences import chosen_from, random_sequence
from tests.random_walks import walk

CHOICES = st.lists(st.integers(0, 99), min_size=100, max_size=300)


class Oracle:
    """What the joins of one sequence may do in one state."""

    def __init__(self, document: dict[str, Any], state: State) -> None:
        self.transitions = [
            (t["id"], t["sourceNodeId"], t["targetNodeId"]) for t in document["transitions"]
        ]
        self.order = [node["id"] for node in document["nodes"]]
        self.modes = {
            node["id"]: node.get("parameters", {}).get("mode", "all") for node in document["nodes"]
        }
        self.awaited = {node_id: set(p.awaited) for (_, node_id), p in state.parked.items()}
        self.held = {
            node_id: {t for t in parking.held if parking.held[t]}
            for (_, node_id), parking in state.parked.items()
        }
        self.unparked = {run.node_id for run in state.active.values()}
        self.unparked |= {arrival.node_id for arrival in state.arrivals.values()}
        self.failed = {node_id for _, node_id in state.failed_nodes}

    def arrives_on(self, start: str, join: str) -> set[str]:
        """Transitions into the join on which a token of node ``start`` can arrive."""
        reached: set[str] = set()
        seen, frontier = {start}, [start]
        while frontier:
            node_id = frontier.pop()
            for transition_id, source, target in self.transitions:
                if source == node_id and target == join:
                    reached.add(transition_id)
                elif source == node_id and target not in seen:
                    seen.add(target)
                    frontier.append(target)
        return reached

    def incoming(self, join: str) -> set[str]:
        return {t for t, _, target in self.transitions if target == join}

    def gaps(self, join: str) -> set[str]:
        """The transitions on which the join still hopes for a token."""
        if self.awaited[join]:
            return self.awaited[join]
        if self.modes[join] == "gather":
            return self.incoming(join)
        return self.incoming(join) - self.held[join]

    def must_wait(self, join: str) -> bool:
        """Whether an unparked token can still arrive, or a failed one could have."""
        if self.is_wanted_by_failed(join):
            return True
        return any(self.arrives_on(n, join) & self.gaps(join) for n in self.unparked)

    def is_wanted_by_failed(self, join: str) -> bool:
        return any(self.arrives_on(node_id, join) for node_id in self.failed)

    def joins_waited_for(self, join: str) -> set[str]:
        others = [other for other in self.held if other != join and self.held[other]]
        return {other for other in others if self.arrives_on(other, join) & self.gaps(join)}

    def can_act_alone(self, join: str) -> bool:
        return not self.must_wait(join) and not self.joins_waited_for(join)

    def all_waited_for(self, join: str) -> set[str]:
        """Joins that the join waits for, directly or not, itself included."""
        found, frontier = {join}, [join]
        while frontier:
            others = self.joins_waited_for(frontier.pop()) - found
            found |= others
            frontier += others
        return found

    def is_in_ring(self, join: str) -> bool:
        ring = self.all_waited_for(join)
        if any(self.must_wait(other) for other in ring):
            return False
        return all(join in self.all_waited_for(other) for other in ring)


def plain(choices: list[int]) -> dict[str, Any]:
    kinds = ("task", "join", "fork", "join", "decide")
    document = random_sequence(chosen_from(choices), kinds)
    for number, node in enumerate(document["nodes"]):
        if node["type"] == "join":
            mode = ("all", "any", "gather")[choices[number] % 3]
            node["parameters"] = {"mode": mode}
        node.pop("cancelNodeIds", None)
        node.pop("dependencies", None)
    return document


def check_firing(document: dict[str, Any], before: State, event: e.NodeStarted) -> None:
    oracle = Oracle(document, before)
    join = event.node_id
    held = before.parked[0, join].held
    assert set(event.consumed) == oracle.held[join], "it takes a token of each transition"
    every = sum(len(tokens) for tokens in held.values())
    expected = every if oracle.modes[join] == "gather" else len(held)
    assert len(event.consumed) == expected
    assert not oracle.awaited[join], "its wave was still open"
    assert not before.arrivals, "a token was still on its way"
    if oracle.modes[join] == "any":
        return
    assert not oracle.must_wait(join), f"{join} fired though a token could still arrive"
    if oracle.joins_waited_for(join):
        assert oracle.is_in_ring(join), f"{join} fired though another join could bring a token"
        alone = [other for other in oracle.held if oracle.can_act_alone(other)]
        assert alone == [], f"{alone} could act without the rule of rings"
        rings = [other for other in oracle.order if other in oracle.held]
        first = next(other for other in rings if oracle.is_in_ring(other))
        assert first == join, f"{first} comes first in document order"


def check_wave(document: dict[str, Any], before: State, event: j.WaveOpened, fired: Any) -> None:
    """Just after the join fired, and before its output leaves."""
    oracle = Oracle(document, before)
    holding = {other for other in oracle.held if oracle.held[other]}
    places = (oracle.unparked | holding) - {event.node_id}
    late = {t for place in places for t in oracle.arrives_on(place, event.node_id)}
    assert fired.node_id == event.node_id
    assert set(event.awaited) == late - set(fired.consumed)


def check_waiting(document: dict[str, Any], state: State) -> None:
    oracle = Oracle(document, state)
    for join in oracle.held:
        is_ready = oracle.modes[join] == "any" and not oracle.awaited[join]
        assert not is_ready or oracle.is_wanted_by_failed(join), f"{join} has what it asks for"
        assert not oracle.can_act_alone(join), f"{join} waits for nothing"
        assert not oracle.is_in_ring(join), f"{join} waits in a ring that nobody breaks"


@given(CHOICES)
def test_a_join_fires_when_and_only_when_nothing_more_can_arrive(choices: list[int]) -> None:
    document = plain(choices)
    driver = walk(chosen_from(reversed(choices)), document)
    state: State | None = None
    fired: e.NodeStarted | None = None
    for step in driver.steps:
        for event in step.events:
            if isinstance(event, e.NodeStarted) and event.consumed:
                assert state is not None
                check_firing(document, state, event)
                fired = event
            elif isinstance(event, j.WaveOpened):
                assert state is not None
                check_wave(document, state, event, fired)
            state = evolve(state, event, step.time)
        assert state is not None
        is_over = state.status.is_terminal
        if not is_over and state.pause is None and c.Continue() not in step.commands:
            check_waiting(document, state)
