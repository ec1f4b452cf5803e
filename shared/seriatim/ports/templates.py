"""The port of templates."""

from typing import Any, Protocol

import msgspec

from seriatim.ports.pages import Page


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
