"""What may not be written is refused when parsed, with the column and what to write instead."""

import warnings

import pytest

from seriatim.domain.expressions.errors import ExpressionSyntaxError
from seriatim.domain.expressions.language import parse


def refusal(source: str) -> ExpressionSyntaxError:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(source)
    return caught.value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "the expression is blank; write one, or leave the field out"),
        (" \n\t", "the expression is blank"),
        ("a && b", "column 3: `&&` is not part of the language: write `and`"),
        ("a || b", "column 3: `||` is not part of the language: write `or`"),
        ("!a", "column 1: `!` is not part of the language: write `not`"),
        ("a === b", "column 3: `===` is not part of the language: write `==`"),
        (
            "a = 1",
            "column 3: `=` is not part of the language: nothing is assigned here; compare with",
        ),
        ("a ? b : c", "column 3: `?` is not part of the language: a choice is written `a if"),
        ("a ** 2", "column 3: `**` is not part of the language"),
        ("a | b", "column 3: `|` is not part of the language"),
        ("a # why", "column 3: `#` is not part of the language: there are no comments"),
        ("${a}", "column 1: `$` is not part of the language: write the expression alone"),
        ("a; b", "column 2: `;`"),
        ("a \\\n + b", "column 3: `\\`"),
        ("a\x00", "column 2: the character U+0000 has no meaning here"),
        ("a\ud800", "column 2: half a surrogate pair is no character"),
        ("'\ud800'", "column 2: half a surrogate pair is no character"),
        ("a\u00a0+ 1", "column 2: the character U+00A0 has no meaning here"),
        ("'abc", "column 1: the string is never closed; add '"),
        ("'a\nb'", "column 1: the string is never closed"),
        ("'''a'''", "column 1: a string has one quote at each end, not three"),
        ("'a' 'b'", "column 5: two strings stand side by side; put `+` or a comma between them"),
        ("f'{a}'", "column 1: a string has no prefix; remove `f`"),
        ("a + Rb'x'", "column 5: a string has no prefix; remove `Rb`"),
        ("'\\d'", "column 2: `\\d` is no escape; write `\\\\` for a backslash"),
        ("'a\\N{DIGIT ONE}'", "column 3: `\\N` is no escape"),
        ("'\\ud800'", "column 1: half a surrogate pair"),
        ("0x10", "column 1: a number is written in decimal digits"),
        ("1_000", "column 1: a number is written in decimal digits"),
        (
            "1if a else 2",
            "column 1: a number is written in decimal digits, as 10, 0.5 or 1e3, with a",
        ),
        ("1j", "column 1: a number is written in decimal digits"),
        ("9" * 65, "column 1: a number has at most 64 characters, this one 65"),
        (
            "9223372036854775808",
            "column 1: an integer has to be between ±9,223,372,036,854,775,807",
        ),
        ("1e999", "column 1: the number is too large"),
        ("007", "column 1: `007` cannot stand here"),
        ("(a", "column 1: `(` is never closed; add `)`"),
        ("[a, {'b': (c]", "column 13: `]` cannot close the `(` at column 11; write `)` first"),
        ("a)", "column 2: `)` closes nothing; remove it"),
        ("a) + (b", "column 2: `)` closes nothing"),
        ("a b", "column 3: `b` cannot stand here"),
        ("a +", "cannot stand here; check the operators"),
        ("  a b", "column 5: `b` cannot stand here"),
        (
            "class == 1",
            "column 1: `class` is a reserved word; a variable of that name is read with",
        ),
        ("e.from", "column 3: `from` is a reserved word; write ['from'] instead of .from"),
        ("'class' + e.in", "column 13: `in` is a reserved word; write ['in'] instead of .in"),
        ("x is null", "column 1: `is` is not part of the language; compare with `==`"),
        ("x is not null", "column 1: `is not` is not part of the language; compare with `!=`"),
        ("lambda: 1", "column 1: there are no functions to define"),
        ("(a, b)", "column 1: an array is written in square brackets"),
        ("{a, b}", "column 1: there are no sets"),
        ("{a for a in b}", "column 1: there are no sets"),
        ("{a: 1 for a in b}", "column 1: objects are written out"),
        ("{a: 1}", "column 2: the keys of an object are texts in quotes"),
        ("{1: 1}", "column 2: the keys of an object are texts in quotes"),
        ("{'a': 1, 'a': 2}", "column 10: the key stands twice"),
        ("(a for a in b)", "column 1: put the comprehension in square brackets"),
        ("[*a]", "column 2: `*` only multiplies"),
        ("[a async for a in b]", "there is nothing asynchronous"),
        ("[a for a, b in c]", "column 8: a comprehension binds one name"),
        ("[a for a.b in c]", "column 8: a comprehension binds one name"),
        ("[1 for true in a]", "column 8: `true` is a literal and cannot be a variable"),
        ("a.lower()", "column 1: values have no methods; functions are called by name"),
        ("(lower)(a)(b)", "column 1: values have no methods"),
        ("lower()", "column 1: call it as lower(text); it was given 0 arguments"),
        ("split(a)", "column 1: call it as split(text, separator); it was given 1 argument"),
        ("1 + lower(a, b)", "column 5: call it as lower(text); it was given 2 arguments"),
        ("lowr(a)", "column 1: there is no function `lowr`; did you mean `lower`?"),
        ("startswith(a, b)", "there is no function `startswith`; did you mean `startsWith`?"),
        ("open('x')", "there is no function `open`; the list is in docs/expressions.md"),
        ("variable(a)", "column 1: call it with the variable's name as text: variable('order-id')"),
        ("variable('a', 'b')", "call it with the variable's name as text"),
        ("variable('nodes')", "`nodes` is no variable; read nodes.ID.outputs"),
        ("nodes", "column 1: `nodes` is read by id: nodes.ID.outputs, or nodes['my-id'].outputs"),
        ("len(nodes)", "column 5: `nodes` is read by id"),
        ("nodes[0].status", "column 1: a node's id is a string: nodes['my-id']"),
        ("nodes[1:2]", "column 1: a node's id is a string"),
        ("nodes.a.output.x", "column 1: a node has outputs, status, error, and no `output`"),
        ("nodes['a']['x']", "column 1: a node has outputs, status, error, and no `x`"),
        ("yield", "column 1: `yield` is a reserved word"),
        ("(yield)", "column 2: Yield is not part of the language"),
        ("a @ b", "column 3: `@`"),
        ("a[...]", "column 3: a literal is a string, a number, true, false or null"),
        ("a[1, 2]", "column 3: an array is written in square brackets"),
    ],
)
def test_refusal_says_what_where_and_what_instead(source: str, message: str) -> None:
    error = refusal(source)
    assert message in error.message
    assert error.source == source


def test_the_longest_expression_is_read_and_a_longer_one_is_not() -> None:
    assert parse("'" + "x" * 4_094 + "'").names == frozenset()
    assert "has 4,097 characters; at most 4,096 are allowed" in refusal("x" * 4_097).message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("(" * 64 + "a" + ")" * 64, None),
        ("(" * 65 + "a" + ")" * 65, "column 65: more than 64 brackets inside each other"),
        ("+".join("a" * 64), None),
        ("+".join("a" * 65), "is nested more than 64 deep"),
        ("not " * 63 + "a", None),
        ("not " * 64 + "a", "is nested more than 64 deep"),
        ("a" + ".b" * 63, None),
        ("a" + ".b" * 64, "is nested more than 64 deep"),
        ("[" + "1," * 999 + "]", None),
        ("[" + "-1," * 500 + "]", "has more than 1,000 parts"),
        ("[" + "(1)," * 500 + "]", "has more than 2,000 words and signs"),
        ("-" * 4_000 + "1", "has more than 2,000 words and signs"),
        ("-" * 1_999 + "1", "nested"),
        ("a" + "[0]" * 600, "nested"),
        ("[" * 4_096, "column 65: more than 64 brackets"),
    ],
)
def test_size_and_depth_are_bounded(source: str, message: str | None) -> None:
    if message is None:
        assert parse(source).source == source
    else:
        assert message in refusal(source).message


def test_lines_and_blanks_do_not_matter() -> None:
    assert parse("\n  a >\r\n\t1\n and\fb  ").names == {"a", "b"}


@pytest.mark.parametrize("source", ["1if a else 2", "'\\d'", "0x1for x in a", "'\\400'", "1 is 1"])
def test_parser_never_warns(source: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        refusal(source)
    assert caught == []
