"""The order of cells within each layer, such that few edges cross: sweeps by the mean place of the
neighbours.
"""

from bisect import bisect_left
from itertools import pairwise

from seriatim.graph.cells import Grid

_PORT_SHIFT = 0.3
"""An edge at a node's right side counts as that much further right, in places."""


def order_cells(grid: Grid) -> list[list[int]]:
    """Cells by layer, from left to right."""
    above, below = _neighbours(grid)
    layers = _walk(grid, below)
    if grid.layers < 2:
        return layers
    segments = _segments(grid)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, segments)
    for sweep in range(_sweeps(len(grid.layer))):
        if not fewest:
            break
        going_down = sweep % 2 == 0
        numbers = range(1, grid.layers) if going_down else range(grid.layers - 2, -1, -1)
        place = _places(layers, len(grid.layer))
        for number in numbers:
            _sort(layers[number], place, above if going_down else below, is_mirrored=sweep % 4 > 1)
        crossings = _crossings(layers, segments)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _sweeps(cells: int) -> int:
    if cells < 1_000:
        return 24
    return 12 if cells < 5_000 else 4


Neighbours = list[list[tuple[int, float]]]


def _neighbours(grid: Grid) -> tuple[Neighbours, Neighbours]:
    """For each cell those that it is joined to in the layers above and below, with the shift of
    their ports.
    """
    above: Neighbours = [[] for _ in grid.layer]
    below: Neighbours = [[] for _ in grid.layer]
    for chain in grid.chains:
        cells = chain.cells
        for upper, lower in pairwise(cells):
            turned_top = chain.is_turned and upper == cells[0]
            turned_bottom = chain.is_turned and lower == cells[-1]
            below[upper].append((lower, _PORT_SHIFT if turned_bottom else 0.0))
            above[lower].append((upper, _PORT_SHIFT if turned_top else 0.0))
    return above, below


def _walk(grid: Grid, below: Neighbours) -> list[list[int]]:
    """A first order: depth first from the top, so that trees begin without crossings."""
    layers: list[list[int]] = [[] for _ in range(grid.layers)]
    is_seen = [False] * len(grid.layer)
    tops = sorted(range(grid.nodes), key=lambda cell: grid.layer[cell])
    turned = {chain.cells[1] for chain in grid.chains if chain.is_turned}
    for top in tops:
        stack = [top]
        while stack:
            cell = stack.pop()
            if is_seen[cell]:
                continue
            is_seen[cell] = True
            layers[grid.layer[cell]].append(cell)
            following = [other for other, _ in below[cell] if not is_seen[other]]
            following.sort(key=lambda other: other in turned)
            stack.extend(reversed(following))
    return layers


def _places(layers: list[list[int]], count: int) -> list[int]:
    place = [0] * count
    for layer in layers:
        for position, cell in enumerate(layer):
            place[cell] = position
    return place


def _sort(layer: list[int], place: list[int], neighbours: Neighbours, *, is_mirrored: bool) -> None:
    """Sort one layer by the means of its neighbours' places; cells without any keep theirs."""
    means = {
        cell: sum(place[other] + shift for other, shift in neighbours[cell]) / len(neighbours[cell])
        for cell in layer
        if neighbours[cell]
    }
    movable = [cell for cell in layer if cell in means]
    if is_mirrored:
        movable.reverse()
    movable.sort(key=means.__getitem__)
    following = iter(movable)
    layer[:] = [next(following) if cell in means else cell for cell in layer]
    for position, cell in enumerate(layer):
        place[cell] = position


Segments = list[list[tuple[int, int, float, float]]]


def _segments(grid: Grid) -> Segments:
    """By upper layer: the pieces of edges between it and the next, with the shifts of their
    ports.
    """
    segments: Segments = [[] for _ in range(grid.layers)]
    for chain in grid.chains:
        cells = chain.cells
        for upper, lower in pairwise(cells):
            if grid.layer[lower] == grid.layer[upper] + 1:
                top = _PORT_SHIFT if chain.is_turned and upper == cells[0] else 0.0
                bottom = _PORT_SHIFT if chain.is_turned and lower == cells[-1] else 0.0
                segments[grid.layer[upper]].append((upper, lower, top, bottom))
    return segments


def _crossings(layers: list[list[int]], segments: Segments) -> int:
    """How many pairs of edge pieces cross, each pair of layers in turn."""
    place: dict[int, int] = {}
    for layer in layers:
        place.update((cell, position) for position, cell in enumerate(layer))
    total = 0
    for pieces in segments:
        ends = sorted((place[u] + top, place[v] + bottom) for u, v, top, bottom in pieces)
        total += _inversions([end for _, end in ends])
    return total


def _inversions(values: list[float]) -> int:
    """Pairs of values that are out of order, by a Fenwick tree."""
    ranks = sorted(set(values))
    tree = [0] * (len(ranks) + 1)
    total = 0
    for count, value in enumerate(values):
        rank = bisect_left(ranks, value) + 1
        total += count
        at = rank
        while at:
            total -= tree[at]
            at &= at - 1
        at = rank
        while at < len(tree):
            tree[at] += 1
            at += at & -at
    return total
