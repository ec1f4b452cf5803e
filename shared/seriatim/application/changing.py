"""Changes of stored documents: what a change names is merged in, what changes nothing is known."""

from collections.abc import Mapping
from typing import Any

import msgspec

Document = dict[str, Any]


def merged(document: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """The document with ``metadata`` merged key by key, and all else that ``changes`` names
    replaced.
    """
    result = {**document, **changes}
    old, new = document.get("metadata"), changes.get("metadata")
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        result["metadata"] = {**old, **new}
    return result


def content(document: Mapping[str, Any]) -> bytes:
    """Tells documents apart as JSON does: 1 is not true."""
    return msgspec.json.encode(document, order="deterministic")
