"""Which sequence of a file is meant."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seriatim.cli.exits import USAGE, Failed
from seriatim.domain.validation.references import named_ids

Document = Mapping[str, Any]


def choose(documents: Sequence[Document], wanted: str | None, path: Path) -> Document:
    """The one with the id or name that is wanted. Without one: the first that no other sequence of
    the file runs, or else the first.

    Raises:
        Failed: the file has no such sequence.
    """
    if wanted is None:
        run_by_others = {
            named
            for document in documents
            for named in named_ids(document).sequences - {document.get("id")}
        }
        roots = [one for one in documents if one.get("id") not in run_by_others]
        return (roots or documents)[0]
    for field in ("id", "name"):
        for document in documents:
            if document.get(field) == wanted:
                return document
    names = ", ".join(str(one.get("id") or one.get("name")) for one in documents)
    raise Failed(f"{path} has no sequence {wanted!r}; it has: {names}.", USAGE)
