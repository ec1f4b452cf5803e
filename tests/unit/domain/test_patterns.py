"""Patterns find what Python's own find, in steps that are bounded."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.patterns import INSTRUCTIONS_MAX, PatternRefused, pattern

GOOD = [
    "",
    "a",
    "^a",
    "a$",
    "^a$",
    "^$",
    "a|b",
    "(a|bc)+d",
    "[a-c]",
    "[^a-c]",
    r"\d+",
    r"\D",
    r"\w\s\W",
    "a*b+c?",
    "a{2}",
    "a{2,}",
    "a{1,3}b",
    "(ab){0,2}c",
    "(?:a|)b",
    r"\ba\b",
    r"a\Bb",
    r"^[\w.]+@\w+$",
    "(a+)+$",
    "(a|a)*$",
    "(a*)*b",
    "x*?y",
    r"\.",
    "[]a]",
    "[a\\-z]",
    "é",
    ".",
    r"\Aa\Z",
    "((((a))))",
]
TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "abc",
    "bcd",
    "aab",
    "a b",
    "é",
    "a\n",
    "\n",
    "x.y@z",
    "-",
    "]",
    "aaab1_",
]


def found(source: str, text: str) -> bool:
    return pattern(source).is_in(text, lambda work: None)


@pytest.mark.parametrize("source", GOOD)
def test_a_pattern_is_found_where_pythons_is(source: str) -> None:
    for text in TEXTS:
        assert found(source, text) == bool(re.search(source, text)), (source, text)


grown = st.recursive(
    st.sampled_from(["a", "b", "[ab]", ".", r"\w", "^", "$", r"\b"]),
    lambda inner: (
        st.builds("{}{}".format, inner, inner)
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds(
            "(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "*?"])
        )
    ),
    max_leaves=6,
)


@given(grown, st.text("ab \n", max_size=7))
def test_patterns_of_any_shape_are_found_where_pythons_are(source: str, text: str) -> None:
    assert found(source, text) == bool(re.search(source, text))


@pytest.mark.parametrize("source", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", "a*a*a*a*a*b"])
def test_work_grows_with_the_text_and_no_faster(source: str) -> None:
    work: list[int] = []
    assert not pattern(source).is_in("a" * 10 + "!" * 2_000, work.append) or "*" in source
    assert pattern(source).is_in("a" * 3_000 + "!", work.append) in {True, False}
    assert sum(work) < 100 * 5_100


@pytest.mark.parametrize(
    "source",
    [
        r"(a)\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?i)a",
        "(?i:a)",
        "(",
        "a{5000}",
        "(a{99}){99}",
        "(?>a)",
        "a++",
        "(" * 900 + ")" * 900,
    ],
)
def test_what_cannot_be_bounded_is_refused(source: str) -> None:
    with pytest.raises(PatternRefused):
        pattern(source)
    assert INSTRUCTIONS_MAX < 5_000
