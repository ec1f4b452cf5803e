"""Which target an attempt goes to."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.tasks.targets import choose, with_target


def definition(balancing: str | None, *weights: float | None) -> dict[str, Any]:
    return {
        "integration": "activity",
        "balancing": balancing,
        "activity": {"name": "shared"},
        "targets": [
            {"name": f"target-{place}", **({} if weight is None else {"weight": weight})}
            for place, weight in enumerate(weights)
        ],
    }


def chosen(document: dict[str, Any], count: int = 3_000) -> Counter[int | None]:
    return Counter(choose(document, f"exec-{number}", 1, 1) for number in range(count))


@pytest.mark.parametrize("targets", [None, [], ()])
def test_without_targets_there_is_nothing_to_choose(targets: Any) -> None:
    assert choose({"integration": "activity", "targets": targets}, "e", 1, 1) is None


def test_weighted_goes_by_weight() -> None:
    found = chosen(definition("weighted", 3, 1, 0))
    assert found.keys() == {0, 1}
    assert 2_100 < found[0] < 2_400


@pytest.mark.parametrize("balancing", [None, "weighted", "least_outstanding"])
def test_weights_are_equal_unless_given(balancing: str | None) -> None:
    found = chosen(definition(balancing, None, None, 1))
    assert all(850 < count < 1_150 for count in found.values())
    assert len(found) == 3


def test_round_robin_takes_turns_over_node_runs_and_attempts() -> None:
    document = definition("round_robin", 1, 1, 0, 1)
    turns = [choose(document, "exec-1", number, 1) for number in range(1, 7)]
    assert set(turns[:3]) == {0, 1, 3}
    assert turns[:3] == turns[3:]
    assert choose(document, "exec-1", 1, 2) == turns[1]
    assert chosen(document).keys() == {0, 1, 3}


def test_where_all_weights_are_zero_all_are_equal() -> None:
    assert chosen(definition("weighted", 0, 0), 200).keys() == {0, 1}


@given(
    st.sampled_from(["weighted", "round_robin", "least_outstanding"]),
    st.lists(st.floats(0, 1e6), min_size=1, max_size=8),
    st.text(max_size=20),
    st.integers(1, 10_000),
    st.integers(1, 1_000),
)
def test_same_attempt_always_goes_the_same_way(
    balancing: str, weights: list[float], execution_id: str, number: int, attempt: int
) -> None:
    document = definition(balancing, *weights)
    found = choose(document, execution_id, number, attempt)
    assert found is not None
    assert found == choose(document, execution_id, number, attempt)
    assert weights[found] > 0 or not any(weights)


def test_target_overlays_the_fields_that_differ() -> None:
    document = {
        "id": "x",
        "integration": "http",
        "http": {"method": "POST", "url": "https://one.example", "headers": {"a": "1"}},
        "targets": [{"weight": 2, "url": "https://two.example"}],
    }
    assert with_target(document, 0) == {
        "id": "x",
        "integration": "http",
        "http": {"method": "POST", "url": "https://two.example", "headers": {"a": "1"}},
    }
    assert with_target(document, None)["http"]["url"] == "https://one.example"
    assert document["targets"] == [{"weight": 2, "url": "https://two.example"}]
