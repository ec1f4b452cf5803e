"""The port of new ids."""

from typing import Protocol


class Ids(Protocol):
    """Where identity comes from. The domain derives ids; only what begins outside gets a new
    one.
    """

    def new(self, prefix: str) -> str:
        """A new sortable id: ``prefix-`` and 26 characters."""
