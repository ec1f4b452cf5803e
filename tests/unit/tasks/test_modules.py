"""Modules of tasks: by dotted name or path, imported once, with errors that name the module."""

import sys
from pathlib import Path

import pytest

from seriatim.tasks.modules import TaskFunctions, TaskModuleError, functions_of
from seriatim.tasks.registry import task
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner

CHARGE = """
from seriatim import task

@task({name!r})
def charge(inputs):
    return {{"from": {mark!r}}}
"""


@pytest.fixture(autouse=True)
def _own_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)


def write(path: Path, name: str, mark: str = "here") -> str:
    path.write_text(CHARGE.format(name=name, mark=mark))
    return str(path)


def run(name: str, *modules: str) -> object:
    outcome = runner(modules=modules).run(attempt("python", {"function": name}))
    return result_of(outcome)["from"]


def test_file_is_imported_by_its_path(tmp_path: Path) -> None:
    path = write(tmp_path / "my tasks.py", "modules.file")
    assert run("modules.file", path) == "here"
    assert run("modules.file", "./my tasks.py") == "here"


def test_module_is_imported_by_its_name_from_where_the_user_stands(tmp_path: Path) -> None:
    write(tmp_path / "tasks_by_name.py", "modules.named")
    assert run("modules.named", "tasks_by_name") == "here"


def test_what_lies_beside_a_file_can_be_imported(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "modules_beside.py", "modules.beside", "beside")
    (folder / "main.py").write_text("import modules_beside\n")
    assert run("modules.beside", str(folder / "main.py")) == "beside"


def test_module_is_imported_once(tmp_path: Path) -> None:
    path = tmp_path / "once.py"
    write(path, "modules.once")
    path.write_text(path.read_text() + "\nwith open('imports', 'a') as f: f.write('x')\n")
    assert functions_of(str(path)) == functions_of(str(path))
    assert TaskFunctions([str(path)]).find("modules.once") is not None
    assert (tmp_path / "imports").read_text() == "x"


def test_each_set_of_modules_has_its_own_function_of_a_name(tmp_path: Path) -> None:
    first = write(tmp_path / "first.py", "modules.same", "first")
    second = write(tmp_path / "second.py", "modules.same", "second")
    assert run("modules.same", first) == "first"
    assert run("modules.same", second) == "second"
    assert run("modules.same", first) == "first"


def test_two_functions_of_one_name_are_refused(tmp_path: Path) -> None:
    first = write(tmp_path / "one.py", "modules.twice")
    second = write(tmp_path / "two.py", "modules.twice")
    with pytest.raises(TaskModuleError, match=r"'modules.twice' is registered twice.*rename one"):
        TaskFunctions([first, second]).load()


def test_what_the_process_imported_by_itself_is_found() -> None:
    @task("modules.inline")
    def inline() -> dict[str, str]:
        return {"from": "inline"}

    assert run("modules.inline") == "inline"
    assert inline() == {"from": "inline"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import no_such_library\n", r"ModuleNotFoundError: .*no_such_library.*broken.py, line 1"),
        ("x = 1\n1 / 0\n", r"ZeroDivisionError: division by zero \(broken.py, line 2\)"),
        ("def broken(:\n", r"SyntaxError"),
        ("import sys\nsys.exit('no')\n", r"SystemExit: no"),
        ("from seriatim import task\n@task('')\ndef f(): ...\n", r"ValueError: @task needs"),
    ],
)
def test_module_that_fails_is_named_with_its_error(
    tmp_path: Path, source: str, expected: str
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(source)
    with pytest.raises(TaskModuleError, match=rf"(?s)cannot import .*broken.py.*{expected}"):
        TaskFunctions([str(path)]).load()


@pytest.mark.parametrize("module", ["no_such_module", "no/such/file.py", "nowhere.py"])
def test_module_that_is_not_there_is_named(module: str) -> None:
    with pytest.raises(TaskModuleError, match=f"cannot import the task module '{module}'"):
        TaskFunctions([module]).load()


def test_attempt_fails_while_a_module_does_and_runs_once_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "mended.py"
    path.write_text("1 / 0\n")
    tasks = runner(modules=(str(path),))
    error = error_of(tasks.run(attempt("python", {"function": "modules.mended"})))
    assert (error.code, error.retryable) == ("Seriatim.TaskModuleError", True)
    assert "mended.py" in error.message
    write(path, "modules.mended")
    assert result_of(tasks.run(attempt("python", {"function": "modules.mended"})))


def test_built_ins_need_no_module() -> None:
    outcome = runner(modules=("no_such_module",)).run(
        attempt("python", {"function": "builtin.echo"}, {"a": 1})
    )
    assert result_of(outcome) == {"a": 1}
