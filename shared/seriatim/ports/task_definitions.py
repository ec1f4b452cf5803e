"""The port of task definitions, and of the catalogues that executions are pinned to."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from seriatim.ports.pages import Page


class TaskDefinitions(Protocol):
    """Task definitions of a project, and immutable catalogues of them that executions are pinned
    to.
    """

    def put(self, project_id: str, definition_id: str, document: Mapping[str, Any]) -> None: ...

    def get(self, project_id: str, definition_id: str) -> dict[str, Any]: ...

    def delete(self, project_id: str, definition_id: str) -> None: ...

    def list(self, project_id: str, limit: int, cursor: str | None) -> Page[dict[str, Any]]: ...

    def known(self, project_id: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The documents of those of ``ids`` that exist. Strongly consistent."""

    def pin(self, project_id: str, documents: Mapping[str, Any]) -> str:
        """Store a catalogue (documents by id) under the hash of its content, once; returns the
        hash.
        """

    def pinned(self, project_id: str, tasks_version: str) -> dict[str, dict[str, Any]]:
        """The catalogue of that hash. Raises ``NotFound``."""
