"""Cutting and breaking text, whatever its script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.graph.measure import clusters, plain, shorten, width, wrap


def test_control_characters_and_overrides_of_direction_are_made_visible() -> None:
    assert plain("a\x00b\x1b[31m\u202ec\ud800") == "a�b�[31m�c�"


def test_blanks_are_folded_to_one_line() -> None:
    assert plain("  a\n\tb  ") == "a b"


@pytest.mark.parametrize("cluster", ["é", "👩‍👩‍👧", "🇩🇪", "👍🏽"])
def test_what_reads_as_one_character_is_never_cut(cluster: str) -> None:
    assert clusters(f"a{cluster}b") == ["a", cluster, "b"]


def test_two_flags_are_two_clusters() -> None:
    assert clusters("🇩🇪🇫🇷") == ["🇩🇪", "🇫🇷"]


@given(st.text(), st.integers(20, 300))
def test_shortened_text_fits(text: str, limit: int) -> None:
    assert width(shorten(text, 11, limit), 11) <= limit


@given(st.text(st.characters(codec="utf-8")), st.integers(40, 300), st.integers(1, 3))
def test_wrapped_text_fits_and_begins_as_the_text_does(text: str, limit: int, most: int) -> None:
    line = plain(text)
    lines = wrap(line, 11, limit, most)
    assert len(lines) <= most
    assert all(width(part, 11) <= limit for part in lines)
    whole = "".join(lines).removesuffix("…").replace(" ", "")
    assert line.replace(" ", "").startswith(whole.replace("…", "") if "…" not in line else "")


def test_text_breaks_at_blanks_then_at_punctuation() -> None:
    assert wrap("check the order", 10, 70, 2) == ["check the", "order"]
    assert wrap("warehouse.pick-items", 10, 80, 2) == ["warehouse.", "pick-items"]
