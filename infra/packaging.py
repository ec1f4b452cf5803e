"""What the functions run: our code as it lies in the repository, and the packages of the lock as a
layer. Needs neither Docker nor a machine of the functions' architecture.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.byte_code import CODE_PLACE, LAYER_PLACE, Compiler

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "requirements" / "runtime.txt"
LAYERS: Final = ROOT / "build" / "layers"

NOT_SHIPPED: Final = frozenset({"cli", "console", "cost", "local", "testing"})
"""Packages of the library that only a developer's machine needs."""

UV_PLATFORMS: Final = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
"""Lambda's architectures as uv names them; Amazon Linux 2023 has glibc 2.34."""

RECIPE: Final = 2
"""Part of a layer's name in the cache: to be raised when ``_install`` makes something else."""

MACHINE_MADE: Final = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
"""Of an installed package's metadata, what depends on the machine that installed it."""


class PackagingError(Exception):
    """The layer could not be built; the message says why."""


def stage_code(into: Path, compiler: Compiler | None = None) -> Path:
    """Copy what the functions import: ``functions`` and ``seriatim``, side by side; with byte code
    where there is somebody to make it.
    """
    shutil.copytree(ROOT / "functions", into / "functions", ignore=_without_byte_code)
    library = ROOT / "shared" / "seriatim"
    shutil.copytree(library, into / "seriatim", ignore=_without_byte_code)
    for name in NOT_SHIPPED:
        shutil.rmtree(into / "seriatim" / name, ignore_errors=True)
    if compiler is not None:
        compiler.compile(into, CODE_PLACE)
    return into


def stage_tasks(directory: Path, into: Path, compiler: Compiler | None = None) -> Path:
    """Copy a user's task modules to where Lambda looks for a layer's packages."""
    shutil.copytree(directory, into / "python", ignore=_without_byte_code)
    if compiler is not None:
        compiler.compile(into, LAYER_PLACE)
    return into


def _without_byte_code(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.endswith((".pyc", ".pyo"))}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What a layer is made of. The same recipe makes the same bytes."""

    requirements: Path = LOCK
    python: str
    architectures: tuple[str, ...]
    compiler: Compiler | None = None
    """Makes byte code; without one the layer has sources alone."""

    @property
    def digest(self) -> str:
        """Its name in the cache."""
        content = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        compiled = self.compiler.version if self.compiler else "no byte code"
        parts = (str(RECIPE), content, self.python, *sorted(self.architectures), compiled)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]

    def build(self, cache: Path = LAYERS) -> Path:
        """The layer's directory, built unless it is there.

        The packages come from the index that pip is configured for, each checked against its hash.

        Raises:
            PackagingError: the index could not be reached, has no wheel for an architecture, or has
                other bytes than the lock.
        """
        made = cache / self.digest
        if made.is_dir():
            return made
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as directory:
            layer = Path(directory) / "layer"
            for architecture in self.architectures:
                packages = Path(directory) / architecture
                self._install(architecture, packages)
                _merge(packages, layer / "python")
            if self.compiler is not None:
                self.compiler.compile(layer, LAYER_PLACE)
            try:
                layer.rename(made)
            except OSError:
                if not made.is_dir():  # else another synthesis was quicker, with the same bytes
                    raise
        return made

    def _install(self, architecture: str, into: Path) -> None:
        command = [
            str(Path(sys.executable).with_name("uv")),
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
            "--link-mode=copy",
            f"--requirement={self.requirements}",
            f"--target={into}",
            f"--python={sys.executable}",
            f"--python-version={self.python}",
            f"--python-platform={UV_PLATFORMS[architecture]}",
        ]
        result = subprocess.run(  # noqa: S603 - our own virtual environment's uv
            command, env=_uv_environment(), capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise PackagingError(
                f"The layer for {architecture} cannot be built from {self.requirements.name}: "
                f"{result.stderr.strip()}"
            )
        _remove_machine_made(into)


def _remove_machine_made(packages: Path) -> None:
    """Leave what is the same wherever it is installed: no scripts, which name their interpreter."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
    for name in MACHINE_MADE:
        for path in packages.glob(f"*.dist-info/{name}"):
            path.unlink()


def _merge(packages: Path, into: Path) -> None:
    """Add one architecture's files to another's: binaries lie side by side under their own names.

    Raises:
        PackagingError: both have a binary of the same name.
    """
    for source in _files(packages):
        target = into / source.relative_to(packages)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        elif target.suffix == ".so" and target.read_bytes() != source.read_bytes():
            raise PackagingError(
                f"{target.name} is another for each architecture, and has one name: bundle one "
                "architecture only."
            )


def _files(directory: Path) -> Iterable[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def _uv_environment() -> dict[str, str]:
    """uv does not read pip's configuration: it is told of the same index and certificates."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    index = environment.get("UV_DEFAULT_INDEX") or _pip_index()
    certificates = environment.get("SSL_CERT_FILE") or environment.get("PIP_CERT")
    if index:
        environment["UV_DEFAULT_INDEX"] = index
    if certificates:
        environment["SSL_CERT_FILE"] = certificates
    return environment


def _pip_index() -> str:
    configured = os.environ.get("PIP_INDEX_URL")
    if configured:
        return configured
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return result.stdout.strip()
