"""Reads the corpus: data files whose rows are calls that nobody who means well would make.

A file is a list of groups. A group is one call (``call``, with ``query`` and ``headers``) with a
``body`` that is well-formed but for the place ``at`` (a JSON pointer; none: the body as a whole),
and rows of what is put there: ``[value, status, code]``; ``code`` is null where the call is
accepted.

A value may be one of these, for what a data file cannot say or should not spell out:

| written | stands for |
|---|---|
| ``{"$times": n, "of": x}`` | the text ``x``, ``n`` times over |
| ``{"$list": n, "of": x}`` | a list of ``n`` times ``x`` |
| ``{"$keys": n}`` | an object of ``n`` keys |
| ``{"$nested": n}`` | ``n`` lists in each other |
| ``{"$digits": n}`` | an integer of so many digits |
| ``{"$json": text}`` | this text as it is, in the middle of the JSON |
| ``{"$gone": true}`` | nothing: the field is left out |

Instead of ``at`` a group may say where in the call its rows go: ``into`` is ``path`` (every ``*``
of the path), ``query``, ``text`` (the body as a text), ``base64`` (the body's bytes), ``upload``
(an uploaded document, its ``uploadId`` the body), or ``header:NAME``.
"""

import copy
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

CORPUS = Path(__file__).parent / "corpus"

Json = Any


@dataclass(frozen=True)
class Case:
    """One hostile call, and what it is answered."""

    name: str
    method: str
    path: str
    status: int
    code: str | None
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    base64: str | None = None
    upload: str | None = None


@cache
def bodies() -> dict[str, Json]:
    """Well-formed bodies by name."""
    found: dict[str, Json] = json.loads((CORPUS / "bodies.json").read_text(encoding="utf-8"))
    return found


def cases() -> list[Case]:
    """All of the corpus."""
    found = []
    for file in sorted(CORPUS.glob("*.json")):
        if file.name == "bodies.json":
            continue
        for number, group in enumerate(json.loads(file.read_text(encoding="utf-8")), 1):
            found += [
                _case(f"{file.stem}-{number}-{place}", group, *row)
                for place, row in enumerate(group["rows"], 1)
            ]
    return found


def _case(name: str, group: Json, value: Json, status: int, code: str | None) -> Case:
    method, path = group["call"].split(" ", 1)
    fixed: dict[str, Any] = {
        "name": name,
        "method": method,
        "status": status,
        "code": code,
        "query": group.get("query", ""),
    }
    headers = dict(group.get("headers", {}))
    into = group.get("into", "body")
    body = group.get("body")
    text = None if body is None else written(body if isinstance(body, dict) else bodies()[body])
    if into == "path":
        path = path.replace("*", quote(made(value), safe="") if _is_plain(value) else made(value))
    elif into == "query":
        fixed["query"] = made(value)
    elif into.startswith("header:"):
        headers[into.removeprefix("header:")] = made(value)
    elif into in {"base64", "upload"}:
        fixed[into] = made(value)
    elif into == "text":
        text = made(value)
    else:
        text = _body_with(body, group.get("at", ""), value)
    return Case(**fixed, path=path, headers=headers, text=text)


def _is_plain(value: Json) -> bool:
    return not (isinstance(value, dict) and "$json" in value)


def _body_with(body: Json, pointer: str, value: Json) -> str:
    document = copy.deepcopy(body if isinstance(body, dict) else bodies()[body])
    if not pointer:
        return written(value)
    *parents, last = pointer.removeprefix("/").split("/")
    container = document
    for part in parents:
        container = container[int(part) if isinstance(container, list) else part]
    if isinstance(container, list):
        container[int(last)] = value
    elif isinstance(value, dict) and "$gone" in value:
        del container[last]
    else:
        container[last] = value
    return written(document)


def written(value: Json) -> str:
    """The JSON text of a value, with what only looks like a value taken as it is."""
    match value:
        case {"$json": str(text)}:
            return text
        case {"$nested": int(levels)}:
            return "[" * levels + "]" * levels
        case {"$digits": int(count)}:
            return "9" * count
        case {"$keys": int(count)}:
            return json.dumps({f"k{number}": number for number in range(count)})
        case {"$list": int(count), "of": item}:
            return "[" + ",".join([written(item)] * count) + "]"
        case {"$times": int(), "of": str()}:
            return json.dumps(made(value))
        case dict():
            items = (f"{json.dumps(key)}:{written(item)}" for key, item in value.items())
            return "{" + ",".join(items) + "}"
        case list():
            return "[" + ",".join(written(item) for item in value) + "]"
        case _:
            return json.dumps(value)


def made(value: Json) -> str:
    """A text that is none of JSON."""
    match value:
        case {"$times": int(count), "of": str(text)}:
            return text * count
        case {"$json": str(text)}:
            return text
        case {"$nested": int()} | {"$keys": int()} | {"$digits": int()}:
            return written(value)
        case _:
            return str(value)
