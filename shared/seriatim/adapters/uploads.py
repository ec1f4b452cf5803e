"""``Uploads`` in S3: objects apart from the payloads, which the bucket deletes after a while."""

import contextlib
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from seriatim.adapters.errors import is_missing, transient_as_unavailable
from seriatim.domain.limits import UPLOAD_BYTES_MAX
from seriatim.ports.errors import NotFound, TooLarge

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

URL_SECONDS: Final = 15 * 60
"""How long a URL is good for; a function's own credentials last longer."""


def object_name(project_id: str, upload_id: str) -> str:
    """Where an upload lies in the bucket."""
    return f"uploads/{project_id}/{upload_id}"


class S3Uploads:
    """A URL is signed for one object, ``PUT`` and a while: it needs no other credential.

    S3 cannot bound what is put there; that is done before it is read.
    """

    def __init__(self, client: "S3Client", presigner: "S3Client", bucket: str) -> None:
        """``presigner`` signs URLs; it makes no calls."""
        self._client = client
        self._presigner = presigner
        self._bucket = bucket

    def begin(self, project_id: str, upload_id: str) -> str:
        """Makes no call: the object is there once something was put."""
        place = {"Bucket": self._bucket, "Key": object_name(project_id, upload_id)}
        return self._presigner.generate_presigned_url(
            "put_object", Params=place, ExpiresIn=URL_SECONDS
        )

    def read(self, project_id: str, upload_id: str) -> bytes:
        """Raises ``NotFound``, ``TooLarge``."""
        with transient_as_unavailable:
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=object_name(project_id, upload_id)
                )
            except ClientError as error:
                if not is_missing(error):
                    raise
                raise NotFound(f"Nothing was uploaded as {upload_id!r}.") from error
            with contextlib.closing(answer["Body"]) as body:
                bytes_count = answer["ContentLength"]
                if bytes_count > UPLOAD_BYTES_MAX:
                    raise TooLarge(
                        f"An upload may have at most {UPLOAD_BYTES_MAX:,} bytes; {upload_id!r} has"
                        f" {bytes_count:,}."
                    )
                return body.read()
