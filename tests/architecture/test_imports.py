"""What import-linter cannot see: what is loaded when a function starts.

Each check imports every module of a package in a process of its own and looks at what came along,
third-party packages' own imports included.
"""

import subprocess
import sys

import pytest

LOADED = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print(*{name.partition(".")[0] for name in sys.modules})
"""
DEVELOPMENT_ONLY = {"aws_cdk", "hypothesis", "moto", "pytest", "rich", "typer", "yaml"}


def loaded_by(package: str) -> set[str]:
    command = [sys.executable, "-c", LOADED, package]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_worker_starts_without_pydantic() -> None:
    assert "pydantic" not in loaded_by("functions.worker")


@pytest.mark.parametrize("package", ["functions", "seriatim.adapters", "seriatim.tasks"])
def test_what_the_cloud_runs_needs_runtime_packages_only(package: str) -> None:
    assert loaded_by(package) & DEVELOPMENT_ONLY == set()
