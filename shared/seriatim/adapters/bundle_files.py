"""Bundles of definitions as files of a deployment, in a bucket that is not ours."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GONE = frozenset({"AccessDenied", "NoSuchBucket", "NoSuchKey"})
"""Without the right to list, S3 answers for what is not there as for what may not be read."""


class BundleFiles:
    """Reads them; they never change."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def read(self, bucket: str, key: str) -> bytes:
        """The file. Raises ``NotFound``, or ``Unavailable``."""
        with transient_as_unavailable:
            try:
                return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            except ClientError as error:
                if code_of(error) in GONE:
                    raise NotFound(f"no bundle {key} in {bucket}") from error
                raise
