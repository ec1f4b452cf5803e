"""Times on the wire: ISO 8601 in UTC, three decimals, ``Z``. Inside, a time is an integer (ms).

Pure: says nothing of what time it is now.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DAY_MS = 24 * 60 * 60 * 1_000
LATEST = 253_402_300_799_999
"""The last millisecond that the wire form can say."""
EXAMPLE = "2026-01-31T09:00:00.000Z"


def to_iso(ms: int) -> str:
    """The wire form of a time. Raises ``OverflowError`` beyond the year 9999."""
    text = (EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def from_iso(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 time with an offset; finer parts are cut off.

    Raises:
        ValueError: it is no such time; the message says what one looks like.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"must be a time in ISO 8601 such as {EXAMPLE}; it is {text!r}") from None
    if instant.tzinfo is None:
        raise ValueError(f"needs an offset from UTC (such as Z in {EXAMPLE}); it is {text!r}")
    return (instant - EPOCH) // MILLISECOND
