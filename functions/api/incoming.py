"""Brings an API Gateway event into one form before it is routed.

API Gateway hands over the path decoded, a function URL and the local gateway percent-encoded; a
body may be base64; a query string may repeat a name. After ``normalise`` the path is
percent-encoded (every id and name one segment), the query has each name once, and the body is a
JSON text.
"""

import base64
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from functions.api.errors import RequestRefused
from seriatim.domain.validation.problems import ProblemCode

BODY_BYTES_MAX: Final = 6 * 1024 * 1024
"""What Lambda takes at most."""
QUERY_NAMES_MAX: Final = 100
METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})

NAMED_LAST: Final = (
    ("", "projects", None, "variables"),
    ("", "projects", None, "executions", None, "signals"),
)
"""Paths that a name ends, and a name may have slashes: decoded, they look like further segments."""

_ENCODED_PATH = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")


def normalise(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event in the form that the module's docstring names.

    Raises:
        RequestRefused: 400 for text that is no UTF-8 or a repeated name, 413 for too large a body.
    """
    method = event["requestContext"]["http"]["method"].upper()
    query = _query(event)
    return {
        **event,
        "rawPath": _path(event["rawPath"]),
        "rawQueryString": urlencode(query),
        "queryStringParameters": query,
        "headers": {**(event.get("headers") or {}), "content-type": "application/json"},
        "body": _body(event) if method in METHODS_WITH_BODY else None,
        "isBase64Encoded": False,
    }


def _path(raw: str) -> str:
    is_encoded = _ENCODED_PATH.fullmatch(raw) is not None
    segments = raw.split("/")
    for before in NAMED_LAST:
        end = len(before)
        is_before = all(known in {None, one} for known, one in zip(before, segments, strict=False))
        if is_before and len(segments) > end:
            segments = [*segments[:end], "/".join(segments[end:])]
    return "/".join(_segment(segment, is_encoded) for segment in segments)


def _segment(segment: str, is_encoded: bool) -> str:
    if not is_encoded:
        return quote(segment, safe="")
    try:
        return quote(unquote_to_bytes(segment).decode(), safe="")
    except UnicodeDecodeError:
        detail = f"The part {segment!r} of the path is no UTF-8; percent-encode the text's UTF-8."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.INVALID_TEXT, detail) from None


def _query(event: Mapping[str, Any]) -> dict[str, str]:
    raw = event.get("rawQueryString")
    if raw is None:
        return dict(event.get("queryStringParameters") or {})
    try:
        pairs = parse_qsl(
            raw, keep_blank_values=True, errors="strict", max_num_fields=QUERY_NAMES_MAX
        )
    except UnicodeDecodeError:
        detail = "The query string is no UTF-8; percent-encode the text's UTF-8."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.INVALID_TEXT, detail) from None
    except ValueError:
        detail = f"The query string may have at most {QUERY_NAMES_MAX} names."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.TOO_MANY, detail) from None
    query: dict[str, str] = {}
    for name, value in pairs:
        if name in query:
            detail = f"{name!r} is in the query string twice; give it once."
            raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.DUPLICATE_KEY, detail)
        query[name] = value
    return query


def _body(event: Mapping[str, Any]) -> str:
    """The body as text; none at all is an empty object."""
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            content = base64.b64decode(body, validate=True)
            text = content.decode()
        else:
            text, content = body, body.encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        detail = f"The body is no UTF-8: byte {error.start:,} cannot be read."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.INVALID_JSON, detail) from None
    except ValueError:
        detail = "The body is marked as base64 and is none."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.INVALID_JSON, detail) from None
    if len(content) > BODY_BYTES_MAX:
        detail = f"A body may have at most {BODY_BYTES_MAX:,} bytes; it has {len(content):,}."
        raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TooLarge", detail)
    return text if text.strip() else "{}"
