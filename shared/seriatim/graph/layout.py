"""From a drawing to places: where every node stands and which way every edge takes. Layers go from
top to bottom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seriatim.graph.cells import Chain, Grid, build_grid
from seriatim.graph.drawing import Drawing, Edge, Vertex
from seriatim.graph.layering import assign_layers, find_back_edges
from seriatim.graph.measure import plain, width
from seriatim.graph.ordering import order_cells
from seriatim.graph.placing import place_cells
from seriatim.graph.shapes import (
    BOXES,
    HEADING_SIZE,
    NOTE_SIZE,
    Figure,
    figure,
    label_lines,
    label_size,
    outline_height,
)

MARGIN = 24.0
_GAP_MIN, _GAP_MAX = 34.0, 96.0
_PORT_SPACING = 20.0
_ARROW_ROOM = 11.0
"""An edge comes in straight for that long, so that its arrow points where it goes."""
_WEIGHTS = {
    "success": 4.0,
    "error": 1.0,
    "timer": 1.0,
    "signal": 1.0,
    "dependency": 0.2,
    "loop": 0.5,
}
"""The main way through a sequence is the straightest."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node with its centre."""

    vertex: Vertex
    figure: Figure
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge with its way from source to target.

    ``points`` come in pairs: a straight piece goes from the first to the second of a pair, a curve
    on to the next pair.
    """

    edge: Edge
    points: tuple[Point, ...]
    label: tuple[str, ...]
    label_at: Point
    label_size: tuple[float, float]
    closes_loop: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture's nodes, edges and size in pixels."""

    width: int
    height: int
    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]


def lay_out(drawing: Drawing) -> Layout:
    """Place everything. The same drawing gives the same layout, to the digit."""
    number = {vertex.id: index for index, vertex in enumerate(drawing.vertices)}
    pairs = [(number[edge.source], number[edge.target]) for edge in drawing.edges]
    starts = [i for i, vertex in enumerate(drawing.vertices) if vertex.kind == "start"]
    first = starts[0] if starts else 0
    back = find_back_edges(len(number), pairs, first) if number else set()
    down = [(b, a) if i in back else (a, b) for i, (a, b) in enumerate(pairs) if a != b]
    layer = assign_layers(len(number), down)
    figures = _figures(drawing, pairs, back)
    labels = [label_lines(edge.label) for edge in drawing.edges]
    sizes = [label_size(lines) if lines else None for lines in labels]
    weights = [_WEIGHTS["loop" if i in back else edge.kind] for i, edge in enumerate(drawing.edges)]
    grid = build_grid(figures, pairs, back, layer, sizes, weights)
    order = order_cells(grid)
    x = place_cells(grid, order)
    return _Router(drawing, grid, figures, order, x, labels).layout()


def _figures(drawing: Drawing, pairs: list[tuple[int, int]], back: set[int]) -> list[Figure]:
    into, out_of = [0] * len(drawing.vertices), [0] * len(drawing.vertices)
    has_loop = [False] * len(drawing.vertices)
    for index, (source, target) in enumerate(pairs):
        if index in back:
            has_loop[source] = has_loop[target] = True
        else:
            out_of[source] += 1
            into[target] += 1
    return [
        figure(vertex, max(into[i], out_of[i]), has_loop=has_loop[i])
        for i, vertex in enumerate(drawing.vertices)
    ]


class _Router:
    """Turns cells with places into nodes and ways, once the order is settled."""

    def __init__(
        self,
        drawing: Drawing,
        grid: Grid,
        figures: Sequence[Figure],
        order: Sequence[Sequence[int]],
        x: list[float],
        labels: Sequence[tuple[str, ...]],
    ) -> None:
        self._drawing, self._grid, self._figures, self._labels = drawing, grid, figures, labels
        self._x = [value + MARGIN for value in x]
        self._title_room = 40.0 if drawing.title else 0.0
        self._top, self._bottom = self._layer_bounds(order)
        self._y = [(self._top[layer] + self._bottom[layer]) / 2 for layer in grid.layer]
        self._out_port, self._in_port = self._ports()

    def layout(self) -> Layout:
        nodes = tuple(
            PlacedNode(vertex, shape, self._x[i], self._y[i])
            for i, (vertex, shape) in enumerate(
                zip(self._drawing.vertices, self._figures, strict=True)
            )
        )
        edges = {chain.edge: self._route(chain) for chain in self._grid.chains}
        edges |= {edge: self._loop(edge, node, port) for edge, node, port in self._grid.loops}
        right = max(
            (x + room for x, room in zip(self._x, self._grid.right, strict=True)), default=0.0
        )
        heading = width(plain(self._drawing.title), HEADING_SIZE * 1.1)
        heading += width(plain(self._drawing.subtitle), NOTE_SIZE) + MARGIN
        return Layout(
            width=round(max(right, heading) + MARGIN * 1.5),
            height=round((self._bottom[-1] if self._bottom else self._title_room) + MARGIN),
            nodes=nodes,
            edges=tuple(edges[index] for index in sorted(edges)),
        )

    def _layer_bounds(self, order: Sequence[Sequence[int]]) -> tuple[list[float], list[float]]:
        """Top and bottom of each layer; the further edges go sideways, the more room they get
        between layers.
        """
        sideways = [0.0] * len(order)
        for chain in self._grid.chains:
            for upper, lower in zip(chain.cells, chain.cells[1:], strict=False):
                layer = self._grid.layer[upper]
                sideways[layer] = max(sideways[layer], abs(self._x[upper] - self._x[lower]))
        top, bottom, y = [], [], MARGIN + self._title_room
        for number, cells in enumerate(order):
            top.append(y)
            y += max((self._grid.height[cell] for cell in cells), default=0.0)
            bottom.append(y)
            y += min(_GAP_MIN + sideways[number] * 0.08, _GAP_MAX)
        return top, bottom

    def _ports(self) -> tuple[dict[int, float], dict[int, float]]:
        """By edge: how far from the centres of its nodes it leaves and enters."""
        leaving: dict[int, list[tuple[float, int]]] = {}
        entering: dict[int, list[tuple[float, int]]] = {}
        for chain in self._grid.chains:
            if not chain.is_turned:
                top, bottom = chain.cells[0], chain.cells[-1]
                leaving.setdefault(top, []).append((self._x[chain.cells[1]], chain.edge))
                entering.setdefault(bottom, []).append((self._x[chain.cells[-2]], chain.edge))
        out_port: dict[int, float] = {}
        in_port: dict[int, float] = {}
        for ports, sides in ((out_port, leaving), (in_port, entering)):
            for node, edges in sides.items():
                reach = self._reach(node, len(edges), is_out=ports is out_port)
                for at, (_, edge) in enumerate(sorted(edges)):
                    ports[edge] = reach * (2 * at / (len(edges) - 1) - 1) if len(edges) > 1 else 0.0
        return out_port, in_port

    def _reach(self, node: int, count: int, *, is_out: bool) -> float:
        """How far from the centre the outermost of ``count`` edges is."""
        shape = self._figures[node]
        wanted = _PORT_SPACING * (count - 1) / 2
        match shape.kind:
            case "start" | "end":
                return 0.0
            case "decision":
                return min(wanted * 1.5, shape.half_width * 0.5) if is_out else 0.0
            case "fork" | "join":
                return min(26.0 * (count - 1) / 2, shape.half_width - 8)
            case _:
                return min(wanted, shape.half_width * 0.7)

    def _outline(self, node: int, dx: float) -> float:
        """Half the height of a node's shape at ``dx`` from its centre."""
        shape = self._figures[node]
        half = outline_height(shape) / 2
        if shape.kind == "decision":
            return half * (1 - abs(dx) / shape.half_width)
        return half

    def _route(self, chain: Chain) -> PlacedEdge:
        grid, cells = self._grid, chain.cells
        top, bottom = cells[0], cells[-1]
        points: list[Point] = []
        if chain.is_turned:
            points += self._hook(top, chain.top_port, is_top=True)
        else:
            x = self._x[top] + self._out_port[chain.edge]
            points.append((x, self._y[top] + self._outline(top, self._out_port[chain.edge])))
            points.append((x, self._bottom[grid.layer[top]]))
        for cell in cells[1:-1]:
            layer = grid.layer[cell]
            points += [(self._x[cell], self._top[layer]), (self._x[cell], self._bottom[layer])]
        if chain.is_turned:
            points += self._hook(bottom, chain.bottom_port, is_top=False)
            points.reverse()
        else:
            dx = self._in_port[chain.edge]
            x = self._x[bottom] + dx
            points.append((x, self._top[grid.layer[bottom]] - _ARROW_ROOM))
            points.append((x, self._y[bottom] - self._outline(bottom, dx)))
        at = (points[0][0] + points[-1][0]) / 2, (points[0][1] + points[-1][1]) / 2
        if chain.label_at is not None:
            cell = cells[chain.label_at]
            at = self._x[cell], self._y[cell]
        return self._placed(chain.edge, points, at, closes_loop=chain.is_turned)

    def _hook(self, node: int, port: float, *, is_top: bool) -> list[Point]:
        """From the right side of a node to the edge of its layer, in the order of a way down."""
        shape, layer = self._figures[node], self._grid.layer[node]
        x, dy = self._x[node] + port, min(8.0, shape.height / 5) if shape.kind in BOXES else 0.0
        y = self._y[node] + (dy if is_top else -dy)
        side = self._x[node] + shape.half_width
        if is_top:
            return [(side, y), (x - 8, y), (x, y + 8), (x, max(self._bottom[layer], y + 8))]
        return [(x, min(self._top[layer], y - 8)), (x, y - 8), (x - 8, y), (side, y)]

    def _loop(self, edge: int, node: int, port: float) -> PlacedEdge:
        is_box = self._figures[node].kind in BOXES
        dy = 6.0 if is_box else 4.0
        x, y, side = self._x[node] + port, self._y[node], self._side(node, dy)
        y -= 4.0 if is_box else 0.0  # below it is where other loops come in
        bend = min(6.0, dy)
        points = [(side, y - dy), (x - bend, y - dy), (x, y - dy + bend), (x, y + dy - bend)]
        points += [(x - bend, y + dy), (side, y + dy)]
        size = label_size(self._labels[edge]) if self._labels[edge] else (0.0, 0.0)
        return self._placed(edge, points, (x + size[0] / 2 + 4, y), closes_loop=True)

    def _side(self, node: int, dy: float) -> float:
        """Right side of a node's shape at ``dy`` above or below its centre."""
        shape = self._figures[node]
        if shape.kind == "decision":
            return self._x[node] + shape.half_width * (1 - 2 * dy / shape.height)
        return self._x[node] + shape.half_width

    def _placed(
        self, edge: int, points: list[Point], label_at: Point, *, closes_loop: bool
    ) -> PlacedEdge:
        lines = self._labels[edge]
        return PlacedEdge(
            edge=self._drawing.edges[edge],
            points=tuple((round(x, 1), round(y, 1)) for x, y in points),
            label=lines,
            label_at=(round(label_at[0], 1), round(label_at[1], 1)),
            label_size=label_size(lines) if lines else (0.0, 0.0),
            closes_loop=closes_loop,
        )
