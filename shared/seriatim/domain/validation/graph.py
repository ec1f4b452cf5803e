"""A directed graph of numbered nodes, and what can be asked of it. Iterative throughout.

Knows nothing of sequences: plans and checks number their nodes and build one. May import the
standard library only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Neighbours = Sequence[Sequence[int]] | Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Graph:
    """Neighbours of each node, in order of the edges, each once."""

    successors: tuple[tuple[int, ...], ...]
    predecessors: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(size: int, edges: Iterable[tuple[int, int]]) -> Graph:
        """The graph of nodes 0 to ``size - 1`` and these edges; parallel edges count once."""
        successors: list[dict[int, None]] = [{} for _ in range(size)]
        predecessors: list[dict[int, None]] = [{} for _ in range(size)]
        for source, target in edges:
            successors[source][target] = None
            predecessors[target][source] = None
        return Graph(tuple(map(tuple, successors)), tuple(map(tuple, predecessors)))

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self.successors)


def reachable(neighbours: Neighbours, roots: Iterable[int], stop: Collection[int] = ()) -> set[int]:
    """The nodes that can be reached from the roots, which are among them.

    A node in ``stop`` is reached, but nothing is reached by way of it (roots included).
    """
    found = set(roots)
    todo = list(found)
    while todo:
        node = todo.pop()
        if node in stop:
            continue
        for other in neighbours[node]:
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


@dataclass(frozen=True, slots=True)
class DepthFirst:
    """A depth-first walk: nodes as they were entered and as they were left, and edges back."""

    entered: list[int]
    left: list[int]
    back_edges: set[tuple[int, int]]
    """Edges to a node that was still being walked: those that close a loop."""


def depth_first(neighbours: Neighbours, roots: Iterable[int]) -> DepthFirst:
    """Walk depth first from each root in turn, neighbours in their order."""
    walk = DepthFirst([], [], set())
    walked: dict[int, bool] = {}
    """False while a node is being walked, true once it was left."""
    for root in roots:
        if root in walked:
            continue
        walked[root] = False
        walk.entered.append(root)
        path = [(root, iter(neighbours[root]))]
        while path:
            node, rest = path[-1]
            for other in rest:
                state = walked.get(other)
                if state is False:
                    walk.back_edges.add((node, other))
                elif state is None:
                    walked[other] = False
                    walk.entered.append(other)
                    path.append((other, iter(neighbours[other])))
                    break
            else:
                path.pop()
                walked[node] = True
                walk.left.append(node)
    return walk


def components(graph: Graph, nodes: Sequence[int]) -> list[list[int]]:
    """The strongly connected components of a part of the graph (Kosaraju).

    A component comes after all those that lead to it.
    """
    inside = set(nodes)
    successors = {
        node: [other for other in graph.successors[node] if other in inside] for node in nodes
    }
    predecessors: dict[int, list[int]] = {node: [] for node in nodes}
    for node, others in successors.items():
        for other in others:
            predecessors[other].append(node)
    left = depth_first(successors, nodes).left
    seen: set[int] = set()
    found = []
    for root in reversed(left):
        if root in seen:
            continue
        seen.add(root)
        members = [root]
        for node in members:
            for other in predecessors[node]:
                if other not in seen:
                    seen.add(other)
                    members.append(other)
        found.append(members)
    return found


def loops(graph: Graph, nodes: Sequence[int]) -> list[list[int]]:
    """The components of a part of the graph that hold a cycle."""
    return [
        members
        for members in components(graph, nodes)
        if len(members) > 1 or members[0] in graph.successors[members[0]]
    ]


def shortest_path(
    neighbours: Neighbours, source: int, target: int, within: Collection[int]
) -> list[int] | None:
    """A shortest path by nodes in ``within``, both ends counted; None where there is none."""
    came_from = {source: source}
    todo = [source]
    for node in todo:
        if node == target:
            path = [node]
            while path[-1] != source:
                path.append(came_from[path[-1]])
            return path[::-1]
        for other in neighbours[node]:
            if other in within and other not in came_from:
                came_from[other] = node
                todo.append(other)
    return None


def region(graph: Graph, entries: Iterable[int], exit_node: int) -> tuple[set[int], set[int]]:
    """What lies between entries and an exit: (all that is reached, what of it can reach the exit).

    Neither holds the exit itself, and nothing is followed beyond it.
    """
    forward = reachable(graph.successors, entries, stop={exit_node})
    forward.discard(exit_node)
    backward = {
        node: [other for other in graph.predecessors[node] if other in forward] for node in forward
    }
    ways_out = [node for node in graph.predecessors[exit_node] if node in forward]
    inside = reachable(backward, ways_out)
    return forward, inside
