"""A number's value is what counts, not how it is written."""

from typing import Any

import pytest

from seriatim.domain.numbers import plainly_numbered


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (1.0, 1),
        (-0.0, 0),
        (1e2, 100),
        (2.0**53, 2**53),
        (2.0**54, 2.0**54),
        (1.5, 1.5),
        (True, True),
        ("1.0", "1.0"),
        (None, None),
        ({"a": [1.0, {"b": (2.0, 0.5)}]}, {"a": [1, {"b": [2, 0.5]}]}),
    ],
)
def test_whole_numbers_become_integers_where_that_is_exact(value: Any, plain: Any) -> None:
    found = plainly_numbered(value)
    assert found == plain
    assert repr(found) == repr(plain)
