"""Ports of what a project keeps beside its sequences and executions; see ``ports``, whose words and
errors hold here too.
"""

from collections.abc import Collection
from typing import Any, Protocol

import msgspec

from seriatim.domain.project_choices import HeldChoices, ProjectChoices
from seriatim.domain.values import GlobalValue
from seriatim.ports import Conflict, Page


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


class TemplateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it stands (canonical JSON)."""

    project_id: str
    id: str
    name: str
    document: dict[str, Any]
    version: int
    """Counts changes of the record, from 1; the ETag."""
    created_at: int
    updated_at: int


class Templates(Protocol):
    """Templates of a project. ``version`` is the optimistic lock."""

    def create(self, record: TemplateRecord) -> None:
        """Store a new record (``version`` 1). Raises ``Conflict`` if the id is taken."""

    def update(self, record: TemplateRecord, expected_version: int) -> None:
        """Replace the record if its version still is ``expected_version``. Raises ``Conflict``,
        ``NotFound``.
        """

    def get(self, project_id: str, template_id: str) -> TemplateRecord:
        """Raises ``NotFound``. Strongly consistent."""

    def delete(self, project_id: str, template_id: str, expected_version: int) -> None:
        """Take it away if its version still is ``expected_version``. Raises ``Conflict``,
        ``NotFound``.
        """

    def list(
        self, project_id: str, *, name: str | None, limit: int, cursor: str | None
    ) -> Page[TemplateRecord]:
        """One page by id. ``name`` matches exactly. Raises ``ValueError`` for a cursor of another
        list.
        """


class Uploads(Protocol):
    """Documents too large for a call's body: put to a URL, then named in the call. What was put
    goes by itself after a day or more.
    """

    def begin(self, project_id: str, upload_id: str) -> str:
        """The URL to which whoever has it may ``PUT`` the document, for some minutes; the last one
        that was put counts.
        """

    def read(self, project_id: str, upload_id: str) -> bytes:
        """What was put.

        Raises:
            NotFound: nothing was.
            TooLarge: it has more than ``UPLOAD_BYTES_MAX``.
        """


class ProjectSettings(Protocol):
    """What projects have chosen for themselves. Every project has settings from the start."""

    def get(self, project_id: str) -> HeldChoices:
        """What it has chosen; nothing, at version 0, where it never has. Strongly consistent."""

    def put(self, project_id: str, choices: ProjectChoices, expected_version: int) -> HeldChoices:
        """Replace what it has chosen, if the version still is ``expected_version``. Of two writers
        of the same choices and the same expectation both succeed: they want the same.

        Raises:
            Conflict: it has another version. Read it again and decide again.
        """


class StartCounts(Protocol):
    """Starts of a project, counted by the minute."""

    def add(self, project_id: str, minute: int, starts_max: int) -> bool:
        """Count one more in this minute (since the epoch), unless there are ``starts_max``
        already; whether it was counted.
        """


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a project has used on a day, as far as it has been counted."""

    steps: int = 0
    timers: int = 0


class DayCounts(Protocol):
    """Steps and timers of a project, counted by the day (days since the epoch, UTC), for so long as
    anybody asks: a day's count goes by itself some days later.
    """

    def add(self, project_id: str, day: int, more: DayCount) -> None:
        """Count so many more. Repeated, they are counted again.

        Raises ``Unavailable``: whether they were counted is never known.
        """

    def read(self, project_id: str, day: int) -> DayCount:
        """The count; nothing where nothing was counted. May be a moment old."""
