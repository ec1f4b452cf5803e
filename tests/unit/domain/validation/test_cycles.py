"""Circular paths: each elementary cycle once, closing on its first node, up to a bound."""

from typing import Any

from seriatim.domain.limits import CIRCULAR_PATHS_MAX
from seriatim.domain.validation.cycles import Effort, elementary_cycles
from seriatim.domain.validation.graph import Graph
from tests.builders import sequence
from tests.unit.domain.validation.asking import codes, for_activation, only, the


def paths(document: dict[str, Any]) -> list[str]:
    found = only(for_activation(document), "CircularPath")
    assert {one.severity for one in found} <= {"warning"}
    return [one.message.partition(": ")[2].partition(";")[0] for one in found]


def test_cycle_begins_where_the_flow_enters_it() -> None:
    document = sequence("start > a > b > decide >[1 > 2]> a", "decide > end")
    assert paths(document) == ["a → b → decide → a"]
    found = the(for_activation(document))
    assert (found.node_id, found.path) == ("a", "/nodes/1")


def test_node_that_follows_itself() -> None:
    document = sequence("start > decide >[1 > 2]> decide", "decide > end")
    assert paths(document) == ["decide → decide"]


def test_nested_loops_are_each_named() -> None:
    document = sequence(
        "start > a > b > decide1 >[1 > 2]> b", "decide1 > decide2 >[1 > 2]> a", "decide2 > end"
    )
    assert paths(document) == ["a → b → decide1 → decide2 → a", "b → decide1 → b"]


def test_parallel_transitions_make_one_cycle() -> None:
    document = sequence("start > decide >[1 > 2]> a > decide", "decide >[1 > 3]> a", "decide > end")
    assert paths(document) == ["decide → a → decide"]


def test_no_cycle_no_warning() -> None:
    document = sequence("start > decide >[1 > 2]> a > b > end", "decide > b")
    assert paths(document) == []


def diamonds(count: int) -> dict[str, Any]:
    steps = []
    for number in range(count):
        way = f"decide{number}", f"m{number}", f"decide{number + 1}"
        steps += [f"{way[0]} >[1 > 2]> a{number} > {way[1]} > {way[2]}"]
        steps += [f"{way[0]} > b{number} > {way[1]}"]
    return sequence(
        "start > decide0", *steps, f"decide{count} >[1 > 2]> decide0", f"decide{count} > end"
    )


def test_forty_diamonds_in_a_loop_are_bounded() -> None:
    found = for_activation(diamonds(40))
    assert codes(found).count("CircularPath") == CIRCULAR_PATHS_MAX
    assert codes(found)[-1] == "MoreCircularPaths"
    assert len({one.message for one in found}) == len(found)


def test_number_of_cycles_at_the_bound_needs_no_note() -> None:
    count = 6  # 2^6 = 64 ways round
    assert codes(for_activation(diamonds(count))) == ["CircularPath"] * 2**count


def test_search_stops_when_its_effort_is_used_up() -> None:
    complete = Graph.of(30, [(i, j) for i in range(30) for j in range(30)])
    effort = Effort(10_000)
    found = list(elementary_cycles(complete, list(range(30)), effort))
    assert effort.steps < 0
    assert 0 < len(found) < 10_000
