"""Times on the wire: what is written, what is read, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.times import from_iso, to_iso

YEAR_9999_MS = 253_402_300_799_999
YEAR_1_MS = -62_135_596_800_000


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000_007, "2023-11-14T22:13:20.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (YEAR_9999_MS, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_has_three_decimals_and_z(ms: int, text: str) -> None:
    assert to_iso(ms) == text
    assert from_iso(text) == ms


@given(st.integers(min_value=YEAR_1_MS, max_value=YEAR_9999_MS))
def test_every_time_survives_the_wire(ms: int) -> None:
    assert from_iso(to_iso(ms)) == ms


@given(st.lists(st.integers(min_value=YEAR_1_MS, max_value=YEAR_9999_MS), min_size=2))
def test_written_times_sort_as_the_times_do(times: list[int]) -> None:
    assert [to_iso(ms) for ms in sorted(times)] == sorted(to_iso(ms) for ms in times)


def test_offsets_are_understood() -> None:
    assert from_iso("2026-01-01T02:00:00+02:00") == from_iso("2026-01-01T00:00:00Z")


def test_parts_finer_than_a_millisecond_are_cut_off() -> None:
    assert from_iso("1970-01-01T00:00:00.001999Z") == 1


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "\ud800"])
def test_a_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2026-01-31T09:00:00"):
        from_iso(text)
