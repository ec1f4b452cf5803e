"""Functions on text. Pure; each takes the budget first.

None reads a pattern: a pattern can cost any time. May import values, budget and errors.
"""

from collections.abc import Callable

from seriatim.domain.expressions.budget import WIDE_CHARACTER_WORK, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.values import a_kind, text_of


def string(name: str, value: object) -> str:
    """Return a string that a function needs, or refuse."""
    if isinstance(value, str):
        return value
    raise ExpressionError(
        f"{name} needs a string, and this is {a_kind(value)}; write str(x) to make text of a value"
    )


def to_text(budget: Budget, value: object) -> object:
    """``str``: a string as it is, null as nothing, any other value as JSON."""
    return text_of(value, budget)


def lower(budget: Budget, value: object) -> object:
    """In small letters."""
    return _changed(budget, string("lower", value), str.lower)


def upper(budget: Budget, value: object) -> object:
    """In capitals."""
    return _changed(budget, string("upper", value), str.upper)


def trim(budget: Budget, value: object) -> object:
    """Without blanks at its ends."""
    text = string("trim", value)
    budget.writes(len(text), is_ascii=text.isascii())
    return text.strip()


def split(budget: Budget, value: object, separator: object) -> object:
    """The parts between separators."""
    text, between = string("split", value), string("split", separator)
    if not between:
        raise ExpressionError("split needs a separator that is not empty")
    budget.searches(len(text), len(between), times=2)
    budget.builds(text.count(between) + 1)
    budget.spend(len(text) if text.isascii() else len(text) * WIDE_CHARACTER_WORK)
    return text.split(between)


def join(budget: Budget, values: object, separator: object = "") -> object:
    """The strings of an array as one, a separator between."""
    between = string("join", separator)
    if not isinstance(values, list | tuple):
        raise ExpressionError(f"join needs an array of strings, and this is {a_kind(values)}")
    budget.elements(len(values))
    texts = [string("join", value) for value in values]
    budget.writes(
        sum(map(len, texts)) + len(between) * max(len(texts) - 1, 0),
        is_ascii=between.isascii() and all(map(str.isascii, texts)),
    )
    return between.join(texts)


def replace(budget: Budget, value: object, old: object, new: object) -> object:
    """With every occurrence of one text replaced by another."""
    text, sought, put = (string("replace", part) for part in (value, old, new))
    if not sought:
        raise ExpressionError("replace needs a text to look for that is not empty")
    budget.searches(len(text), len(sought), times=2)
    count = text.count(sought)
    budget.writes(
        len(text) + count * (len(put) - len(sought)), is_ascii=text.isascii() and put.isascii()
    )
    return text.replace(sought, put)


def starts_with(budget: Budget, value: object, part: object) -> object:
    """Whether it begins with the part."""
    text, start = string("startsWith", value), string("startsWith", part)
    budget.reads(len(start))
    return text.startswith(start)


def ends_with(budget: Budget, value: object, part: object) -> object:
    """Whether it ends with the part."""
    text, end = string("endsWith", value), string("endsWith", part)
    budget.reads(len(end))
    return text.endswith(end)


def _changed(budget: Budget, text: str, change: Callable[[str], str]) -> str:
    """Change letters; the text may grow by it, threefold at most: ß becomes SS."""
    if not text.isascii():
        budget.spend(6 * len(text))  # Python changes such letters in room for three of each
    budget.writes(len(text), is_ascii=text.isascii())
    changed = change(text)
    budget.writes(len(changed), is_ascii=True)
    return changed
