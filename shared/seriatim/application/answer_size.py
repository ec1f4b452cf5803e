"""Holds answers to the size that a function may return: what does not fit is left out, and said so.

Lists are cut earlier and go on at their cursor; this is about one document that is too large alone.
"""

from typing import Any, Final, NamedTuple

import msgspec

from seriatim.domain.values import Status

Document = dict[str, Any]

ANSWER_BYTES_MAX: Final = 5 * 1024 * 1024
"""Of a JSON answer. Lambda returns at most 6 MB; the rest is for escapes and the envelope."""

SHOWN_IF_TRUNCATED: Final = frozenset(
    {Status.PENDING, Status.RUNNING, Status.WAITING, Status.FAILED, Status.TIMED_OUT}
)
"""Node runs that an execution too large for one answer still carries."""

MAPS: Final = ("inputs", "outputs", "variables", "values", "assigned", "metadata")
"""Fields of users' data that are objects in every document; left out, they are empty."""
VALUES: Final = ("payload", "details")
"""Fields of users' data that may be absent."""
TEXTS: Final = ("message", "reason")
TEXT_CHARACTERS_KEPT: Final = 1_000


GONE: Final = object()


class Slot(NamedTuple):
    """A value that may be left out of its container; ``rest`` takes its place."""

    container: Document
    name: str
    size: int
    rest: Any


def size(document: Any) -> int:
    """Bytes of the JSON text."""
    return len(msgspec.json.encode(document))


def fit_execution(document: Document) -> Document:
    """An execution that fits one answer: if need be with the nodes that run or failed alone, and
    with the biggest values left out; ``truncated`` says that something is missing.
    """
    if size(document) <= ANSWER_BYTES_MAX:
        return document
    shown = {
        node_id: run
        for node_id, run in document["nodeExecutions"].items()
        if run["status"] in SHOWN_IF_TRUNCATED
    }
    document = _copied({**document, "truncated": True, "nodeExecutions": shown})
    maps = [document[name] for name in ("variables", "outputs", "metadata")]
    parts = [document, *document["nodeExecutions"].values(), *document["errors"]]
    parts += [run["error"] for run in document["nodeExecutions"].values() if "error" in run]
    slots = [slot for part in parts for slot in _slots(part, TEXTS + VALUES)]
    for run in document["nodeExecutions"].values():
        slots += _slots(run, ("inputs", "outputs"))
    for entries in maps:
        slots += [Slot(entries, name, size(value), GONE) for name, value in entries.items()]
    _leave_out(document, slots)
    if size(document) > ANSWER_BYTES_MAX:
        document["nodeExecutions"] = {}
    return document


def fit_item(item: Document) -> Document:
    """An item of a list that fits an answer by itself, without its biggest values if need be."""
    if size(item) <= ANSWER_BYTES_MAX:
        return item
    item = _copied({**item, "truncated": True})
    parts = [item, *(item[name] for name in ("error", "failure", "outcome") if name in item)]
    _leave_out(item, [slot for part in parts for slot in _slots(part, MAPS + VALUES + TEXTS)])
    return item


def _copied(document: Document) -> Document:
    """A copy whose containers down to the errors of node runs may be changed."""
    copied: Document = msgspec.json.decode(msgspec.json.encode(document))
    return copied


def _slots(container: Document, names: tuple[str, ...]) -> list[Slot]:
    return [
        Slot(container, name, size(container[name]), _rest(name, container[name]))
        for name in names
        if name in container
    ]


def _rest(name: str, value: Any) -> Any:
    if name in MAPS:
        return {}
    if name in TEXTS:
        return value[:TEXT_CHARACTERS_KEPT]
    return GONE


def _leave_out(document: Document, slots: list[Slot]) -> None:
    """Take out the biggest values until the document fits."""
    excess = size(document) - ANSWER_BYTES_MAX
    for slot in sorted(slots, key=lambda slot: slot.size, reverse=True):
        if excess <= 0:
            return
        if slot.rest is GONE:
            del slot.container[slot.name]
            excess -= slot.size
        else:
            slot.container[slot.name] = slot.rest
            excess -= slot.size - size(slot.rest)
