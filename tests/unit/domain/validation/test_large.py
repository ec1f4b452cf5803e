"""The largest definitions, and those made to be slow: bounded in time, and no recursion."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from seriatim.domain.limits import NODES_MAX, TRANSITIONS_MAX
from seriatim.domain.validation.parse import parse_sequence
from seriatim.domain.validation.problems import Problem
from seriatim.domain.validation.recursion import certain_subprocess_ids
from tests.unit.domain.validation.asking import ECHO_ONLY, codes, parsed


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """CPU time, several times what it takes on a slow machine: it is the growth that is tested."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


def node(number: int, kind: str = "task", **fields: Any) -> dict[str, Any]:
    task = {"taskDefinitionId": "echo"} if kind == "task" else {}
    return {"id": f"n{number}", "type": kind, **task, **fields}


def document(nodes: list[dict[str, Any]], pairs: list[tuple[int, int]]) -> dict[str, Any]:
    """A sequence of these nodes; every transition but the last of a decision has a condition."""
    kinds = [one["type"] for one in nodes]
    last = {source: place for place, (source, _) in enumerate(pairs)}
    transitions = []
    for place, (source, target) in enumerate(pairs):
        transition = {"id": f"t{place}", "sourceNodeId": f"n{source}", "targetNodeId": f"n{target}"}
        if kinds[source] == "decision" and last[source] != place:
            transition["condition"] = "1 > 2"
        transitions.append(transition)
    return {"name": "large", "nodes": nodes, "transitions": transitions}


def activation(large: dict[str, Any]) -> list[Problem]:
    return parse_sequence(large, references=ECHO_ONLY, sequence_id="own")[1]


def line(count: int, kind: str = "task") -> list[dict[str, Any]]:
    middle = [node(number, kind) for number in range(1, count - 1)]
    return [node(0, "start"), *middle, node(count - 1, "end")]


def mapped_from(source: int) -> dict[str, Any]:
    mapping = {"sourceNodeId": f"n{source}", "sourceOutputName": "o", "targetInputName": "i"}
    return {"inputMappings": [mapping]}


def test_longest_chain() -> None:
    nodes = line(NODES_MAX)
    for number in range(1, NODES_MAX - 1):
        nodes[number] |= mapped_from(number - 1)
        nodes[number]["dependencies"] = [{"nodeId": f"n{number - 1}"}]
    large = document(nodes, [(number, number + 1) for number in range(NODES_MAX - 1)])
    with within(10):
        assert activation(large) == []


def test_longest_loop() -> None:
    nodes = line(NODES_MAX)
    nodes[-2] = node(NODES_MAX - 2, "decision")
    pairs = [(number, number + 1) for number in range(NODES_MAX - 2)]
    pairs += [(NODES_MAX - 2, 1), (NODES_MAX - 2, NODES_MAX - 1)]
    with within(10):
        assert codes(activation(document(nodes, pairs))) == ["CircularPath"]


def test_most_nodes_and_transitions_at_once() -> None:
    nodes = line(NODES_MAX, "decision")
    nodes[NODES_MAX // 2] |= mapped_from(2)
    pairs = [(0, 1)]
    for number in range(1, NODES_MAX - 1):
        ahead = (min(number + step, NODES_MAX - 1) for step in (2, 3, 5, 7, 1))
        pairs += [(number, target) for target in ahead]
    pairs += [(1, 3)] * (TRANSITIONS_MAX - len(pairs))
    with within(20):
        assert codes(activation(document(nodes, pairs))) == ["MayNotHaveRun"]


def test_every_node_loops_back_to_every_other_nearby() -> None:
    nodes = line(NODES_MAX, "decision")
    pairs = [(0, 1)]
    for number in range(1, NODES_MAX - 1):
        back = (max(number - step, 1) for step in (1, 2, 4, 8))
        pairs += [(number, target) for target in back] + [(number, number + 1)]
    with within(20):
        assert codes(activation(document(nodes, pairs)))[-1] == "MoreCircularPaths"


@pytest.mark.parametrize("kind", ["fork", "join"])
def test_forks_and_joins_in_long_rows(kind: str) -> None:
    nodes = line(NODES_MAX)
    pairs = [(0, 1)]
    for number in range(1, NODES_MAX - 1):
        nodes[number] = node(number, kind if number % 2 else "fork")
        steps = (1,) if nodes[number]["type"] == "join" else (1, 2, 3)
        pairs += [(number, min(number + step, NODES_MAX - 1)) for step in steps]
    with within(20):
        found = activation(document(nodes, pairs))
    assert {one.severity for one in found} == {"warning"}


def test_bodies_whose_join_is_far_away() -> None:
    nodes = line(NODES_MAX)
    pairs = [(number, number + 1) for number in range(NODES_MAX - 1)]
    for number in range(1, NODES_MAX - 3):
        parameters = {"forEach": "[1]", "joinNodeId": f"n{NODES_MAX - 2}"}
        nodes[number] = node(number, "fork", parameters=parameters)
    nodes[-2] = node(NODES_MAX - 2, "join")
    with within(20):
        assert "TooMany" in codes(activation(document(nodes, pairs)))


def test_every_node_waits_for_the_one_after_it() -> None:
    nodes = line(NODES_MAX)
    for number in range(1, NODES_MAX - 2):
        nodes[number]["dependencies"] = [{"nodeId": f"n{number + 1}"}]
    large = document(nodes, [(number, number + 1) for number in range(NODES_MAX - 1)])
    with within(20):
        assert "BlockingCycle" in codes(activation(large))


def test_thousands_of_wrong_fields() -> None:
    nodes = [node(number, timeoutSeconds=-1, x=1, parameters=[]) for number in range(NODES_MAX)]
    with within(20):
        assert codes(activation(document(nodes, [])))[-1] == "MoreProblems"


def test_certain_children_of_the_longest_chain() -> None:
    nodes = line(2_000, "subprocess")
    for number in range(1, 1_999):
        nodes[number]["parameters"] = {"sequenceId": f"s{number}"}
    large = document(nodes, [(number, number + 1) for number in range(1_999)])
    with within(10):
        assert len(certain_subprocess_ids(parsed(large))) == 1_998
