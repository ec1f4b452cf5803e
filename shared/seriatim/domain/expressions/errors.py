"""What goes wrong with an expression: when it is read, and when it is evaluated.

May import nothing of ours. Messages name kinds and names, never values: they end up in histories
and logs.
"""

from typing import Final, Self

_SHOWN_CHARACTERS_MAX: Final = 200


class ExpressionError(ValueError):
    """An expression could not be evaluated.

    Attributes:
        reason: what is wrong and what to do, without the place.
        column: where in ``source``, counted from 1; None where no single place is to blame.
        source: the expression as it was written.
        place: where it stands in its document, as a JSON pointer below what was parsed; empty for a
            bare one.
    """

    def __init__(
        self, reason: str, *, column: int | None = None, source: str = "", place: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.source = source
        self.place = place

    @property
    def message(self) -> str:
        """The reason, led by the column where there is one."""
        return self.reason if self.column is None else f"column {self.column}: {self.reason}"

    def at(self, place: str) -> Self:
        """Return the same error with ``place`` put before its own: ``/parameters`` and ``/url``."""
        return type(self)(
            self.reason, column=self.column, source=self.source, place=place + self.place
        )

    def __str__(self) -> str:
        text = self.message
        if self.source:
            shown = self.source[:_SHOWN_CHARACTERS_MAX]
            text += f" (in `{shown}{'…' if len(self.source) > len(shown) else ''}`"
            text += f", at {self.place})" if self.place else ")"
        return text


class ExpressionSyntaxError(ExpressionError):
    """A text is no expression of the language: it does not parse, or uses what is not allowed."""
