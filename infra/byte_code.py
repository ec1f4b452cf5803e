"""Byte code for what is shipped, so that a cold start imports and does not compile.

Only a Python of the functions' own version makes what they can load. It is shipped unchecked: files
in Lambda are never written over, and their times there are not those of this machine.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

CODE_PLACE: Final = "/var/task"
LAYER_PLACE: Final = "/opt"
"""Where Lambda puts a function's code, and its layers: what tracebacks name."""

_VERSION: Final = "import sys; print('.'.join(map(str, sys.version_info[:2])), sys.version)"
# One process, in the order of the names, with one seed: the order of sets is in the bytes.
_COMPILE: Final = ("-m", "compileall", "-qq", "-f", "-j", "1")


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """A Python that makes byte code. The same Python makes the same bytes of the same source."""

    interpreter: str
    version: str
    """Of the interpreter, to the letter."""

    def compile(self, directory: Path, place: str) -> None:
        """Put byte code beside the sources of ``directory``, which will lie at ``place``. What this
        Python cannot read, some package's template perhaps, stays without.
        """
        kind = ("--invalidation-mode", "unchecked-hash", "-s", str(directory), "-p", place)
        subprocess.run(  # noqa: S603 - a Python that was asked for its version
            [self.interpreter, "-I", *_COMPILE, *kind, str(directory)],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stdout=subprocess.DEVNULL,
            check=False,
        )


@cache
def compiler_for(python: str) -> Compiler | None:
    """The Python of that version (``3.14``): this one, or the one of that name on the path. Where
    there is none, it is said on the standard error, once.
    """
    for interpreter in (sys.executable, shutil.which(f"python{python}")):
        version = _version(interpreter) if interpreter else None
        if interpreter and version and version.startswith(f"{python} "):
            return Compiler(interpreter=interpreter, version=version)
    sys.stderr.write(
        f"note: there is no Python {python} here, so no byte code is shipped, and every cold start "
        f"compiles what it imports. Have python{python} on the path, or choose the version that "
        "you have (the setting python).\n"
    )
    return None


def _version(interpreter: str) -> str | None:
    """Of a file that may be no Python that runs: a version manager's stand-in, say."""
    result = subprocess.run(  # noqa: S603 - asked for its version
        [interpreter, "-I", "-c", _VERSION], capture_output=True, text=True, check=False
    )
    return result.stdout.strip() if result.returncode == 0 else None
