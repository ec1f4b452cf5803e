"""How wide text is, near enough: a picture is laid out where no font can be asked.

Widths are those of a wide sans-serif (DejaVu Sans), so that what fits here fits in narrower fonts
too.
"""

import re
import unicodedata

ELLIPSIS = "…"
_NARROW = frozenset("iIjlftr.,:;'`|!()[]{}/\\- ")
_WIDE = frozenset("mwMWQO@%&—")
_CONTROL = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\ud800-\\udfff\\ufffe\\uffff"
    "\\u202a-\\u202e\\u2066-\\u2069]"
)
_LINE_ENDS = dict.fromkeys(map(ord, "\t\r\n\x0b\x0c\x85\u2028\u2029"), " ")
_JOINER = "\u200d"


def plain(text: str) -> str:
    """One line of text that every format can carry: no control characters, blanks folded.

    Overrides of the writing direction go too: one in a name would turn round what follows it.
    """
    return " ".join(_visible(text).split())


def one_line(text: str) -> str:
    """As ``plain``, but every blank stays, a line's end as one."""
    return _visible(text).translate(_LINE_ENDS)


def _visible(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def clusters(text: str) -> list[str]:
    """Split into what a reader takes for one character, so that cutting leaves no half of one."""
    parts: list[str] = []
    for char in text:
        if parts and (
            char == _JOINER
            or parts[-1].endswith(_JOINER)
            or unicodedata.category(char) in ("Mn", "Me", "Mc")
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or (_is_flag(char) and len(parts[-1]) == 1 and _is_flag(parts[-1]))
        ):
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def width(text: str, size: float) -> float:
    """Width in pixels of one line of text at a font size."""
    return size * sum(map(_advance, text if text.isascii() else clusters(text)))


def _advance(cluster: str) -> float:
    char = cluster[0]
    if char in _NARROW:
        return 0.38
    if char in _WIDE:
        return 0.9
    if char.isascii():
        return 0.68 if char.isupper() else 0.62
    if unicodedata.east_asian_width(char) in "WF" or char >= "\U0001f000":
        return 1.1
    return 0.7


def shorten(text: str, size: float, limit: float) -> str:
    """Cut a line to ``limit`` pixels, an ellipsis standing for what is gone."""
    if width(text, size) <= limit:
        return text
    kept: list[str] = []
    room = limit - width(ELLIPSIS, size)
    for cluster in clusters(text):
        room -= _advance(cluster) * size
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS


def wrap(text: str, size: float, limit: float, lines_max: int) -> list[str]:
    """Break into at most ``lines_max`` lines of ``limit`` pixels, at blanks, else after ``-_./:``,
    else anywhere.
    """
    lines: list[str] = []
    rest = text
    while rest and len(lines) < lines_max - 1 and width(rest, size) > limit:
        head = _head(rest, size, limit)
        lines.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    if rest:
        lines.append(shorten(rest, size, limit))
    return lines


def _head(text: str, size: float, limit: float) -> str:
    fits, room = 0, limit
    for cluster in clusters(text):
        room -= _advance(cluster) * size
        if room < 0:
            break
        fits += len(cluster)
    fits = max(fits, len(clusters(text)[0]))
    for breaks in (" ", "-_./:,"):
        at = max(text.rfind(char, 0, fits + (breaks == " ")) for char in breaks)
        if at >= fits // 3 and at > 0:
            return text[: at + 1]
    return text[:fits]
