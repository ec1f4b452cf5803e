"""The last look at a result: plain JSON, sized as it would be written, passed on without a copy."""

from enum import StrEnum
from typing import Any

import pytest

from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import evaluate, parse
from seriatim.domain.expressions.placeholders import fill, parse_template


class Status(StrEnum):
    FAILED = "failed"


TEXT = "y" * 6_000_000
NAMES: dict[str, Any] = {
    "text": TEXT,
    "one": [TEXT],
    "eight": [TEXT] * 8,
    "status": Status.FAILED,
    "pair": ({"a": 1}, {}),
    "part": "z" * 400_000,
    "deep": [],
}
for _ in range(31):
    NAMES["deep"] = [NAMES["deep"]]


def run(source: str) -> Any:
    return evaluate(parse(source), NAMES)


@pytest.mark.parametrize(
    "source",
    [
        "eight",
        "[text]",
        "{'a': eight}",
        "[one, {'text': text}]",
        "concat(one, [])",
        "[x for x in eight if x == '']",
        "[part for i in range(3)]",
    ],
)
def test_what_is_passed_on_may_be_as_large_as_a_payload(source: str) -> None:
    assert run(source) is not None


@pytest.mark.parametrize(
    "source",
    [
        "[text, text]",
        "[one for i in range(2)]",
        "[x for x in [[text, text, text]] for i in range(3)]",
        "concat(one, one)",
        "[part for i in range(4)]",
        "[eight, one]",
        "flatten([eight, text])",
    ],
)
def test_what_is_made_of_it_is_bounded(source: str) -> None:
    with pytest.raises(ExpressionError, match="makes more than 1,000,000 characters and elements"):
        run(source)


def test_result_is_as_deep_as_json_may_be() -> None:
    assert run("deep") is NAMES["deep"]
    assert run("[deep[0]]") == NAMES["deep"]
    for source in ("[deep]", "{'a': deep}", "[0, [deep[0]]]", "concat([deep], [])"):
        with pytest.raises(ExpressionError, match="more than 32 deep"):
            run(source)


@pytest.mark.parametrize("source", ["status", "[status][0]", "coalesce(status, 1)"])
def test_a_member_of_an_enumeration_comes_out_as_its_text(source: str) -> None:
    assert run(f"{source} == 'failed' and {source} in ['failed']") is True
    assert type(run(source)) is str
    assert type(run(f"[{source}]")[0]) is str


def test_tuples_come_out_as_lists() -> None:
    assert run("pair") == [{"a": 1}, {}]
    assert run("[pair]") == [[{"a": 1}, {}]]
    assert run("pair[0]") is NAMES["pair"][0]


LINES = [{"sku": f"A-{n}", "name": f"thing {n}", "price": n / 2, "on": True} for n in range(10_000)]


@pytest.mark.parametrize("source", ["{'lines': lines}", "[lines, 1]", "concat(lines[:4000], [])"])
def test_who_holds_too_much_of_what_was_given_is_told_how_to_pass_it_on(source: str) -> None:
    with pytest.raises(ExpressionError, match="pass a large value on alone or as a place of a"):
        evaluate(parse(source), {"lines": LINES})
    assert evaluate(parse("lines"), {"lines": LINES}) is LINES
    template = parse_template({"lines": "${lines}", "count": "${len(lines)}"})
    assert fill(template, {"lines": LINES}) == {"lines": LINES, "count": 10_000}
