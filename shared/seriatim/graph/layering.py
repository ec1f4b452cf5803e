"""Which layer each node goes to: loops are found and turned round, then every edge points down.

Vertices are numbers here, edges pairs of numbers. Nothing recurses: a chain may be 10,000 nodes
long.
"""

from collections.abc import Sequence

Pair = tuple[int, int]


def find_back_edges(count: int, edges: Sequence[Pair], first: int) -> set[int]:
    """Indexes of the edges that close a cycle, as a reader sees them who walks from ``first``
    on.
    """
    outgoing: list[list[int]] = [[] for _ in range(count)]
    for index, (source, _) in enumerate(edges):
        outgoing[source].append(index)
    fresh, open_, done = 0, 1, 2
    colour = [fresh] * count
    back: set[int] = set()
    for root in (first, *range(count)):
        if colour[root] != fresh:
            continue
        colour[root] = open_
        stack = [(root, iter(outgoing[root]))]
        while stack:
            vertex, rest = stack[-1]
            for index in rest:
                target = edges[index][1]
                if colour[target] == open_:
                    back.add(index)
                elif colour[target] == fresh:
                    colour[target] = open_
                    stack.append((target, iter(outgoing[target])))
                    break
            else:
                colour[vertex] = done
                stack.pop()
    return back


def assign_layers(count: int, edges: Sequence[Pair]) -> list[int]:
    """A layer for each vertex, from 0, such that every edge of an acyclic graph goes down.

    Each vertex is as high as it can be; then those with more edges out than in are let down to what
    follows them, which shortens edges.
    """
    outgoing: list[list[int]] = [[] for _ in range(count)]
    incoming = [0] * count
    for source, target in edges:
        outgoing[source].append(target)
        incoming[target] += 1
    waiting = list(incoming)
    order = [vertex for vertex in range(count) if not waiting[vertex]]
    layer = [0] * count
    for vertex in order:
        for target in outgoing[vertex]:
            layer[target] = max(layer[target], layer[vertex] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    for vertex in reversed(order):
        if len(outgoing[vertex]) > incoming[vertex]:
            layer[vertex] = max(
                layer[vertex], min(layer[target] for target in outgoing[vertex]) - 1
            )
    lowest = min(layer, default=0)
    return [value - lowest for value in layer]
