"""Uploads: documents too large for a call's body are put to a URL first."""

import re
from typing import Any, Final

from seriatim.application.errors import Invalid
from seriatim.ports.errors import NotFound
from seriatim.ports.ids import Ids
from seriatim.ports.uploads import Uploads

Document = dict[str, Any]

PREFIX: Final = "upl"
UPLOAD_ID: Final = re.compile(PREFIX + r"-[0-9a-z]{26}")
"""What ``Ids`` gives: nothing else is ever looked for."""


class Uploading:
    """Use cases of uploads."""

    def __init__(self, uploads: Uploads, ids: Ids) -> None:
        self._uploads = uploads
        self._ids = ids

    def begin(self, project_id: str) -> Document:
        """A new ``uploadId``, and the ``url`` to put the document to. Repeated, it gives another;
        what nothing is put to leaves nothing behind.
        """
        upload_id = self._ids.new(PREFIX)
        return {"uploadId": upload_id, "url": self._uploads.begin(project_id, upload_id)}

    def read(self, project_id: str, upload_id: str) -> bytes:
        """What was put, as often as it is asked for.

        Raises:
            Invalid: nothing was put there (in this project), or not any more.
            TooLarge: it is larger than an upload may be.
        """
        try:
            if UPLOAD_ID.fullmatch(upload_id) is None:
                raise NotFound(upload_id)
            return self._uploads.read(project_id, upload_id)
        except NotFound:
            text = (
                f"There is no upload {upload_id[:60]!r} in this project: PUT the document to its"
                " `url` first, or begin again, for uploads are kept for a day only."
            )
            raise Invalid("UnknownUpload", text) from None
