"""Rings among what waits, held against the literal definition over small random graphs."""

from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.decider.rings import in_rings

PLACES = range(6)

graphs = st.dictionaries(
    st.sampled_from(PLACES), st.none() | st.lists(st.sampled_from(PLACES), max_size=4)
).map(lambda some: {place: some.get(place, []) for place in PLACES})


def reached(graph: dict[int, list[int] | None], place: int) -> set[int] | None:
    """All that ``place`` waits for, directly or not, itself included; ``None``: something moves."""
    found, frontier = {place}, [place]
    while frontier:
        reasons = graph[frontier.pop()]
        if reasons is None:
            return None
        frontier += [other for other in reasons if other not in found]
        found |= set(reasons)
    return found


@given(graphs)
def test_a_ring_is_a_set_that_waits_for_all_of_itself_and_for_nothing_else(
    graph: dict[int, list[int] | None],
) -> None:
    by_definition = {
        place
        for place in PLACES
        if (ring := reached(graph, place)) is not None
        and all(place in (reached(graph, other) or ()) for other in ring)
    }
    assert in_rings(graph) == by_definition


@given(graphs)
def test_where_all_wait_and_nothing_moves_there_is_a_ring(
    graph: dict[int, list[int] | None],
) -> None:
    stuck = {place: reasons or [] for place, reasons in graph.items()}
    assert in_rings(stuck)


def test_a_chain_of_thousands_needs_no_deep_stack() -> None:
    chain: dict[int, list[int] | None] = {n: [n + 1] for n in range(20_000)}
    chain[20_000] = [0]
    assert len(in_rings(chain)) == 20_001
    chain[20_000] = None
    assert in_rings(chain) == set()
