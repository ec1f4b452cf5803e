"""What is compiled here is what Lambda's Python loads, whenever and wherever it was compiled."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.byte_code import CODE_PLACE, Compiler, compiler_for
from infra.packaging import Layer, stage_code, stage_tasks
from tests.infra.test_packaging import content, lock, pure

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
UNCHECKED = (1).to_bytes(4, "little")


@pytest.fixture
def compiler() -> Compiler:
    """This Python."""
    found = compiler_for(RUNNING)
    assert found is not None
    return found


def test_every_module_is_shipped_with_byte_code(tmp_path: Path, compiler: Compiler) -> None:
    made = content(stage_code(tmp_path, compiler))
    sources = {name for name in made if name.endswith(".py")}
    compiled = {name: code for name, code in made.items() if name.endswith(".pyc")}
    assert len(compiled) == len(sources) > 100
    assert {code[4:8] for code in compiled.values()} == {UNCHECKED}


def test_the_same_source_makes_the_same_bytes(tmp_path: Path, compiler: Compiler) -> None:
    first = content(stage_code(tmp_path / "one", compiler))
    assert content(stage_code(tmp_path / "elsewhere" / "two", compiler)) == first


def test_byte_code_is_loaded_without_a_look_at_the_source(
    tmp_path: Path, compiler: Compiler
) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "orders.py").write_text("print('compiled here')\n")
    layer = stage_tasks(tmp_path / "tasks", tmp_path / "layer", compiler)
    (layer / "python" / "orders.py").write_text("print('compiled anew')\n")
    ran = subprocess.run(
        [sys.executable, "-c", "import orders"],
        env={"PYTHONPATH": str(layer / "python")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "compiled here\n"


def test_a_module_that_cannot_be_compiled_is_shipped_as_it_is(
    tmp_path: Path, compiler: Compiler
) -> None:
    (tmp_path / "template.py").write_text("class {{ name }}:\n")
    (tmp_path / "fine.py").write_text("READY = True\n")
    compiler.compile(tmp_path, CODE_PLACE)
    assert [p.name.partition(".")[0] for p in tmp_path.rglob("*.pyc")] == ["fine"]


def test_a_layer_with_byte_code_is_another_layer(tmp_path: Path, compiler: Compiler) -> None:
    requirements = lock(tmp_path, pure(tmp_path))
    layer = Layer(
        requirements=requirements, python=RUNNING, architectures=("arm64",), compiler=compiler
    )
    plain = Layer(requirements=requirements, python=RUNNING, architectures=("arm64",))
    assert layer.digest != plain.digest
    made = content(layer.build(tmp_path / "one"))
    assert made == content(layer.build(tmp_path / "two"))
    assert [name for name in made if name.endswith(".pyc")]
    assert not [name for name in content(plain.build(tmp_path / "one")) if name.endswith(".pyc")]


def test_without_a_python_of_that_version_it_is_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert compiler_for("2.0") is None
    assert compiler_for("2.0") is None
    said = capsys.readouterr().err
    assert said.count("no Python 2.0 here") == 1


def test_a_stand_in_that_runs_nothing_is_no_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python2.1").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python2.1").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compiler_for("2.1") is None
