"""The port of documents too large for a call's body."""

from typing import Protocol


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
