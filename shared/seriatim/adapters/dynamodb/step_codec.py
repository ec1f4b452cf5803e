"""A step as it is stored: compact JSON, with big values of users apart, by content hash.

Where a value was taken out, null stands in the JSON, and ``references`` says what belongs there.
The references are apart from the JSON, so no user's value can be mistaken for one. A value that
turns up in many steps, as input here and output there, is stored once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, get_args

import msgspec

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb.user_values import containers
from seriatim.domain.commands import AnyCommand
from seriatim.domain.control_events import ExecutionPaused, ExecutionRedriven, ExecutionResumed
from seriatim.domain.events import (
    AnyEvent,
    ExecutionEnded,
    ExecutionStarted,
    ExecutionStatusChanged,
)
from seriatim.domain.permit_events import ExecutionAdmitted, HoldingsRequested, SlotRequested
from seriatim.domain.step import FORMAT, Step, Tally
from seriatim.domain.values import Status
from seriatim.ports.errors import Unavailable
from seriatim.ports.payloads import Payloads

VALUE_INLINE_BYTES_MAX = 8 * 1024
"""JSON of one user value that stays in the item. An item costs by the KB at every write; from about
here on an object in S3, written once, is cheaper.
"""
STEP_INLINE_BYTES_MAX = 300 * 1024
"""What a step may weigh in the log before it moves to the payloads as a whole."""
ITEM_BYTES_MAX = 400 * 1024
"""DynamoDB's limit for an item, names and keys included."""

assert VALUE_INLINE_BYTES_MAX < STEP_INLINE_BYTES_MAX
assert STEP_INLINE_BYTES_MAX + 16 * 1024 <= ITEM_BYTES_MAX, "keys and the rest have room"


_Path = list[str | int]
_Taken = tuple[_Path, bytes]


class _Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a step says."""

    events: tuple[AnyEvent, ...] = ()
    commands: tuple[AnyCommand, ...] = ()


class _Kind(msgspec.Struct, frozen=True):
    type: str


class _Kinds(msgspec.Struct, frozen=True):
    """What a step says, as far as any version of the code can read it."""

    events: list[_Kind] = []
    commands: list[_Kind] = []


KNOWN = frozenset(
    kind.__struct_config__.tag for kinds in (AnyEvent, AnyCommand) for kind in get_args(kinds)
)
"""Names of the events and commands that there are."""


class _Reference(msgspec.Struct, frozen=True, array_like=True):
    """A value that lies in the payloads: its place in the body, its hash, its size in bytes."""

    path: _Path
    key: str
    size: int


class _Whole(msgspec.Struct, frozen=True):
    """A step that lies in the payloads altogether."""

    body: msgspec.Raw
    references: list[_Reference]


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The storable form of a step: flat, small, and free of anything that Python shares."""

    number: int
    time: int
    first_event: int
    writer: str
    format: int
    body: str
    references: str | None = None
    whole: str | None = None
    """The payload that holds body and references, if the step is too big for its item."""
    status: Status | None = None
    """The execution's status after the step, if the step changes it: for readers of the stream."""
    paused: bool | None = None
    """Whether it is paused after the step, if the step changes that: for them, too."""
    tally: str | None = None
    """The step's tally, if it has one: for them, too."""


_encode = msgspec.json.Encoder().encode
_bodies: msgspec.json.Decoder[_Body] = msgspec.json.Decoder(_Body)
_kinds: msgspec.json.Decoder[_Kinds] = msgspec.json.Decoder(_Kinds)
_references: msgspec.json.Decoder[list[_Reference]] = msgspec.json.Decoder(list[_Reference])
_tallies: msgspec.json.Decoder[Tally] = msgspec.json.Decoder(Tally)
_wholes: msgspec.json.Decoder[_Whole] = msgspec.json.Decoder(_Whole)


class StepCodec:
    """Turns steps into records and back; big values go to, and come from, ``payloads``."""

    def __init__(self, payloads: Payloads) -> None:
        self._payloads = payloads

    def encode(self, project_id: str, step: Step) -> StepRecord:
        """The record of a step. What has to lie apart is stored before this returns, so a record
        never refers to what is not there. Encoding the same step again gives the same record.
        """
        body = _encode(_Body(step.events, step.commands))
        references: list[_Reference] = []
        whole = None
        if len(body) > VALUE_INLINE_BYTES_MAX:
            body, references = self._without_big_values(project_id, body)
        listed = _encode(references) if references else b""
        if len(body) + len(listed) > STEP_INLINE_BYTES_MAX:
            packed = _encode(_Whole(msgspec.Raw(body), references))
            whole = self._payloads.put(project_id, packed)
            body = listed = b""
        return StepRecord(
            number=step.number,
            time=step.time,
            first_event=step.first_event,
            writer=step.writer,
            format=step.format,
            body=body.decode(),
            references=listed.decode() or None,
            whole=whole,
            status=_status_after(step.events),
            paused=_paused_after(step.events),
            tally=None if step.tally is None else _encode(step.tally).decode(),
        )

    def decode(self, project_id: str, records: Sequence[StepRecord]) -> tuple[Step, ...]:
        """The steps of these records, in order, whole again. Payloads are read many at a time.

        Raises ``Unavailable`` where a newer version of the code wrote what this one does not know.
        """
        opened = self._opened(project_id, records)
        keys = {reference.key for _, references in opened for reference in references}
        values = self._read(project_id, keys)
        return tuple(
            Step(
                number=record.number,
                time=record.time,
                first_event=record.first_event,
                writer=record.writer,
                events=body.events,
                commands=body.commands,
                format=record.format,
                tally=None if record.tally is None else _tallies.decode(record.tally),
            )
            for record, body in zip(
                records, (_joined(*parts, values) for parts in opened), strict=True
            )
        )

    def _without_big_values(self, project_id: str, body: bytes) -> tuple[bytes, list[_Reference]]:
        document = msgspec.json.decode(body)
        taken = _take_big_values(document)
        if not taken:
            return body, []
        blobs = list(dict.fromkeys(blob for _, blob in taken))
        stored = each(lambda blob: self._payloads.put(project_id, blob), blobs)
        key_of = dict(zip(blobs, stored, strict=True))
        references = [_Reference(path, key_of[blob], len(blob)) for path, blob in taken]
        return _encode(document), references

    def _opened(
        self, project_id: str, records: Sequence[StepRecord]
    ) -> list[tuple[str | msgspec.Raw, list[_Reference]]]:
        wholes = self._read(project_id, {record.whole for record in records if record.whole})
        opened: list[tuple[str | msgspec.Raw, list[_Reference]]] = []
        for record in records:
            if record.format > FORMAT:
                raise _newer(f"format {record.format} of step {record.number}")
            if record.whole:
                whole = _wholes.decode(wholes[record.whole])
                opened.append((whole.body, whole.references))
            elif record.references:
                opened.append((record.body, _references.decode(record.references)))
            else:
                opened.append((record.body, []))
        return opened

    def _read(self, project_id: str, keys: Iterable[str]) -> dict[str, bytes]:
        ordered = sorted(keys)
        read: Callable[[str], bytes] = lambda key: self._payloads.get(project_id, key)  # noqa: E731
        return dict(zip(ordered, each(read, ordered), strict=True))


def _take_big_values(document: dict[str, list[dict[str, Any]]]) -> list[_Taken]:
    """Take big user values out of the body, leaving null, and return where and what they were."""
    taken: list[_Taken] = []
    for section, items in document.items():
        for index, item in enumerate(items):
            for holder, place in containers(item):
                taken.extend(_take_from(holder, [section, index, *place]))
    return taken


def _take_from(holder: dict[str, Any], path: _Path) -> Iterator[_Taken]:
    """First entries one by one (they go on under other names), then what is still too big."""
    field = path[-1]
    assert isinstance(field, str)
    value = holder[field]
    if isinstance(value, dict):
        for name, entry in value.items():
            blob = _encode(entry)
            if len(blob) > VALUE_INLINE_BYTES_MAX:
                yield [*path, name], blob
                value[name] = None
    blob = _encode(value)
    if len(blob) > VALUE_INLINE_BYTES_MAX:
        yield path, blob
        holder[field] = None


def _joined(
    body: str | msgspec.Raw, references: list[_Reference], values: dict[str, bytes]
) -> _Body:
    """The body with every value back in its place; last taken, first put back."""
    if not references:
        try:
            return _bodies.decode(body)
        except msgspec.ValidationError as error:
            raise _newer_or(error, body) from error
    document = msgspec.json.decode(body)
    for reference in reversed(references):
        holder: Any = document
        for name in reference.path[:-1]:
            holder = holder[name]
        # Decoded anew for every place: no two may share a value that somebody could change.
        holder[reference.path[-1]] = msgspec.json.decode(values[reference.key])
    try:
        return msgspec.convert(document, _Body)
    except msgspec.ValidationError as error:
        raise _newer_or(error, _encode(document)) from error


def _newer(what: str) -> Unavailable:
    """Two versions of the code run side by side while one takes the other's place: what is beyond
    the older is left to a later delivery, which the newer gets.
    """
    return Unavailable(f"{what} is not known to this version of the code: a newer one wrote it")


def _newer_or(error: Exception, body: bytes | str | msgspec.Raw) -> Exception:
    """What it means that a body cannot be read: it has events or commands of a newer version, or
    it is broken.
    """
    kinds = _kinds.decode(body)
    unknown = {one.type for one in (*kinds.events, *kinds.commands)} - KNOWN
    return _newer(", ".join(sorted(unknown))) if unknown else error


def _status_after(events: Iterable[AnyEvent]) -> Status | None:
    status = None
    for event in events:
        kind = type(event)
        if isinstance(event, ExecutionStarted):
            status = Status.PENDING if event.slots else Status.RUNNING
        elif kind is SlotRequested or kind is HoldingsRequested:
            status = Status.PENDING
        elif kind is ExecutionRedriven or kind is ExecutionAdmitted:
            status = Status.RUNNING
        elif kind is ExecutionStatusChanged or kind is ExecutionEnded:
            status = event.status  # type: ignore[union-attr]
    return status


def _paused_after(events: Iterable[AnyEvent]) -> bool | None:
    paused = None
    for event in events:
        if isinstance(event, ExecutionPaused | ExecutionResumed):
            paused = isinstance(event, ExecutionPaused)
    return paused
