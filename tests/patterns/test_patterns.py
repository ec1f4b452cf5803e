"""Goal: the control-flow patterns mean here what their definitions say."""

from collections.abc import Callable
from typing import Any

import pytest

from seriatim.domain.validation.parse import DocumentMode, parse_sequence
from seriatim.domain.validation.references import References
from tests.patterns import by_decider, by_service
from tests.patterns.page import PAGE, page
from tests.patterns.pattern import Case, Pattern, load_patterns

PATTERNS = load_patterns()
CASES = [
    pytest.param(pattern, case, id=f"{pattern.pattern:02}-{pattern.name}-{case.case}")
    for pattern in PATTERNS
    for case in pattern.cases
]
Play = Callable[[Pattern, Case], tuple[str, list[str], list[str], Any]]


@pytest.mark.parametrize("play", [by_decider.play, by_service.play], ids=["decider", "service"])
@pytest.mark.parametrize(("pattern", "case"), CASES)
def test_a_pattern_means_what_it_says(pattern: Pattern, case: Case, play: Play) -> None:
    status, order, cancelled, outputs = play(pattern, case)
    assert (status, order) == (case.expect.status, case.expect.order)
    assert set(case.expect.cancelled) <= set(cancelled)
    if case.expect.outputs is not None:
        assert outputs == case.expect.outputs


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: f"{pattern.pattern:02}")
def test_the_sequences_of_a_pattern_may_be_activated(pattern: Pattern) -> None:
    for document in (pattern.sequence, *pattern.children.values()):
        _, problems = parse_sequence(document, mode=DocumentMode.FILE, references=References())
        assert [p for p in problems if p.severity == "error"] == []


def test_no_pattern_is_there_twice() -> None:
    numbers = [pattern.pattern for pattern in PATTERNS]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= set(range(1, 44))


def test_the_page_shows_the_patterns_as_they_are() -> None:
    assert PAGE.read_text() == page(PATTERNS), "run python -m tests.patterns.page"
