"""Rings: what waits only for each other, directly or not, and for nothing outside."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

Place = TypeVar("Place", bound=Hashable)


def in_rings(waits_for: Mapping[Place, Sequence[Place] | None]) -> set[Place]:
    """The places of all rings. ``None`` stands for something that moves by itself: no ring waits
    for it. Every place that is waited for has an entry; the time is linear.
    """
    rings: set[Place] = set()
    for component in _components(waits_for):
        reasons = [waits_for[place] for place in component]
        if all(r is not None and component.issuperset(r) for r in reasons):
            rings |= component
    return rings


def _components(graph: Mapping[Place, Sequence[Place] | None]) -> Iterator[set[Place]]:
    """The strongly connected components (Tarjan's algorithm, without recursion)."""
    numbers: dict[Place, int] = {}
    lowest: dict[Place, int] = {}
    open_places: list[Place] = []
    closed: set[Place] = set()
    for root in graph:
        path = [] if root in numbers else [(root, iter(graph[root] or ()))]
        while path:
            place, ahead = path[-1]
            if place not in numbers:
                numbers[place] = lowest[place] = len(numbers)
                open_places.append(place)
            for other in ahead:
                if other not in numbers:
                    path.append((other, iter(graph[other] or ())))
                    break
                if other not in closed:
                    lowest[place] = min(lowest[place], numbers[other])
            else:
                path.pop()
                if path:
                    before = path[-1][0]
                    lowest[before] = min(lowest[before], lowest[place])
                if lowest[place] == numbers[place]:
                    component = set(_popped_to(open_places, place))
                    closed |= component
                    yield component


def _popped_to(places: list[Place], last: Place) -> Iterator[Place]:
    while (place := places.pop()) != last:
        yield place
    yield last
