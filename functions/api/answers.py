"""Answers: JSON and text, compressed where they are large and the caller takes it."""

import base64
import gzip
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
from aws_lambda_powertools.event_handler import Request, Response

from functions.api.errors import RequestRefused
from functions.api.etags import etag
from seriatim.application.answer_size import ANSWER_BYTES_MAX

if TYPE_CHECKING:
    from seriatim.application.definitions import Stored

JSON: Final = "application/json"
COMPRESSED_BYTES_MAX: Final = ANSWER_BYTES_MAX * 3 // 4
"""A compressed body travels as base64, which is a third longer."""
COMPRESSION_LEVEL: Final = 6

LISTS: Final = frozenset({"nodes", "transitions", "variables", "parameters"})
BIG_PARTS: Final[Sequence[Sequence[str]]] = (
    ("nodes", "transitions"),
    ("variables", "parameters"),
    ("metadata",),
)
"""What of a definition is left out, in this order, for the rest to fit an answer."""

Answer = Response[Any]


def json_answer(
    document: Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A JSON answer of a document that is known to fit."""
    return Response(status.value, JSON, _encoded(document).decode(), headers=dict(headers or {}))


def stored_answer(
    request: Request,
    stored: "Stored",
    status: HTTPStatus = HTTPStatus.OK,
    *,
    kind: str = "sequences",
) -> Answer:
    """A sequence (or what else there is in ``kind``) with its ``ETag``; a very large one
    compressed, or else without its nodes and transitions (``truncated``), and more if need be.
    """
    headers = {"ETag": etag(stored.version)}
    if status is HTTPStatus.CREATED:
        document = stored.document
        headers["Location"] = path_to(document["projectId"], kind, document["id"])
    body = _encoded(stored.document)
    if len(body) > ANSWER_BYTES_MAX:
        compressed = _compressed(request, body)
        if compressed is not None:
            return _binary(status, JSON, compressed, headers)
        body = _encoded(_cut(stored.document))
    return Response(status.value, JSON, body.decode(), headers=dict(headers))


def text_answer(request: Request, text: str, content_type: str) -> Answer:
    """A text such as a picture.

    Raises:
        RequestRefused: 406 where it is too large for a caller that takes no compression.
    """
    return _whole(request, text.encode(), content_type, {})


def whole_answer(
    request: Request, document: Mapping[str, Any], headers: Mapping[str, str]
) -> Answer:
    """A JSON answer of which nothing may be left out.

    Raises:
        RequestRefused: 406 where it is too large for a caller that takes no compression.
    """
    return _whole(request, _encoded(document), JSON, headers)


def _whole(request: Request, body: bytes, content_type: str, headers: Mapping[str, str]) -> Answer:
    if len(body) <= ANSWER_BYTES_MAX:
        return Response(HTTPStatus.OK.value, content_type, body.decode(), headers=dict(headers))
    compressed = _compressed(request, body)
    if compressed is None:
        detail = f"The answer has {len(body):,} bytes; call with 'Accept-Encoding: gzip'."
        raise RequestRefused(HTTPStatus.NOT_ACCEPTABLE, "TooLargeUncompressed", detail)
    return _binary(HTTPStatus.OK, content_type, compressed, headers)


def _cut(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with so many of its big parts emptied that it fits an answer."""
    cut = {**document, "truncated": True}
    for fields in BIG_PARTS:
        cut |= {field: [] if field in LISTS else {} for field in fields if field in document}
        if len(_encoded(cut)) <= ANSWER_BYTES_MAX:
            break
    return cut


def path_to(project_id: str, *parts: str) -> str:
    """The path of something in a project, for ``Location``."""
    return "/projects/" + "/".join(quote(part, safe="") for part in (project_id, *parts))


def _encoded(document: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(document)


def _compressed(request: Request, body: bytes) -> bytes | None:
    """The body compressed, if the caller takes that and it fits then."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return None
    compressed = gzip.compress(body, COMPRESSION_LEVEL, mtime=0)
    return compressed if len(compressed) <= COMPRESSED_BYTES_MAX else None


def _binary(
    status: HTTPStatus, content_type: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    answer = Answer(
        status.value,
        content_type,
        base64.b64encode(body).decode(),
        headers={**headers, "Content-Encoding": "gzip"},
    )
    answer.base64_encoded = True
    return answer
