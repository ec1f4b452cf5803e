"""Bodies are read strictly; what is refused is named by its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.json_body import Malformed, read_body

# Lone surrogates (category Cs) are no text.
texts = st.text(st.characters(exclude_categories=["Cs"]))
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(texts, json_values, max_size=4), st.booleans())
def test_every_object_survives(value: dict[str, Any], ascii_only: bool) -> None:
    assert read_body(json.dumps(value, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("", "InvalidJson", "/"),
        ("{", "InvalidJson", "/"),
        ('{"a": 1,}', "InvalidJson", "/"),
        ("\ufeff{}", "InvalidJson", "/"),
        ("{} {}", "InvalidJson", "/"),
        ("[]", "WrongType", "/"),
        ("null", "WrongType", "/"),
        ('{"a": 1, "a": 2}', "DuplicateKey", "/a"),
        ('{"x": [0, {"a/b": {"c~d": 1, "c~d": 1}}]}', "DuplicateKey", "/x/1/a~1b/c~0d"),
        ('{"a": {"b": 1, "b": 2}, "a": 0}', "DuplicateKey", "/a"),
        ('{"a": [1, NaN]}', "NotFinite", "/a/1"),
        ('{"a": {"b": -Infinity}}', "NotFinite", "/a/b"),
        ('{"a": 1e999}', "NotFinite", "/a"),
        (r'{"a": "\ud800"}', "InvalidText", "/a"),
        (r'{"a": ["\uDFFF!"]}', "InvalidText", "/a/0"),
        (r'{"a": {"\ud800": 1}}', "InvalidText", "/a"),
        ('{"a": ' + "9" * 5_000 + "}", "InvalidJson", "/"),
        ('{"a":' * 200_000, "TooDeep", "/"),
    ],
)
def test_what_is_no_strict_json_object_is_refused_by_place(text: str, code: str, path: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_body(text)
    assert (caught.value.problems[0].code, caught.value.problems[0].path) == (code, path)


def test_every_repeated_key_is_named() -> None:
    with pytest.raises(Malformed) as caught:
        read_body('{"a": {"b": 1, "b": 2}, "c": [{"d": 1, "d": 2}], "e": 1, "e": 2}')
    assert {problem.path for problem in caught.value.problems} == {"/a/b", "/c/0/d", "/e"}


def test_a_surrogate_pair_is_one_character() -> None:
    assert read_body(r'{"a": "\ud83d\ude00"}') == {"a": "\U0001f600"}


def test_big_integers_keep_their_digits() -> None:
    assert read_body('{"a": 123456789012345678901234567890}') == {
        "a": 123456789012345678901234567890
    }
