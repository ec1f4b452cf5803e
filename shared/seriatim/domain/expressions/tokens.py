"""The surface of the language: strings, numbers, brackets, and what has no meaning in it.

Runs before Python's own parser sees the text, so that what that parser would accept and we do not
(string prefixes, comments, odd numbers), or would warn of, is refused with a message of ours; and
finds where a placeholder ends. May import errors and limits alone.
"""

import re
from typing import Final

from seriatim.domain.expressions.budget import (
    DEPTH_MAX,
    NUMBER_CHARACTERS_MAX,
    TOKENS_MAX,
)
from seriatim.domain.expressions.errors import ExpressionSyntaxError

_TOKEN: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n\f]+)
    | (?P<name>[^\W\d]\w*)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<string>'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'|"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*")
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<operator>===|!==|==|!=|<=|>=|=>|:=|&&|\|\||<<|>>|\*\*|//|->)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PREFIXES: Final = frozenset({"b", "br", "f", "fr", "r", "rb", "rf", "rt", "t", "tr", "u"})

_ESCAPES: Final = re.compile(
    r"\\(?:[\\'\"nrtbf]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?P<bad>.))", re.DOTALL
)

_REFUSED: Final = {
    "&&": "write `and`",
    "||": "write `or`",
    "===": "write `==`; it never converts",
    "!==": "write `!=`; it never converts",
    "=": "nothing is assigned here; compare with `==`",
    ":=": "nothing is assigned here",
    "=>": "there are no functions to define; greater or equal is `>=`",
    "->": "there are no functions to define",
    "!": "write `not`",
    "?": "a choice is written `a if condition else b`",
    "**": "there are no powers; compute them in a task",
    "<<": "there are no bit operations",
    ">>": "there are no bit operations",
    "&": "there are no bit operations; write `and`",
    "|": "there are no bit operations; write `or`",
    "^": "there are no bit operations and no powers",
    "~": "there are no bit operations; write `not`",
    "@": "it is no operator here",
    ";": "write one expression alone",
    "`": "put text in ' or \"",
    "$": "write the expression alone, without ${ }",
    "#": "there are no comments in an expression",
    "\\": "a line may end anywhere without it",
}


def check_tokens(source: str) -> None:
    """Refuse what is not of the language's surface.

    Raises:
        ExpressionSyntaxError: with the column of the first such thing.
    """
    half = _SURROGATE.search(source)
    if half is not None:
        raise ExpressionSyntaxError(
            "half a surrogate pair is no character; remove it", column=half.start() + 1
        )
    _scan(source, 0, in_place=False)


def closing_brace(text: str, start: int) -> int:
    """Return where the brace stands that ends the placeholder whose expression begins at ``start``.

    Braces in strings and in objects are passed over.

    Raises:
        ExpressionSyntaxError: there is none, or what stands before it is not of the language's
            surface.
    """
    return _scan(text, start, in_place=True)


def blank_strings(text: str) -> str:
    """Return the text, as long as before, with nothing in its strings."""
    return _TOKEN.sub(
        lambda token: "_" * len(token[0]) if token.lastgroup == "string" else token[0], text
    )


def _scan(text: str, start: int, *, in_place: bool) -> int:
    """Go over the tokens to the end of the text, or of the place; return where that is."""
    open_brackets: list[tuple[str, int]] = []
    before: re.Match[str] | None = None
    count = 0
    for token in _TOKEN.finditer(text, start):
        column = token.start() + 1
        count += token.lastgroup != "space"
        if count > TOKENS_MAX:
            raise ExpressionSyntaxError(
                f"has more than {TOKENS_MAX:,} words and signs; split the expression"
            )
        match token.lastgroup:
            case "open":
                open_brackets.append((token[0], column))
                if len(open_brackets) > DEPTH_MAX:
                    raise ExpressionSyntaxError(
                        f"more than {DEPTH_MAX} brackets inside each other; split the expression",
                        column=column,
                    )
            case "close":
                if in_place and not open_brackets and token[0] == "}":
                    return token.start()
                _close(open_brackets, token[0], column)
            case "string":
                _check_string(text, token, before)
            case "number":
                _check_number(text, token)
            case "operator" | "other":
                _check_sign(token[0], column)
            case _:
                pass
        if token.lastgroup != "space":
            before = token
    if open_brackets:
        bracket, column = open_brackets[-1]
        raise ExpressionSyntaxError(
            f"`{bracket}` is never closed; add `{_CLOSING[bracket]}`", column=column
        )
    if in_place:
        raise ExpressionSyntaxError(
            "`${` is never closed; add `}`, or write `$${` for the text `${`", column=start - 1
        )
    return len(text)


def _close(open_brackets: list[tuple[str, int]], bracket: str, column: int) -> None:
    if not open_brackets:
        raise ExpressionSyntaxError(f"`{bracket}` closes nothing; remove it", column=column)
    opening, where = open_brackets.pop()
    if opening != _PAIRS[bracket]:
        raise ExpressionSyntaxError(
            f"`{bracket}` cannot close the `{opening}` at column {where}; "
            f"write `{_CLOSING[opening]}` first",
            column=column,
        )


def _check_string(text: str, token: re.Match[str], before: re.Match[str] | None) -> None:
    column = token.start() + 1
    if len(token[0]) == 2 and text[token.end() : token.end() + 1] == token[0][0]:
        raise ExpressionSyntaxError("a string has one quote at each end, not three", column=column)
    if before is not None and before.lastgroup == "string":
        raise ExpressionSyntaxError(
            "two strings stand side by side; put `+` or a comma between them", column=column
        )
    if (
        before is not None
        and before.end() == token.start()
        and before.lastgroup == "name"
        and before[0].lower() in _PREFIXES
    ):
        raise ExpressionSyntaxError(
            f"a string has no prefix; remove `{before[0]}` (text is joined with `+`)",
            column=before.start() + 1,
        )
    for escape in _ESCAPES.finditer(token[0]):
        if escape["bad"] is not None:
            raise ExpressionSyntaxError(
                f"`{escape[0]}` is no escape; write `\\\\` for a backslash",
                column=column + escape.start(),
            )


def _check_number(text: str, token: re.Match[str]) -> None:
    following = text[token.end() : token.end() + 1]
    if following in (".", "_") or following.isalnum():
        raise ExpressionSyntaxError(
            "a number is written in decimal digits, as 10, 0.5 or 1e3, with a blank after it",
            column=token.start() + 1,
        )
    if len(token[0]) > NUMBER_CHARACTERS_MAX:
        raise ExpressionSyntaxError(
            f"a number has at most {NUMBER_CHARACTERS_MAX} characters, this one {len(token[0])}",
            column=token.start() + 1,
        )


def _check_sign(sign: str, column: int) -> None:
    if sign in "'\"":
        raise ExpressionSyntaxError(f"the string is never closed; add {sign}", column=column)
    if sign in _REFUSED:
        raise ExpressionSyntaxError(
            f"`{sign}` is not part of the language: {_REFUSED[sign]}", column=column
        )
    if not sign.isprintable():
        raise ExpressionSyntaxError(
            f"the character U+{ord(sign):04X} has no meaning here; remove it", column=column
        )
