"""The graph that checks and plans ask."""

from seriatim.domain.validation.graph import (
    Graph,
    components,
    depth_first,
    loops,
    reachable,
    region,
    shortest_path,
)

#  0 → 1 → 2 → 3 → 5
#      ↑___|   ↓
#              4 ↺
GRAPH = Graph.of(6, [(0, 1), (1, 2), (2, 1), (2, 3), (3, 5), (3, 4), (4, 4), (2, 3)])


def test_parallel_edges_count_once() -> None:
    assert GRAPH.successors[2] == (1, 3)
    assert GRAPH.predecessors[3] == (2,)
    assert len(GRAPH) == 6


def test_reachable_stops_where_told() -> None:
    assert reachable(GRAPH.successors, [1]) == {1, 2, 3, 4, 5}
    assert reachable(GRAPH.successors, [1], stop={3}) == {1, 2, 3}
    assert reachable(GRAPH.predecessors, [3]) == {0, 1, 2, 3}


def test_depth_first_names_the_edges_that_close_loops() -> None:
    walk = depth_first(GRAPH.successors, [0])
    assert walk.entered == [0, 1, 2, 3, 5, 4]
    assert walk.left == [5, 4, 3, 2, 1, 0]
    assert walk.back_edges == {(2, 1), (4, 4)}


def test_components_come_after_those_that_lead_to_them() -> None:
    found = components(GRAPH, range(6))
    assert [set(members) for members in found] == [{0}, {1, 2}, {3}, {4}, {5}]
    assert [set(members) for members in loops(GRAPH, range(6))] == [{1, 2}, {4}]


def test_components_of_a_part() -> None:
    assert [set(members) for members in components(GRAPH, [1, 3])] == [{3}, {1}]
    assert loops(GRAPH, [0, 1, 3]) == []


def test_shortest_path_stays_within() -> None:
    everywhere = range(6)
    assert shortest_path(GRAPH.successors, 0, 5, everywhere) == [0, 1, 2, 3, 5]
    assert shortest_path(GRAPH.successors, 4, 4, everywhere) == [4]
    assert shortest_path(GRAPH.successors, 5, 0, everywhere) is None
    assert shortest_path(GRAPH.successors, 0, 5, {0, 1, 2, 5}) is None


def test_region_between_entries_and_an_exit() -> None:
    assert region(GRAPH, [1], 5) == ({1, 2, 3, 4}, {1, 2, 3})
    assert region(GRAPH, [5], 5) == (set(), set())
