"""Identity and time from outside."""

import re

from seriatim.adapters.clock import SystemClock
from seriatim.adapters.ids import SortableIds
from tests.fakes.clock import FakeClock


def test_an_id_has_a_prefix_and_26_characters() -> None:
    assert re.fullmatch(r"exec-[0-9a-hjkmnp-tv-z]{26}", SortableIds(FakeClock()).new("exec"))


def test_ids_sort_by_their_time() -> None:
    clock = FakeClock()
    ids = SortableIds(clock)
    made = []
    for milliseconds in (0, 1, 1, 1_000, 10**11):
        clock.advance(milliseconds)
        made.append(ids.new("e"))
        clock.advance(1)
    assert made == sorted(made)


def test_ids_of_one_instant_differ() -> None:
    ids = SortableIds(FakeClock())
    assert len({ids.new("e") for _ in range(1_000)}) == 1_000


def test_the_clock_does_not_stand_still() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(2)
    assert clock.now() >= before + 1
