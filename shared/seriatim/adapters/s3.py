"""``Payloads`` in S3: one object per project and content hash, never changed."""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from seriatim.adapters.errors import is_missing, transient_as_unavailable
from seriatim.ports.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RECENT_BYTES_MAX = 64 * 1024 * 1024
"""What a process keeps of the payloads it has seen; the largest payload between tasks has 50 MB."""


def content_key(body: bytes) -> str:
    """The key of a payload: the hash of its content."""
    return hashlib.sha256(body).hexdigest()


def object_name(project_id: str, key: str) -> str:
    """Where a payload lies in the bucket: projects apart, though their content be equal."""
    return f"payloads/{project_id}/{key}"


class RecentPayloads:
    """The payloads used last, up to so many bytes. May be shared by threads: bytes never change."""

    def __init__(self, bytes_max: int = RECENT_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        """The body, if it is still here."""
        with self._lock:
            body = self._bodies.get(name)
            if body is not None:
                self._bodies.move_to_end(name)
            return body

    def keep(self, name: str, body: bytes) -> None:
        """Keep it, at the cost of those not used for longest."""
        with self._lock:
            if name in self._bodies or len(body) > self._bytes_max:
                return
            self._bodies[name] = body
            self._bytes += len(body)
            while self._bytes > self._bytes_max:
                _, forgotten = self._bodies.popitem(last=False)
                self._bytes -= len(forgotten)


class S3Payloads:
    """Payloads in a bucket. What this process has put or read lately costs no call."""

    def __init__(
        self, client: "S3Client", bucket: str, recent: RecentPayloads | None = None
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._recent = recent or RecentPayloads()

    def put(self, project_id: str, body: bytes) -> str:
        """Store ``body`` under its hash; putting it again writes the same bytes over themselves."""
        key = content_key(body)
        name = object_name(project_id, key)
        if self._recent.get(name) is None:
            with transient_as_unavailable:
                self._client.put_object(Bucket=self._bucket, Key=name, Body=body)
            self._recent.keep(name, body)
        return key

    def get(self, project_id: str, key: str) -> bytes:
        """Raises ``NotFound``."""
        name = object_name(project_id, key)
        body = self._recent.get(name)
        if body is None:
            body = self._read(name)
            self._recent.keep(name, body)
        return body

    def _read(self, name: str) -> bytes:
        with transient_as_unavailable:
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=name)
            except ClientError as error:
                if is_missing(error):
                    raise NotFound(f"There is no payload {name}.") from error
                raise
            return answer["Body"].read()
