"""The files of this repository, as git sees them: no build output, nothing ignored."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def files(pattern: str = "*") -> tuple[Path, ...]:
    """The paths whose name matches ``pattern``, relative to the root; a new file counts at once."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in sorted(set(listing.split("\0"))) if name)
    return tuple(path for path in paths if path.match(pattern) and (ROOT / path).is_file())


def read(path: Path) -> str:
    """The text of one of ``files()``; a file that is not text reads as empty."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
