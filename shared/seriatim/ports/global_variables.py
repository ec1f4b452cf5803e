"""The port of the variables that all executions of a project share."""

from collections.abc import Collection
from typing import Any, Protocol

from seriatim.domain.values import GlobalValue
from seriatim.ports.errors import Conflict
from seriatim.ports.pages import Page


class GlobalMoved(Conflict):
    """A global variable that the step sets has changed since it was read. Decide again."""


class GlobalVariables(Protocol):
    """Variables that all executions of a project share. A variable is there from its first write
    on; it is never taken away, so a version never comes back.
    """

    def read(self, project_id: str, names: Collection[str]) -> dict[str, GlobalValue]:
        """Those of ``names`` that were ever written. Strongly consistent, each by itself: they are
        not of one instant, so what is computed from several is written on condition of each.
        """

    def write(
        self, project_id: str, name: str, value: Any, expected_version: int | None
    ) -> GlobalValue:
        """Give it a value, if its version still is ``expected_version`` (0: never written; None:
        whatever it is).

        A conditional write whose answer was lost recognises itself, and nothing but itself: of two
        writers with the same value and the same expectation one gets ``Conflict``.

        Raises:
            Conflict: it has another version. Read it again and decide again.
            Unavailable: whether it was written is unknown until the next read.
        """

    def list(
        self, project_id: str, limit: int, cursor: str | None
    ) -> Page[tuple[str, GlobalValue]]:
        """One page by name. Raises ``ValueError`` for a cursor of another list."""
