"""The environments of ``synthesis``, synthesised once per run, however many processes it has."""

import fcntl
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.templates import Assembly

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with an assembly per environment."""
    if importlib.util.find_spec("aws_cdk") is None:
        pytest.skip("aws-cdk-lib is not installed; `make setup-infra` installs it")
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # all workers of this run share it
    out = root / "assemblies"
    with (root / "assemblies.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            command = [sys.executable, "-m", "tests.infra.synthesis", str(out)]
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stderr
    return out


@pytest.fixture(scope="session")
def plain(assemblies: Path) -> Assembly:
    """An environment that chooses next to nothing."""
    return Assembly(assemblies / "plain")


@pytest.fixture(scope="session")
def full(assemblies: Path) -> Assembly:
    """An environment that chooses everything there is."""
    return Assembly(assemblies / "full")


@pytest.fixture(params=["plain", "full"])
def each(request: pytest.FixtureRequest) -> Assembly:
    """Both."""
    assembly: Assembly = request.getfixturevalue(request.param)
    return assembly
