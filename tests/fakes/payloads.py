"""``Payloads`` in memory."""

import hashlib
from threading import Lock

from seriatim.ports.errors import NotFound


class FakePayloads:
    """``puts`` counts the bodies that were really stored, for tests of what is stored once."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()
        self.puts = 0

    def put(self, project_id: str, body: bytes) -> str:
        key = hashlib.sha256(body).hexdigest()
        with self._lock:
            if (project_id, key) not in self._bodies:
                self._bodies[project_id, key] = bytes(body)
                self.puts += 1
        return key

    def get(self, project_id: str, key: str) -> bytes:
        with self._lock:
            body = self._bodies.get((project_id, key))
        if body is None:
            raise NotFound(f"There is no payload {key!r} in this project.")
        return body
