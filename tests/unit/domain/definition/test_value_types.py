"""Declared types: what has which, without coercion."""

import pytest

from seriatim.domain.definition.kinds import VariableType
from seriatim.domain.definition.value_types import describe, has_type

VALUES: dict[str, list[object]] = {
    "string": ["", "5", "ä"],
    "number": [0, -5, 2.5],
    "integer": [0, -5, 10**30, 5.0],
    "boolean": [True, False],
    "object": [{}, {"a": 1}],
    "array": [[], [1]],
}
ALSO = {("integer", "number")}


@pytest.mark.parametrize("declared", VALUES)
@pytest.mark.parametrize("actual", VALUES)
def test_value_has_its_own_type_and_no_other(declared: str, actual: str) -> None:
    for value in VALUES[actual]:
        whole = actual == "number" and declared == "integer" and value != 2.5
        expected = declared == actual or (actual, declared) in ALSO or whole
        assert has_type(value, VariableType(declared)) is expected, value


@pytest.mark.parametrize("declared", VALUES)
def test_null_is_for_any_alone(declared: str) -> None:
    assert not has_type(None, VariableType(declared))
    assert has_type(None, VariableType.ANY)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "the boolean true"),
        (1_234_567, "the number 1,234,567"),
        (0.5, "the number 0.5"),
        ("x", "the text 'x'"),
        ([], "an array"),
        ({}, "an object"),
        ({1}, "a set, which is no JSON"),
    ],
)
def test_value_is_described_in_the_words_of_json(value: object, words: str) -> None:
    assert describe(value) == words


def test_description_of_a_large_value_is_short() -> None:
    assert len(describe("x" * 10_000)) < 100
    assert len(describe(10**10_000)) < 100
