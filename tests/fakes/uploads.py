"""``Uploads`` in memory."""

from threading import Lock
from urllib.parse import quote

from seriatim.domain.limits import UPLOAD_BYTES_MAX
from seriatim.ports.errors import NotFound, TooLarge


class FakeUploads:
    """``receive`` is what a web server does with a ``PUT`` to a URL."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._lock = Lock()

    def begin(self, project_id: str, upload_id: str) -> str:
        return f"https://uploads.test/{quote(project_id, safe='')}/{quote(upload_id, safe='')}"

    def receive(self, url: str, body: bytes) -> None:
        with self._lock:
            self._bodies[url] = bytes(body)

    def read(self, project_id: str, upload_id: str) -> bytes:
        with self._lock:
            body = self._bodies.get(self.begin(project_id, upload_id))
        if body is None:
            raise NotFound(f"Nothing was uploaded as {upload_id!r}.")
        if len(body) > UPLOAD_BYTES_MAX:
            raise TooLarge(f"An upload may have at most {UPLOAD_BYTES_MAX:,} bytes.")
        return body
