"""Rings of waits, by example; ``tests/property/test_ledgers.py`` holds them against a model."""

from seriatim.domain.permits.asking import release
from seriatim.domain.permits.rings import find_rings
from tests.permit_requests import NOW, after_requests, asked, kept, pools

CROSSED = after_requests(
    pools(a=1, b=1),
    kept("e1/1", {"a": 1}, begun_at=1),
    kept("e2/1", {"b": 1}, begun_at=2),
    kept("e1/2", {"b": 1}, begun_at=1),
    kept("e2/2", {"a": 1}, begun_at=2),
)


def test_two_that_wait_for_each_other_are_a_ring_and_the_youngest_is_named() -> None:
    [ring] = find_rings(CROSSED)
    assert ring.execution_ids == ("e1", "e2")
    assert ring.request_id == "e2/2"
    assert ring.pools == ("a", "b")


def test_one_that_waits_for_what_it_holds_itself_is_a_ring() -> None:
    [ring] = find_rings(
        after_requests(pools(a=1), kept("e1/1", {"a": 1}), asked("e1/2/1", {"a": 1}))
    )
    assert (ring.execution_ids, ring.request_id) == (("e1",), "e1/2/1")


def test_who_waits_for_a_ring_is_not_part_of_it() -> None:
    ledger = after_requests(CROSSED, kept("e3/1", {"a": 1}, begun_at=9))
    [ring] = find_rings(ledger)
    assert ring.execution_ids == ("e1", "e2")


def test_two_rings_are_found_both() -> None:
    ledger = after_requests(
        pools(a=1, b=1, c=1),
        *(kept(f"e{n}/1", {pool: 1}) for n, pool in enumerate("abc")),
        kept("e0/2", {"b": 1}),
        kept("e1/2", {"a": 1}),
        kept("e2/2", {"c": 1}),
    )
    assert [ring.execution_ids for ring in find_rings(ledger)] == [("e0", "e1"), ("e2",)]


def test_there_is_no_ring_where_somebody_else_may_give_back_enough() -> None:
    ledger = after_requests(
        pools(a=2, b=1),
        kept("e1/1", {"a": 1}),
        asked("e9/1/1", {"a": 1}),
        kept("e2/1", {"b": 1}),
        kept("e1/2", {"b": 1}),
        kept("e2/2", {"a": 1}),
    )
    assert find_rings(ledger) == ()


def test_there_is_no_ring_where_an_execution_moves_all_the_same() -> None:
    assert find_rings(CROSSED, {"e2"}) == ()
    assert find_rings(CROSSED, {"e7"}) == find_rings(CROSSED)


def test_the_permits_of_attempts_make_no_ring() -> None:
    """An attempt ends by itself."""
    ledger = after_requests(
        pools(a=1, b=1),
        asked("e1/1/1", {"a": 1}),
        asked("e2/1/1", {"b": 1}),
        asked("e1/2/1", {"b": 1}),
        asked("e2/2/1", {"a": 1}),
    )
    assert find_rings(ledger) == ()


def test_a_release_ends_a_ring() -> None:
    ledger, _ = release(CROSSED, "e2/2", {}, None, NOW)
    assert find_rings(ledger) == ()
