"""Where each cell goes from left to right: every cell as near to its neighbours' mean as the order
lets it.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from seriatim.graph.cells import Grid

_GAP = 22.0
_STRAIGHT, _BENT, _LOOSE = 8.0, 2.0, 1.0
"""How much a piece of edge wants to be straight: between two crossings, at a node, between two
nodes.
"""

Pull = tuple[int, float, float]
"""A neighbour, how far to the right of its centre this cell's centre should be, and how
strongly.
"""


def place_cells(grid: Grid, layers: Sequence[Sequence[int]]) -> list[float]:
    """The centre of each cell; cells of a layer keep their order and do not overlap."""
    x = [0.0] * len(grid.layer)
    for layer in layers:
        for before, cell in pairwise(layer):
            x[cell] = x[before] + _distance(grid, before, cell)
    above, below = _pulls(grid)
    both = [up + down for up, down in zip(above, below, strict=True)]
    rounds = 24 if len(x) < 2_000 else 5
    for _ in range(rounds):
        for layer in layers:
            _settle(grid, layer, x, above)
        for layer in reversed(layers):
            _settle(grid, layer, x, below)
    for _ in range(rounds):
        for layer in layers:
            _settle(grid, layer, x, both)
        for layer in reversed(layers):
            _settle(grid, layer, x, both)
    _straighten(grid, layers, x)
    shift = min((x[cell] - grid.left[cell] for cell in range(len(x))), default=0.0)
    return [round(value - shift, 1) for value in x]


def _distance(grid: Grid, before: int, cell: int) -> float:
    crossings = (before >= grid.nodes) + (cell >= grid.nodes)
    return grid.right[before] + grid.left[cell] + (_GAP, _GAP * 0.7, _GAP * 0.4)[crossings]


def _pulls(grid: Grid) -> tuple[list[list[Pull]], list[list[Pull]]]:
    """What pulls at each cell from above and from below. One of many edges of a node pulls less: so
    a chain stays straight beside a wide fork.
    """
    above: list[list[Pull]] = [[] for _ in grid.layer]
    below: list[list[Pull]] = [[] for _ in grid.layer]
    pieces = [(chain, piece) for chain in grid.chains for piece in pairwise(chain.cells)]
    leaving = Counter(upper for _, (upper, _) in pieces)
    entering = Counter(lower for _, (_, lower) in pieces)
    for chain, (upper, lower) in pieces:
        crossings = (upper >= grid.nodes) + (lower >= grid.nodes)
        strength = chain.weight * (_LOOSE, _BENT, _STRAIGHT)[crossings]
        strength /= max(leaving[upper], entering[lower])
        shift = (chain.top_port if upper == chain.cells[0] else 0.0) - (
            chain.bottom_port if lower == chain.cells[-1] else 0.0
        )
        above[lower].append((upper, shift, strength))
        below[upper].append((lower, -shift, strength))
    return above, below


def _settle(grid: Grid, layer: Sequence[int], x: list[float], pulls: list[list[Pull]]) -> None:
    """Move one layer to the least sum of squared distances from where each cell is pulled to.

    With the distances between neighbours taken off, "keep the order" is "do not descend": blocks of
    cells that press on each other are merged and stand at their common mean (pool adjacent
    violators), in one pass.
    """
    offset = 0.0
    before: int | None = None
    blocks: list[tuple[float, float, int]] = []
    offsets = []
    for cell in layer:
        if before is not None:
            offset += _distance(grid, before, cell)
        before = cell
        offsets.append(offset)
        strength = sum(pull[2] for pull in pulls[cell])
        if strength:
            wish = sum((x[other] + shift) * force for other, shift, force in pulls[cell]) / strength
        else:
            wish, strength = x[cell], 0.01
        total, weight, size = (wish - offset) * strength, strength, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / weight:
            more, heavier, wider = blocks.pop()
            total, weight, size = total + more, weight + heavier, size + wider
        blocks.append((total, weight, size))
    at = 0
    for total, weight, size in blocks:
        for number in range(at, at + size):
            x[layer[number]] = total / weight + offsets[number]
        at += size


def _straighten(grid: Grid, layers: Sequence[Sequence[int]], x: list[float]) -> None:
    """Draw long edges as few vertical pieces: each as long as the room between the neighbours
    allows.
    """
    place = {cell: (layer, at) for layer in layers for at, cell in enumerate(layer)}
    for chain in grid.chains:
        run: list[int] = []
        low, high = float("-inf"), float("inf")
        for cell in chain.cells[1:-1]:
            layer, at = place[cell]
            left = x[layer[at - 1]] + _distance(grid, layer[at - 1], cell) if at else float("-inf")
            right = (
                x[layer[at + 1]] - _distance(grid, cell, layer[at + 1])
                if at + 1 < len(layer)
                else float("inf")
            )
            if max(low, left) > min(high, right):
                _align(run, low, high, x)
                run, low, high = [], float("-inf"), float("inf")
            run.append(cell)
            low, high = max(low, left), min(high, right)
        _align(run, low, high, x)


def _align(run: list[int], low: float, high: float, x: list[float]) -> None:
    if run:
        mean = sum(x[cell] for cell in run) / len(run)
        for cell in run:
            x[cell] = min(max(mean, low), high)
