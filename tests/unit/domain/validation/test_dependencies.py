"""Blocking cycles, the flow's own order counted in and loops' ways back left out."""

from typing import Any

import pytest

from tests.builders import sequence
from tests.unit.domain.validation.asking import brief, for_activation, only, the

FORK = ("start > fork > a > join > end", "fork > b > join")


def waiting(*waits: str, paths: tuple[str, ...] = FORK, **fields: Any) -> dict[str, Any]:
    """A sequence in which nodes wait: ``"a b"`` says that a waits for b."""
    nodes: dict[str, dict[str, Any]] = {}
    for wait in waits:
        node, other = wait.split()
        entry = nodes.setdefault(node, {"dependencies": []})
        entry["dependencies"].append({"nodeId": other, **fields})
    return sequence(*paths, nodes=nodes)


@pytest.mark.parametrize("on", ["succeeded", "completed", "started"])
def test_two_nodes_that_wait_for_each_other(on: str) -> None:
    found = the(for_activation(waiting("a b", "b a", on=on)))
    assert (found.code, found.node_id, found.path) == (
        "BlockingCycle",
        "a",
        "/nodes/2/dependencies/0",
    )
    assert "a → b → a" in found.message


def test_wait_for_what_comes_after_in_the_flow() -> None:
    document = waiting("a c", paths=("start > a > b > c > end",))
    found = the(for_activation(document))
    assert found.code == "BlockingCycle"
    assert "a → b → c → a" in found.message


def test_node_that_waits_for_itself() -> None:
    assert brief(for_activation(waiting("a a"))) == [("BlockingCycle", "/nodes/2/dependencies/0")]


def test_cycle_by_flow_and_dependencies_together() -> None:
    paths = ("start > fork > a > b > join > end", "fork > c > d > join")
    found = the(only(for_activation(waiting("a d", "c b", paths=paths)), "BlockingCycle"))
    assert "a → b → c → d → a" in found.message


def test_what_waits_for_what_comes_before_is_fine() -> None:
    assert for_activation(waiting("b a")) == []
    assert for_activation(waiting("b a", paths=("start > a > b > end",))) == []


def test_non_blocking_never_makes_a_cycle() -> None:
    assert for_activation(waiting("a b", "b a", type="non_blocking")) == []


def test_way_back_of_a_loop_puts_nothing_in_order() -> None:
    document = waiting("b a", paths=("start > a > b > decide >[1 > 2]> a", "decide > end"))
    assert only(for_activation(document), "BlockingCycle") == []


def test_independent_cycles_are_each_reported() -> None:
    paths = ("start > fork > a > join > end", *(f"fork > {n} > join" for n in "bcd"))
    found = brief(for_activation(waiting("a b", "b a", "c d", "d c", paths=paths)))
    assert [code for code, _ in found] == ["BlockingCycle", "BlockingCycle"]
