"""``Uploads`` on embedded AWS: a pre-signed URL of its S3 leads nowhere, so the gateway takes what
is uploaded, and puts it where S3 would have it.
"""

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pydantic_core import PydanticCustomError

from seriatim.adapters.uploads import S3Uploads, object_name
from seriatim.application.uploads import UPLOAD_ID
from seriatim.domain.definition.fields import check_id
from seriatim.ports.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PATH = "/uploads/"


class LocalUploads(S3Uploads):
    """The URL is the gateway's. There is no signature: there is nobody else on loopback."""

    def __init__(self, client: "S3Client", bucket: str, url: str) -> None:
        """``url`` is the gateway's."""
        super().__init__(client, client, bucket)
        self._url = url

    def begin(self, project_id: str, upload_id: str) -> str:
        """Where ``receive`` gets what is put."""
        return f"{self._url}{PATH}{quote(project_id, safe='')}/{quote(upload_id, safe='')}"

    def receive(self, path: str, body: bytes) -> None:
        """Take what was put to a path under ``PATH`` (percent-encoded); the last time counts.

        Raises:
            NotFound: ``begin`` gives no such path.
        """
        place = _place(path.removeprefix(PATH))
        if place is None:
            raise NotFound(f"{path} is not the path of an upload; begin one to get its URL.")
        self._client.put_object(Bucket=self._bucket, Key=object_name(*place), Body=body)


def _place(rest: str) -> tuple[str, str] | None:
    """Project and upload of what follows ``PATH``, if it is one that ``begin`` gives."""
    project, _, upload_id = rest.partition("/")
    try:
        project_id = check_id(unquote(project, errors="strict"))
    except (UnicodeDecodeError, PydanticCustomError):
        return None
    return (project_id, upload_id) if UPLOAD_ID.fullmatch(upload_id) else None
