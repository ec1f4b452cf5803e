"""Reading YAML strictly, as the JSON that it stands for.

Plain values mean what YAML 1.2 says: only ``true`` and ``false`` are booleans (``on`` is a text,
and a field of a dependency), dates are texts. Built from the parser's events, without recursion;
aliases are counted as if they were written out, so that none can grow beyond what was asked for.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from seriatim.authoring.positions import Places, Position
from seriatim.domain.limits import JSON_DEPTH_MAX, YAML_VALUES_MAX
from seriatim.domain.pointers import pointer
from seriatim.domain.validation.problems import Problem, ProblemCode, error

DEPTH_MAX: Final = 2 * JSON_DEPTH_MAX
"""Where reading stops; what is deeper than a document may be, but not by far, is told its place."""
INTEGER_DIGITS_MAX: Final = 400
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

NULL: Final = re.compile(r"~|null|Null|NULL|")
BOOLEAN: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
TAG: Final = "tag:yaml.org,2002:"
MERGE: Final = "<<"


class YamlTextError(ValueError):
    """The text is no YAML that can be taken in."""

    def __init__(self, problem: Problem, position: Position | None) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.position = position


@dataclass(slots=True)
class _Frame:
    """A container that is being read, and what is known of the place where it stands."""

    value: dict[str, Any] | list[Any]
    path: str
    anchor: str | None
    size_before: int
    key: str | None = None
    merges: list[Any] = field(default_factory=list)


def read_yaml(text: str, wanted: Collection[str] = ()) -> tuple[Any, Places]:
    """The value of a YAML text, and where the wanted values are.

    Keys that an object has twice are in the places; the first one counts.

    Raises:
        YamlTextError: not YAML, more than one document, a tag, key or alias that JSON has nothing
            for, too deep or too large.
    """
    reader = _Reader(wanted)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as refused:
        mark = refused.problem_mark or refused.context_mark
        what = ", ".join(part for part in (refused.context, refused.problem) if part)
        raise _error(ProblemCode.INVALID_YAML, f"This is no YAML: {what}", mark) from None
    except yaml.YAMLError as refused:
        what = str(refused).splitlines()[0]
        raise _error(ProblemCode.INVALID_YAML, f"This is no YAML: {what}", None) from None
    return reader.document, reader.places


def _error(code: ProblemCode, what: str, mark: Any) -> YamlTextError:
    position = None if mark is None else (mark.line + 1, mark.column + 1)
    where = "" if position is None else f" at line {position[0]}, column {position[1]}"
    return YamlTextError(error(code, f"{what}{where}."), position)


class _Reader:
    """Builds a document from the events of the parser."""

    def __init__(self, wanted: Collection[str]) -> None:
        self.document: Any = None
        self.places = Places(wanted)
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        """The value of each anchor that is complete, and how many values it holds."""
        self._size = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take in one event."""
        mark = event.start_mark
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    what = "A file holds one document; put this one into a file of its own"
                    raise _error(ProblemCode.INVALID_YAML, what, mark)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._open({}, event)
            case yaml.SequenceStartEvent():
                self._open([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()
            case _:
                pass

    def _open(self, value: dict[str, Any] | list[Any], event: yaml.CollectionStartEvent) -> None:
        mark = event.start_mark
        if event.tag not in {None, "!", TAG + "map", TAG + "seq"}:
            raise _unknown_tag(event.tag, mark)
        if self._expects_key():
            what = "A key must be a text, and this one is not; write a text"
            raise _error(ProblemCode.INVALID_YAML, what, mark)
        if len(self._frames) >= DEPTH_MAX:
            what = f"A document has at most {JSON_DEPTH_MAX} levels; make it flatter"
            raise _error(ProblemCode.TOO_DEEP, what, mark)
        self._count(1, mark)
        path = self._path()
        self._note(path, mark)
        self._frames.append(_Frame(value, path, event.anchor, self._size))

    def _close(self) -> None:
        frame = self._frames.pop()
        if isinstance(frame.value, dict):
            for merged in frame.merges:
                for key, value in merged.items():
                    frame.value.setdefault(key, value)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.value, self._size - frame.size_before + 1)
        self._put(frame.value)

    def _alias(self, event: yaml.AliasEvent) -> None:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            what = f"The alias '*{event.anchor}' stands for nothing that is complete before it"
            raise _error(ProblemCode.INVALID_YAML, what, event.start_mark)
        value, size = found
        self._count(size, event.start_mark)
        if self._expects_key():
            what = "A key must be written out; an alias is none"
            raise _error(ProblemCode.INVALID_YAML, what, event.start_mark)
        self._note(self._path(), event.start_mark)
        self._put(value, event.start_mark)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._expects_key():
            self._take_key(event)
            return
        self._count(1, event.start_mark)
        value = _scalar_value(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._note(self._path(), event.start_mark)
        self._put(value, event.start_mark)

    def _take_key(self, event: yaml.ScalarEvent) -> None:
        frame = self._frames[-1]
        assert isinstance(frame.value, dict)
        frame.key = event.value
        if frame.key in frame.value:
            self.places.repeated.append((self._path(), _position(event.start_mark)))
        self._note(self._path(), event.start_mark)

    def _expects_key(self) -> bool:
        frame = self._frames[-1] if self._frames else None
        return frame is not None and isinstance(frame.value, dict) and frame.key is None

    def _path(self) -> str:
        """The pointer of the value that comes next."""
        if not self._frames:
            return ""
        frame = self._frames[-1]
        step = len(frame.value) if frame.key is None else frame.key
        return frame.path + pointer(step)

    def _note(self, path: str, mark: Any) -> None:
        self.places.note(path, _position(mark))

    def _put(self, value: Any, mark: Any = None) -> None:
        if not self._frames:
            self.document = value
            return
        frame = self._frames[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
            return
        assert frame.key is not None
        if frame.key == MERGE:
            merged = value if isinstance(value, list) else [value]
            if not all(isinstance(one, dict) for one in merged):
                what = "'<<' merges mappings, and this is none"
                raise _error(ProblemCode.INVALID_YAML, what, mark)
            frame.merges.extend(merged)
        else:
            frame.value.setdefault(frame.key, value)
        frame.key = None

    def _count(self, values: int, mark: Any) -> None:
        self._size += values
        if self._size > YAML_VALUES_MAX:
            what = f"The document has more than {YAML_VALUES_MAX:,} values, aliases written out"
            raise _error(ProblemCode.TOO_MANY, what, mark)


def _position(mark: Any) -> Position:
    return mark.line + 1, mark.column + 1


def _unknown_tag(tag: str, mark: Any) -> YamlTextError:
    what = f"The tag {tag!r} means nothing in JSON; leave it out"
    return _error(ProblemCode.INVALID_YAML, what, mark)


def _scalar_value(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    tag: str | None = event.tag
    if tag in {"!", TAG + "str"} or (tag is None and event.style):
        return text
    for known, form in (("null", NULL), ("bool", BOOLEAN), ("int", INTEGER), ("float", NUMBER)):
        if tag in {None, TAG + known} and form.fullmatch(text):
            return _plain_value(known, text, event.start_mark)
    if tag in {None, TAG + "float"} and NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    if tag is None:
        return text
    if tag in {TAG + known for known in ("null", "bool", "int", "float")}:
        what = f"{text!r} is no {tag.removeprefix(TAG)}"
        raise _error(ProblemCode.INVALID_YAML, what, event.start_mark)
    raise _unknown_tag(tag, event.start_mark)


def _plain_value(known: str, text: str, mark: Any) -> Any:
    match known:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" if len(text) > INTEGER_DIGITS_MAX:
            what = f"The integer has more than {INTEGER_DIGITS_MAX} digits"
            raise _error(ProblemCode.INVALID_YAML, what, mark)
        case "int":
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        case _:
            return float(text)
