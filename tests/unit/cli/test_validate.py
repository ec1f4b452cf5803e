"""``seriatim validate``."""

from tests.unit.cli.command import CommandLine
from tests.unit.cli.conftest import WriteFile
from tests.unit.cli.definitions import definition, line, signal, subprocess, task

VALID = line(signal("wait", "go"))

BROKEN_YAML = """\
name: Broken
nodes:
  - {id: start, type: start}
  - {id: wait, type: timer, parameters: {durationSeconds: -1}}
  - {id: end, type: end, colour: red}
transitions:
  - {id: a, sourceNodeId: start, targetNodeId: wait}
  - {id: b, sourceNodeId: wait, targetNodeId: end, condition: "x >"}
"""


def test_a_valid_file_is_said_to_be_valid(seriatim: CommandLine, write: WriteFile) -> None:
    ran = seriatim("validate", write("good.json", VALID))
    assert (ran.status, ran.out, ran.err) == (0, "", "1 file: valid\n")


def test_every_problem_is_a_line_with_its_place(seriatim: CommandLine, write: WriteFile) -> None:
    file = write("broken.yaml", BROKEN_YAML)
    ran = seriatim("validate", file)
    assert ran.status == 1
    places = {one.removeprefix(f"{file}:").split(":")[0]: one for one in ran.out.splitlines()}
    assert set(places) == {"4", "5", "8"}
    assert " error UnknownField: 'colour'" in places["5"]
    assert " error ExpressionSyntax: " in places["8"]
    assert ran.err.startswith("1 file: 3 errors, ")


def test_json_has_the_same_with_line_and_column(seriatim: CommandLine, write: WriteFile) -> None:
    file = write("broken.yaml", BROKEN_YAML)
    ran = seriatim("validate", "--json", file)
    assert ran.status == 1
    assert ran.json["valid"] is False
    [found] = ran.json["files"]
    assert (found["file"], found["valid"]) == (str(file), False)
    [problem] = [one for one in found["problems"] if one["code"] == "UnknownField"]
    assert (problem["path"], problem["line"]) == ("/nodes/2/colour", 5)


def test_a_task_definition_that_the_service_may_have_is_a_warning(
    seriatim: CommandLine, write: WriteFile
) -> None:
    file = write("lone.json", line(task("charge", "charge-card"), subprocess("ship", "shipping")))
    ran = seriatim("validate", file)
    assert ran.status == 0
    assert ran.out.count(" warning ") == 2
    assert "'charge-card'" in ran.out
    assert "the service may have it" in ran.out
    assert seriatim("validate", "--strict", file).status == 1


def test_a_bundle_with_task_definitions_has_all_of_them(
    seriatim: CommandLine, write: WriteFile
) -> None:
    bundle = {
        "taskDefinitions": [definition("price", "builtin.echo")],
        "sequences": [line(task("a", "price"), task("b", "prise"), id="one")],
    }
    ran = seriatim("validate", write("bundle.json", bundle))
    assert ran.status == 1
    assert "error UnknownTaskDefinition: Task node 'b' names" in ran.out


def test_files_that_are_given_together_know_each_other(
    seriatim: CommandLine, write: WriteFile
) -> None:
    tasks = write("tasks.json", {"taskDefinitions": [definition("price", "builtin.echo")]})
    child = write("child.json", line(task("a", "price"), id="child"))
    parent = write("parent.json", line(subprocess("run", "child"), id="parent"))
    assert seriatim("validate", tasks, child, parent).status == 0
    lost = write("lost.json", line(subprocess("run", "nobody"), id="lost"))
    ran = seriatim("validate", tasks, child, lost)
    assert ran.status == 1
    assert "UnknownSequence" in ran.out


def test_a_file_that_cannot_be_read_is_a_problem_like_others(
    seriatim: CommandLine, write: WriteFile
) -> None:
    ran = seriatim("validate", "missing.json", write("good.json", VALID))
    assert ran.status == 1
    assert ran.out == (
        "missing.json: error UnreadableFile: The file cannot be read: No such file or directory.\n"
    )


def test_a_syntax_error_is_named_with_its_line(seriatim: CommandLine, write: WriteFile) -> None:
    file = write("bad.json", '{"name": "x",\n  "nodes": [}')
    ran = seriatim("validate", file)
    assert ran.status == 1
    assert f"{file}:2:13: error InvalidJson" in ran.out
