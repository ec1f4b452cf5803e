"""Several calls at once."""

from threading import Barrier

import pytest

from seriatim.adapters.concurrently import each


def test_answers_are_in_the_order_of_the_arguments() -> None:
    assert each(lambda number: number * 2, range(100)) == [number * 2 for number in range(100)]
    assert each(str, [1]) == ["1"]
    assert each(str, []) == []


def test_calls_are_made_at_the_same_time() -> None:
    together = Barrier(4, timeout=20)
    each(lambda _: together.wait(), range(4))
    assert not together.broken


def test_an_error_is_raised_when_all_have_ended() -> None:
    done: list[int] = []

    def call(number: int) -> None:
        if number % 2:
            raise ValueError(number)
        done.append(number)

    with pytest.raises(ValueError, match="1"):
        each(call, range(6))
    assert sorted(done) == [0, 2, 4]
