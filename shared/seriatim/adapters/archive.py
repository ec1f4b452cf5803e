"""``Archive`` in S3: one object per execution."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from seriatim.adapters.errors import is_missing, transient_as_unavailable
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OBJECT_NAME_BYTES_MAX: Final = 1_024
"""Of S3. The service's own ids are short enough for any project."""


def object_name(key: ExecutionKey) -> str:
    """Where an archived execution lies in the bucket."""
    return f"archive/{key.project_id}/{key.execution_id}.json.gz"


class S3Archive:
    """See the module's docstring."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: ExecutionKey, body: bytes) -> None:
        """Keep it, in place of what was there."""
        with transient_as_unavailable:
            self._client.put_object(
                Bucket=self._bucket,
                Key=object_name(key),
                Body=body,
                ContentType="application/json",
                ContentEncoding="gzip",
            )

    def get(self, key: ExecutionKey) -> bytes:
        """Raises ``NotFound``, for an id that no execution can have, too."""
        name, missing = object_name(key), f"Execution {key.execution_id!r} is not archived."
        if len(name.encode()) > OBJECT_NAME_BYTES_MAX:
            raise NotFound(missing)
        with transient_as_unavailable:
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=name)
            except ClientError as error:
                if not is_missing(error):
                    raise
                raise NotFound(missing) from error
            return answer["Body"].read()
