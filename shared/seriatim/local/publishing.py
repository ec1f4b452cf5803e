"""Puts files of definitions into a running service: ``seriatim dev --load``, ``seriatim run``.

Loading the same files again updates what they made the first time. A sequence or a template with an
``id`` keeps it; one without is known by its name.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from functions.publisher.publishing import LoadError, Published, publish_bundles
from functions.wiring import Wiring
from seriatim.authoring.files import LoadedFile, load_file

__all__ = ["PROJECT", "LoadError", "Published", "load_paths", "publish"]

PROJECT = "default"
SUFFIXES = (".json", ".yaml", ".yml")


def load_paths(paths: Iterable[Path]) -> list[LoadedFile]:
    """Read files, and all files of a directory. Raises ``LoadError`` with every error in them."""
    files = [load_file(file) for path in paths for file in files_of(path)]
    problems = [problem for file in files for problem in file.problems]
    if any(file.has_errors for file in files):
        raise LoadError("\n".join(map(str, problems)))
    return files


def publish(
    wiring: Wiring,
    files: Sequence[LoadedFile],
    project_id: str = PROJECT,
    *,
    has_triggers: bool = False,
) -> Published:
    """Create or update what the files define, and activate their sequences. ``has_triggers``:
    store their triggers, too, which fire from then on.

    Repeating it changes nothing. What went well before an error stays.

    Raises:
        LoadError: a definition was refused; the message says why.
    """
    bundles = [file.bundle for file in files if file.bundle is not None]
    return publish_bundles(wiring, bundles, project_id, has_triggers=has_triggers)


def files_of(path: Path) -> list[Path]:
    """The file, or all files of definitions in the directory. ``LoadError``: there are none."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not found:
        raise LoadError(f"{path}: no file of definitions ({', '.join(SUFFIXES)}) is in there.")
    return found
