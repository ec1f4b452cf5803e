"""JSON pointers: where something stands in a document."""

PathPart = str | int
"""The name of a field, or the index of an item."""


def pointer(*parts: PathPart) -> str:
    """The JSON pointer (RFC 6901) to a place. The document as a whole is ``/``, never empty."""
    if not parts:
        return "/"
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "/" + "/".join(escaped)
