"""``Archive`` in S3: one object per execution."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.domain.values import ExecutionKey
from seriatim.ports import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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
        """Raises ``NotFound``."""
        with transient_as_unavailable:
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=object_name(key))
            except ClientError as error:
                if code_of(error) != "NoSuchKey":
                    raise
                raise NotFound(f"Execution {key.execution_id!r} is not archived.") from error
            return answer["Body"].read()
