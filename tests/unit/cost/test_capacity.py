"""What DynamoDB charges, by its own rules: a unit per started KB written, per started 4 KB read."""

import pytest

from seriatim.cost.capacity import Indexed, put_units, read_units, size_of, write_units

PLAIN = Indexed(key=("pk", "sk"), indexes=())
LISTED = Indexed(key=("pk", "sk"), indexes=(("in_status", "position"), ("in_project", "position")))


def item(size: int, **more: str) -> dict[str, dict[str, str]]:
    """An item of about that many bytes."""
    return {"pk": {"S": "p" * size}, **{name: {"S": value} for name, value in more.items()}}


def test_a_size_is_that_of_names_and_values() -> None:
    assert size_of({"pk": {"S": "äb"}, "n": {"N": "1234"}, "b": {"BOOL": True}}) == 5 + 4 + 2
    assert size_of({"m": {"M": {"a": {"S": "x"}}}}) == 1 + 3 + 2 + 1
    assert size_of({"l": {"L": [{"S": "xy"}]}}) == 1 + 3 + 1 + 2


@pytest.mark.parametrize(("size", "units"), [(1, 1), (1_022, 1), (1_023, 2), (4_000, 4)])
def test_a_write_costs_a_unit_per_started_kilobyte(size: int, units: int) -> None:
    assert write_units(item(size)) == units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4_096, 1), (4_097, 2)])
def test_a_read_costs_a_unit_per_started_four_kilobytes(size: int, units: int) -> None:
    assert read_units(size, is_consistent=True) == units
    assert read_units(size, is_consistent=False) == units / 2


def test_an_item_that_shrinks_costs_what_it_was() -> None:
    assert put_units(PLAIN, item(1), item(3_000)) == 3


def test_every_index_with_an_entry_costs_as_much_again() -> None:
    listed = item(1, in_status="waiting", in_project="acme", position="1")
    assert put_units(LISTED, listed, None) == 3
    assert put_units(LISTED, item(1), None) == 1


def test_an_entry_that_moves_is_taken_away_and_written() -> None:
    before = item(1, in_status="waiting", in_project="acme", position="1")
    after = item(1, in_status="running", in_project="acme", position="1")
    assert put_units(LISTED, after, before) == 1 + 2 + 1
