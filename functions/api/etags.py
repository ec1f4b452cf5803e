"""``ETag`` and ``If-Match``: the version of a record, in double quotes."""

import re
from http import HTTPStatus
from typing import Final

from functions.api.errors import RequestRefused

ANY_VERSION: Final = "*"
ETAG: Final = re.compile(r'(W/)?"([^"]*)"')


def etag(version: int) -> str:
    """The ``ETag`` of a version."""
    return f'"{version}"'


def versions(if_match: str | None) -> frozenset[str] | None:
    """The versions that ``If-Match`` names; None where any will do. A weak one never matches.

    Raises:
        RequestRefused: 400 for what is no list of ETags.
    """
    if if_match is None or if_match.strip() == ANY_VERSION:
        return None
    found: set[str] = set()
    for each in if_match.split(","):
        matched = ETAG.fullmatch(each.strip())
        if matched is None:
            detail = "'If-Match' must be an ETag as it was given, in double quotes, or '*'."
            raise RequestRefused(HTTPStatus.BAD_REQUEST, "InvalidIfMatch", detail)
        weak, version = matched.groups()
        if not weak:
            found.add(version)
    return frozenset(found)
