"""Where values of a JSON text are found, and keys that an object has twice."""

import json

import pytest

from seriatim.authoring.positions import json_places, with_holders

TEXT = """{
 "a": [1, {"b": "x", "c\\"\\\\d": [true, "]}\\", {"]}],
 "e": {"f": null, "g/h~": -1.5}
}"""


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ("", (1, 1)),
        ("/a", (2, 2)),
        ("/a/0", (2, 8)),
        ("/a/1", (2, 11)),
        ("/a/1/b", (2, 12)),
        ('/a/1/c"\\d', (2, 22)),
        ('/a/1/c"\\d/1', (2, 39)),
        ("/e/f", (3, 8)),
        ("/e/g~1h~0", (3, 19)),
    ],
)
def test_a_value_is_found(path: str, position: tuple[int, int]) -> None:
    assert json.loads(TEXT)
    places = json_places(TEXT, with_holders({path}), has_repeated=False)
    assert places.nearest(path) == position


def test_what_is_not_there_is_where_it_would_be() -> None:
    places = json_places(TEXT, with_holders({"/a/1/z/y"}), has_repeated=False)
    assert places.nearest("/a/1/z/y") == (2, 11)


def test_keys_that_are_there_twice_are_found_wherever_they_are() -> None:
    text = '{"a": [0, {"b": 1, "b": 2}], "a": {"c": 1, "c": 2}}'
    found = json_places(text, ()).repeated
    assert found == [("/a/1/b", (1, 20)), ("/a", (1, 30)), ("/a/c", (1, 44))]


def test_reading_ends_with_the_last_that_is_wanted() -> None:
    """The text behind it, which is none, is not looked at."""
    places = json_places('{"a": {"b": 1}, ]]]', with_holders({"/a/b"}), has_repeated=False)
    assert places.found["/a/b"] == (1, 8)
