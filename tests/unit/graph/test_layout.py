"""Where things go: nodes apart, edges from node to node, loops upwards, all of it in good time."""

import time
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.graph.cells import CROSSING_CELLS_MAX
from seriatim.graph.drawing import read_drawing
from seriatim.graph.layering import assign_layers, find_back_edges
from seriatim.graph.layout import Layout, PlacedNode, lay_out
from seriatim.graph.shapes import outline_height
from tests.unit.graph.documents import chain, every_kind, node, sequence, transition


def laid_out(document: dict[str, Any]) -> Layout:
    return lay_out(read_drawing(document))


def overlap(one: PlacedNode, other: PlacedNode) -> bool:
    beside = (
        one.x + one.figure.right < other.x - other.figure.left
        or other.x + other.figure.right < one.x - one.figure.left
    )
    above = abs(one.y - other.y) > (one.figure.height + other.figure.height) / 2 - 0.2
    return not (beside or above)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 12))
    ends = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=24))
    kinds = st.sampled_from(["task", "decision", "fork", "join", "end", "signal", "nonsense"])
    nodes = [node(f"n{i}", "start" if i == 0 else draw(kinds)) for i in range(count)]
    conditions = st.sampled_from([None, "x > 1", "a long condition that takes much room, or more"])
    return sequence(
        nodes, [transition(f"n{a}", f"n{b}", condition=draw(conditions)) for a, b in pairs]
    )


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_any_graph_is_laid_out_without_overlaps_inside_the_picture(
    document: dict[str, Any],
) -> None:
    layout = laid_out(document)
    assert not any(overlap(one, other) for one, other in combinations(layout.nodes, 2))
    for placed in layout.nodes:
        assert placed.x - placed.figure.left >= 0
        assert placed.x + placed.figure.right <= layout.width
        assert placed.figure.height / 2 <= placed.y <= layout.height - placed.figure.height / 2
    assert len(layout.edges) == len(document["transitions"])


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_edges_begin_and_end_at_the_outlines_of_their_nodes(document: dict[str, Any]) -> None:
    layout = laid_out(document)
    placed = {item.vertex.id: item for item in layout.nodes}
    for edge in layout.edges:
        assert len(edge.points) % 2 == 0
        for node_id, (x, y) in (
            (edge.edge.source, edge.points[0]),
            (edge.edge.target, edge.points[-1]),
        ):
            at = placed[node_id]
            assert abs(x - at.x) <= at.figure.half_width + 0.2
            assert abs(y - at.y) <= outline_height(at.figure) / 2 + 0.2


def test_the_way_through_goes_down_and_loops_go_up() -> None:
    layout = laid_out(every_kind())
    y = {item.vertex.id: item.y for item in layout.nodes}
    loops = {edge.edge.id for edge in layout.edges if edge.closes_loop}
    assert loops == {"charge-charge", "cool-hold", "ask-charge"}
    for edge in layout.edges:
        if not edge.closes_loop:
            assert y[edge.edge.source] < y[edge.edge.target]


def test_labels_lie_on_no_node_and_on_no_other_label() -> None:
    layout = laid_out(every_kind())
    labels = [(*edge.label_at, *edge.label_size) for edge in layout.edges if edge.label]
    nodes = [(n.x, n.y, 2 * n.figure.half_width, n.figure.height) for n in layout.nodes]
    for label in labels:
        others = [other for other in [*labels, *nodes] if other != label]
        for x, y, wide, high in others:
            is_apart = (
                abs(x - label[0]) >= (wide + label[2]) / 2
                or abs(y - label[1]) >= (high + label[3]) / 2 - 0.2
            )
            assert is_apart


def test_a_chain_is_a_straight_line() -> None:
    assert len({placed.x for placed in laid_out(chain(40)).nodes}) == 1


def test_the_same_document_gives_the_same_layout() -> None:
    assert laid_out(every_kind()) == laid_out(every_kind())


def test_back_edges_are_those_that_return_to_the_way_from_the_start() -> None:
    edges = [(0, 1), (1, 2), (2, 1), (2, 3), (0, 3), (3, 3)]
    assert find_back_edges(4, edges, 0) == {2, 5}


def test_layers_keep_edges_short() -> None:
    # 4 has no way in: it is let down to what it leads to.
    assert assign_layers(5, [(0, 1), (1, 2), (2, 3), (4, 3)]) == [0, 1, 2, 3, 2]


def test_ten_thousand_nodes_are_laid_out_in_reasonable_time() -> None:
    deep = chain(10_000)
    wide = sequence(
        [node("f", "fork"), *(node(f"w{i}") for i in range(9_998)), node("j", "join")],
        [
            edge
            for i in range(9_998)
            for edge in (transition("f", f"w{i}"), transition(f"w{i}", "j"))
        ],
    )
    # Edges of every length, far more crossings than there is room for.
    tangled = chain(10_000)
    tangled["transitions"] += [
        transition(f"n{i}", f"n{i * 7919 % 10_000}") for i in range(0, 10_000, 2)
    ]
    began = time.process_time()
    for document in (deep, wide, tangled):
        assert len(laid_out(document).nodes) == 10_000
    assert time.process_time() - began < 60


def test_the_longest_edges_go_straight_where_crossings_are_too_many() -> None:
    length = 300
    document = chain(length)
    shortcuts = CROSSING_CELLS_MAX // (length - 2) + 5
    document["transitions"] += [
        transition("n0", f"n{length - 1}", name=f"shortcut {i}") for i in range(shortcuts)
    ]
    layout = laid_out(document)
    assert {len(edge.points) for edge in layout.edges if "shortcut" in str(edge.label)} >= {4}
    assert len(layout.edges) == length - 1 + shortcuts
