"""Files of definitions: JSON or YAML, one sequence or a bundle, every problem with its line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seriatim.authoring.positions import Places, Position, json_places, with_holders
from seriatim.authoring.yaml_text import YamlTextError, read_yaml
from seriatim.domain.definition.bundle import Bundle
from seriatim.domain.limits import FILE_BYTES_MAX
from seriatim.domain.validation.bundles import is_bundle, parse_bundle
from seriatim.domain.validation.json_text import JsonTextError, decode_json
from seriatim.domain.validation.parse import DocumentMode, parse_sequence
from seriatim.domain.validation.problems import Problem, ProblemCode, error, has_errors, in_order
from seriatim.domain.validation.references import References

YAML_SUFFIXES = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A problem and where it is in its file; line and column count from 1."""

    file: str
    problem: Problem
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """In the form that editors and terminals make a link of."""
        place = "".join(f":{part}" for part in (self.line, self.column) if part is not None)
        problem = self.problem
        return f"{self.file}{place}: {problem.severity} {problem.code}: {problem.message}"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What a file holds. A file with one sequence is a bundle of that sequence."""

    name: str
    documents: Mapping[str, Any]
    """As written, in the lists of a bundle; empty where the file could not be read."""
    bundle: Bundle | None
    """None where a definition has an error of creation."""
    problems: tuple[FileProblem, ...]

    @property
    def has_errors(self) -> bool:
        """Whether any problem is more than a warning."""
        return has_errors(found.problem for found in self.problems)


def load_file(path: Path, references: References | None = None) -> LoadedFile:
    """Read a file of definitions; what keeps it from being read is a problem too.

    With ``references`` (what is there besides) sequences are checked as for activation. The suffix
    says whether it is YAML; without a telling one, the first character says whether it is JSON.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)  # a device or a pipe has no size, and no end
        if len(content) > FILE_BYTES_MAX:
            what = f"The file has more than {FILE_BYTES_MAX:,} bytes; split it."
            return _unreadable(name, error(ProblemCode.TOO_LONG, what))
        text = content.decode("utf-8-sig")
    except OSError as refused:
        what = f"The file cannot be read: {refused.strerror or refused}."
        return _unreadable(name, error(ProblemCode.UNREADABLE_FILE, what))
    except UnicodeDecodeError as refused:
        what = f"The file is no UTF-8 text: byte {refused.start} cannot be read; save it as UTF-8."
        return _unreadable(name, error(ProblemCode.UNREADABLE_FILE, what))
    return load_text(text, name, references)


def load_text(text: str, name: str, references: References | None = None) -> LoadedFile:
    """Read definitions from a text as from a file of that name."""
    suffix = Path(name).suffix.lower()
    is_yaml = suffix in YAML_SUFFIXES or (suffix != ".json" and text.lstrip()[:1] not in {"{", "["})
    if not text.strip():
        what = "The file is empty; it holds a sequence or a bundle."
        return _unreadable(name, error(ProblemCode.EMPTY, what))
    try:
        document, repeated = _read_yaml(text) if is_yaml else _read_json(text)
    except JsonTextError as refused:
        position = None if refused.line is None else (refused.line, refused.column or 1)
        return _unreadable(name, *refused.problems, position=position)
    except YamlTextError as refused:
        return _unreadable(name, refused.problem, position=refused.position)
    if is_bundle(document):
        documents = document
        bundle, problems = parse_bundle(document, references)
    else:
        documents = {"sequences": [document]}
        sequence, problems = parse_sequence(document, mode=DocumentMode.FILE, references=references)
        bundle = None if sequence is None else Bundle(sequences=(sequence,))
    problems = in_order([*repeated, *problems])
    places = _places(text, problems, is_yaml=is_yaml, has_repeated=bool(repeated))
    located = tuple(_located(name, problem, places) for problem in problems)
    return LoadedFile(name, documents, None if has_errors(repeated) else bundle, located)


def _read_json(text: str) -> tuple[Any, list[Problem]]:
    read = decode_json(text)
    return read.value, _repeated(json_places(text, ())) if read.duplicate_keys else []


def _read_yaml(text: str) -> tuple[Any, list[Problem]]:
    document, places = read_yaml(text)
    return document, _repeated(places)


def _repeated(places: Places) -> list[Problem]:
    return [
        Problem(
            code=ProblemCode.DUPLICATE_KEY,
            severity="error",
            message=f"A key is there twice in one object: {path}; leave one of them out.",
            path=path,
        )
        for path, _ in places.repeated
    ]


def _places(
    text: str, problems: Collection[Problem], *, is_yaml: bool, has_repeated: bool
) -> Places:
    """Where the problems are; reads the text once more, if there are any."""
    if not problems:
        return Places(())
    wanted = with_holders({"" if one.path == "/" else one.path for one in problems})
    if is_yaml:
        places = read_yaml(text, wanted)[1]
    else:
        places = json_places(text, wanted, has_repeated=has_repeated)
    # Of a key that is there twice, the second is the one to look at.
    places.found.update(places.repeated)
    return places


def _located(name: str, problem: Problem, places: Places) -> FileProblem:
    position = places.nearest("" if problem.path == "/" else problem.path)
    line, column = position or (None, None)
    return FileProblem(name, problem, line, column)


def _unreadable(name: str, *problems: Problem, position: Position | None = None) -> LoadedFile:
    line, column = position or (None, None)
    located = tuple(FileProblem(name, problem, line, column) for problem in problems)
    return LoadedFile(name, {}, None, located)
