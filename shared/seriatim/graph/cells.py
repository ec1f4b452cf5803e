"""The grid that a picture is laid out on: a cell for each node, and for each layer that an edge
crosses.

Where an edge has a label, a layer is put in after its source, and the edge's cell there is as big
as the label: so no label lies on another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from seriatim.graph.layering import Pair
from seriatim.graph.shapes import Figure

CROSSING_CELLS_MAX = 40_000
"""Beyond that many cells long edges are drawn straight through, behind the nodes: the simpler
layout.
"""
LOOP_GAP = 16.0
_CROSSING_ROOM = 5.0


@dataclass(slots=True)
class Chain:
    """The cells of one edge from top to bottom; ``label_at`` is the place in it of the cell that
    holds its label.

    A turned edge (one that closes a loop) runs upwards, and leaves and enters its nodes at their
    right sides: ``top_port`` and ``bottom_port`` are the distances from the centres of the nodes.
    """

    edge: int
    cells: list[int]
    is_turned: bool = False
    label_at: int | None = None
    weight: float = 1.0
    """How much it wants to be straight."""
    top_port: float = 0.0
    bottom_port: float = 0.0


@dataclass(slots=True)
class Grid:
    """Cells by number, the nodes' own first; ``chains`` join them, ``loops`` are the edges from
    a node to itself: edge, node and how far to the right of its centre they go."""

    left: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    height: list[float] = field(default_factory=list)
    layer: list[int] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    loops: list[tuple[int, int, float]] = field(default_factory=list)
    layers: int = 0
    nodes: int = 0

    def add(self, layer: int, left: float, right: float, height: float) -> int:
        """A new cell; returns its number."""
        self.layer.append(layer)
        self.left.append(left)
        self.right.append(right)
        self.height.append(height)
        return len(self.layer) - 1


def build_grid(
    figures: Sequence[Figure],
    edges: Sequence[Pair],
    back: set[int],
    layer: Sequence[int],
    labels: Sequence[tuple[float, float] | None],
    weights: Sequence[float],
) -> Grid:
    """Lay cells for nodes and edges.

    Args:
        figures: the nodes.
        edges: pairs of node numbers.
        back: indexes of the edges that close a loop, those from a node to itself among them.
        layer: of each node.
        labels: width and height of each edge's label, if it has one.
        weights: how much each edge wants to be straight.
    """
    spread = _make_room_for_labels(edges, back, layer, labels)
    grid = Grid(layers=max(spread, default=-1) + 1, nodes=len(figures))
    for shape, place in zip(figures, spread, strict=True):
        grid.add(place, shape.left, shape.right, shape.height)
    by_length = sorted(
        range(len(edges)), key=lambda i: abs(spread[edges[i][0]] - spread[edges[i][1]])
    )
    room = CROSSING_CELLS_MAX
    routed: set[int] = set()
    for index in by_length:
        room -= max(abs(spread[edges[index][0]] - spread[edges[index][1]]) - 1, 0)
        if room < 0:
            break
        routed.add(index)
    for index, (source, target) in enumerate(edges):
        if source == target:
            _add_loop(grid, index, source, figures[source], labels[index])
        else:
            _add_chain(grid, index, edges, index in back, labels[index], index in routed)
    for chain in grid.chains:
        chain.weight = weights[chain.edge]
        if chain.is_turned:
            chain.top_port = _side_port(grid, chain.cells[0])
            chain.bottom_port = _side_port(grid, chain.cells[-1])
    return grid


def _make_room_for_labels(
    edges: Sequence[Pair],
    back: set[int],
    layer: Sequence[int],
    labels: Sequence[tuple[float, float] | None],
) -> list[int]:
    """The nodes' layers, moved down by one for every layer of labels above."""
    after: set[int] = set()
    for index, (source, target) in enumerate(edges):
        if labels[index] is not None and source != target:
            after.add(layer[source] - 1 if index in back else layer[source])
    moved, shift = [], 0
    for place in range(max(layer, default=-1) + 1):
        moved.append(place + shift)
        shift += place in after
    return [moved[place] for place in layer]


def _add_chain(
    grid: Grid,
    index: int,
    edges: Sequence[Pair],
    is_turned: bool,
    label: tuple[float, float] | None,
    is_routed: bool,
) -> None:
    source, target = edges[index]
    top, bottom = (target, source) if is_turned else (source, target)
    first, last = grid.layer[top] + 1, grid.layer[bottom]
    chain = Chain(index, [top], is_turned)
    label_layer = None
    if label is not None:
        label_layer = last - 1 if is_turned else first
    for layer in range(first, last) if is_routed else ():
        if layer == label_layer and label is not None:
            chain.label_at = len(chain.cells)
            half = label[0] / 2
            chain.cells.append(grid.add(layer, half, half, label[1]))
        else:
            chain.cells.append(grid.add(layer, _CROSSING_ROOM, _CROSSING_ROOM, 0.0))
    chain.cells.append(bottom)
    grid.chains.append(chain)


def _add_loop(
    grid: Grid, index: int, node: int, shape: Figure, label: tuple[float, float] | None
) -> None:
    """An edge from a node to itself takes room at the node's right side, its label beside it."""
    grid.loops.append((index, node, max(grid.right[node], shape.half_width) + LOOP_GAP))
    grid.right[node] += LOOP_GAP + (label[0] if label else 0.0)
    grid.height[node] = max(grid.height[node], label[1] if label else 0.0)


def _side_port(grid: Grid, node: int) -> float:
    """Take room at the node's right side for an edge that goes up there; the distance from the
    node's centre.
    """
    grid.right[node] += LOOP_GAP
    return grid.right[node]
