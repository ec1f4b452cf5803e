"""Templates: where places are found, what is put into them, and what is refused."""

from typing import Any

import pytest
from rpds import HashTrieMap

from seriatim.domain.expressions.errors import ExpressionError, ExpressionSyntaxError
from seriatim.domain.expressions.placeholders import fill, parse_template, template_errors

NAMES: dict[str, Any] = {
    "n": 5,
    "f": 1.5,
    "s": "text",
    "t": True,
    "nothing": None,
    "a": [1, "x", None],
    "o": {"b": 1, "a": {"c": "}"}},
}


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("${n}", 5),
        ("${ n }", 5),
        ("${nothing}", None),
        ("${t}", True),
        ("${a}", [1, "x", None]),
        ("${s}", "text"),
        (" ${n}", " 5"),
        ("${n} ", "5 "),
        ("${n}${n}", "55"),
        ("<${nothing}>", "<>"),
        ("<${t}>", "<true>"),
        ("<${f}>", "<1.5>"),
        ("<${a}>", '<[1,"x",null]>'),
        ("<${o}>", '<{"a":{"c":"}"},"b":1}>'),
        ("${'}'}", "}"),
        ('${"}" + s}', "}text"),
        ("${'\\'}'}", "'}"),
        ("${{'x': {'y': n}}}", {"x": {"y": 5}}),
        ("${o['a'].c}.", "}."),
        ("${[x for x in a if x != null]}", [1, "x"]),
        ("${\n  n\n  + 1\n}", 6),
        ("", ""),
        ("$", "$"),
        ("{}", "{}"),
        ("$ {n}", "$ {n}"),
        ("$n {n}", "$n {n}"),
        ("${n}}", "5}"),
        ("$${n}", "${n}"),
        ("$$${n}", "$${n}"),
        ("$${", "${"),
        ("a$${n}b${n}c", "a${n}b5c"),
        ("${n}$${n}", "5${n}"),
        ("${'$${x}'}", "$${x}"),
        ("${'${x}'}", "${x}"),
        ("é😀${n}", "é😀5"),
        (7, 7),
        (None, None),
        ([], []),
        ({}, {}),
        (["${n}", {"k": "${s}", "c": [1]}], [5, {"k": "text", "c": [1]}]),
        ({"${n}": "${n}"}, {"${n}": 5}),
        ({"x": {"y": ["$${"]}}, {"x": {"y": ["${"]}}),
        (("${n}",), [5]),
    ],
)
def test_places_are_filled(template: object, result: object) -> None:
    given = fill(parse_template(template), NAMES)
    assert given == result
    assert type(given) is type(result)


def test_expressions_come_with_the_pointer_of_their_string() -> None:
    template = parse_template(
        {"a/b": ["x", "${n} and ${s}"], "~": {"": "${nodes.p.outputs.x}"}, "$${": "$${"}
    )
    assert [(place, expression.source) for place, expression in template.expressions] == [
        ("/a~1b/1", "n"),
        ("/a~1b/1", "s"),
        ("/~0/", "nodes.p.outputs.x"),
    ]
    assert template.expressions[2][1].node_fields == {("p", "outputs")}
    assert parse_template("${n}").expressions[0][0] == ""


def test_value_without_places_is_given_back_itself() -> None:
    value = {"a": [1, {"b": "text"}], "c": HashTrieMap({"d": 1})}
    template = parse_template(value)
    assert template.is_constant
    assert fill(template, {}) is value


def test_parts_without_places_are_shared_and_nothing_is_changed() -> None:
    value = {"a": [1, 2], "b": "${a}"}
    first = fill(parse_template(value), NAMES)
    assert isinstance(first, dict)
    assert first["a"] is value["a"]
    assert first["b"] is NAMES["a"]
    assert value == {"a": [1, 2], "b": "${a}"}


@pytest.mark.parametrize(
    ("template", "place", "message"),
    [
        ("${n", "", "column 1: `${` is never closed; add `}`, or write `$${`"),
        ("ab ${n", "", "column 4: `${` is never closed"),
        ("a ${}", "", "column 3: `${}` holds nothing; write an expression, or `$${`"),
        ("${ }", "", "column 1: `${}` holds nothing"),
        ("${n)}", "", "column 4: `)` closes nothing"),
        ("${'n}", "", "column 3: the string is never closed"),
        ("${n ${s}}", "", "column 5: `$` is not part of the language"),
        (["", {"k": "${n +}"}], "/1/k", "cannot stand here"),
        ({"a/b": "x ${lowr(s)}"}, "/a~1b", "did you mean `lower`?"),
        ("${" + "n" * 4_097 + "}", "", "has 4,097 characters"),
    ],
)
def test_what_is_wrong_is_found_when_it_is_read(template: object, place: str, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse_template(template)
    assert caught.value.place == place
    assert message in caught.value.message
    assert caught.value.source


def test_all_that_is_wrong_is_told_at_once() -> None:
    template = {"a": "${1 +}", "b": ["${ok}", "${"], "c": "${x.y()}"}
    assert [error.place for error in template_errors(template)] == ["/a", "/b/1", "/c"]
    assert template_errors({"a": "${ok}"}) == ()


def nested(depth: int, inside: object) -> object:
    for _ in range(depth):
        inside = [inside]
    return inside


def test_reading_is_bounded_in_depth_and_places() -> None:
    [error] = template_errors(nested(65, "${n}"))
    assert "nested more than 64 deep" in error.message
    many = ["${n} ${n}"] * 501
    assert template_errors(many[:500]) == ()
    [error] = template_errors(many)
    assert "has more than 1,000 places" in error.message
    assert error.place == "/500"


@pytest.mark.parametrize(
    ("template", "place", "message"),
    [
        ({"a": ["${n + s}"]}, "/a/0", "`+` joins two strings"),
        ({"a": "- ${n / 0}"}, "/a", "divides by zero"),
        ({"a": "- ${unknown}"}, "/a", "there is no `unknown` here"),
        ({"a": "- ${big}${big}"}, "/a", "makes a string of 400,002 characters"),
        ([["${[[[[[[[[a]]]]]]]]}"] * 2, nested(23, "${o}")], "", None),
        (nested(31, "${o.a}"), "", None),
        (nested(32, "${o.a}"), "", "more than 32 deep"),
        (["${huge}"] * 10, "", "makes more than 1,000,000 characters and elements"),
        (["${huge[0]}"] * 10, "", "makes more than 1,000,000 characters and elements"),
        (["${len([n for x in range(900)])}"] * 5, "/3", "units of work"),
        (["${len(big + '.')}."] * 11, "/1", "characters and elements"),
    ],
)
def test_filling_is_bounded_and_says_where_it_failed(
    template: object, place: str, message: str | None
) -> None:
    names = {**NAMES, "big": "x" * 200_000, "huge": ["x" * 6_000_000]}
    if message is None:
        assert fill(parse_template(template), names)
        return
    with pytest.raises(ExpressionError) as caught:
        fill(parse_template(template), names)
    assert message in caught.value.message
    assert caught.value.place == place
