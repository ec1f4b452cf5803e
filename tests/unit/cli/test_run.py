"""``seriatim run``, with the real service in this process."""

import re
import signal as signals
import subprocess as processes
import sys

import pytest

from tests.unit.cli.command import CommandLine
from tests.unit.cli.conftest import WriteFile
from tests.unit.cli.definitions import definition, line, signal, subprocess, task, timer

TASKS = """\
from seriatim import task

@task("greet")
def greet(inputs):
    return {"greeting": f"hello {inputs['name']}"}
"""
GREETING = line(
    task("greet", "greet", name="${name}"),
    {
        "id": "end",
        "type": "end",
        "outputMappings": [
            {"outputName": "greeting", "valueExpression": "nodes.greet.outputs.greeting"}
        ],
    },
    variables=[{"name": "name", "type": "string"}],
)


def test_outputs_are_json_on_standard_output_and_progress_is_not(
    seriatim: CommandLine, write: WriteFile
) -> None:
    file, tasks = write("greet.json", GREETING), write("greeting_tasks.py", TASKS)
    ran = seriatim("run", file, "--tasks", tasks, "--input", '{"name": "Ada"}')
    assert ran.status == 0
    assert ran.json == {"greeting": "hello Ada"}
    assert re.search(r"\d\d:\d\d:\d\d\.\d{3}  execution exec-\w+ started\n", ran.err)
    assert "  greet  attempt 1\n" in ran.err
    assert re.search(r"  greet  succeeded( after [\d.]+ s)?\n", ran.err)
    assert re.search(r"  execution succeeded( after [\d.]+ s)?\n$", ran.err)


def test_variables_come_from_a_file(seriatim: CommandLine, write: WriteFile) -> None:
    file, tasks = write("greet.json", GREETING), write("greeting_tasks_2.py", TASKS)
    variables = write("variables.json", {"name": "Grace"})
    ran = seriatim("run", file, "--tasks", tasks, "--no-watch", "--input", f"@{variables}")
    assert (ran.status, ran.json, ran.err) == (0, {"greeting": "hello Grace"}, "")


def test_a_failure_is_status_1_and_says_where_and_why(
    seriatim: CommandLine, write: WriteFile
) -> None:
    file = write("fail.json", line(task("a", "builtin.fail", code="NoStock", message="none left")))
    ran = seriatim("run", file, "--no-watch")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "The execution ended: failed.\n  a: NoStock: none left\n"


def test_skipped_time_does_not_pass(seriatim: CommandLine, write: WriteFile) -> None:
    ran = seriatim("run", write("late.json", line(timer("week", 604_800))), "--skip-time")
    assert ran.status == 0
    assert "  week  waits for the time: " in ran.err
    assert "  execution succeeded after 168 h 0 min\n" in ran.err


def test_json_is_the_whole_execution(seriatim: CommandLine, write: WriteFile) -> None:
    ran = seriatim("run", write("one.json", line()), "--json", "--no-watch")
    assert (ran.status, ran.json["status"]) == (0, "succeeded")
    assert set(ran.json["nodeExecutions"]) == {"start", "end"}


def test_the_sequence_that_no_other_runs_is_run_with_those_that_it_runs(
    seriatim: CommandLine, write: WriteFile
) -> None:
    bundle = {
        "taskDefinitions": [definition("echo", "builtin.echo")],
        "sequences": [
            line(task("say", "echo", word="child"), id="child", name="Child"),
            line(subprocess("run", "child"), id="parent", name="Parent"),
        ],
    }
    file = write("bundle.json", bundle)
    ran = seriatim("run", file)
    assert ran.status == 0
    assert "  run  waits for child execution exec-" in ran.err
    alone = seriatim("run", file, "--sequence", "child", "--json", "--no-watch")
    assert alone.json["nodeExecutions"]["say"]["outputs"] == {"word": "child"}


def test_an_execution_that_is_not_done_in_time_is_cancelled_and_says_what_it_waited_for(
    seriatim: CommandLine, write: WriteFile
) -> None:
    ran = seriatim("run", write("wait.json", line(signal("ask", "answer"))), "--timeout", "0.5")
    assert (ran.status, ran.out) == (1, "")
    assert "  ask  waits for the signal 'answer' (seriatim signal exec-" in ran.err
    assert "Not done within 0.5 s: the execution is cancelled.\n" in ran.err


def test_ctrl_c_cancels_the_execution(write: WriteFile) -> None:
    file = write("wait.json", line(signal("ask", "answer")))
    with processes.Popen(
        [sys.executable, "-m", "seriatim.cli.main", "run", file],
        stderr=processes.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for said in process.stderr:
            if "waits for the signal" in said:
                process.send_signal(signals.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait() == 130
    assert rest.endswith("Interrupted: the execution is cancelled.\n")


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (line(task("a", "nowhere")), 1, "UnknownTaskDefinition"),
        ({"name": "x"}, 1, "error "),
        ({"taskDefinitions": [definition("a", "builtin.echo")]}, 2, "no sequence"),
    ],
)
def test_a_file_that_cannot_be_run_is_refused_with_the_reason(
    seriatim: CommandLine, write: WriteFile, content: object, status: int, says: str
) -> None:
    ran = seriatim("run", write("bad.json", content))
    assert (ran.status, ran.out) == (status, "")
    assert says in ran.err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("[1]", "--input must be a JSON object"),
        ("{", "--input: This is no JSON"),
        ('{"a": 1, "a": 2}', "'a' is there twice"),
        ("@/nowhere.json", "/nowhere.json cannot be read: No such file or directory."),
    ],
)
def test_wrong_input_is_wrong_usage(
    seriatim: CommandLine, write: WriteFile, given: str, says: str
) -> None:
    ran = seriatim("run", write("one.json", line()), "--input", given)
    assert ran.status == 2
    assert says in ran.err


def test_input_of_the_wrong_type_is_refused_by_the_service(
    seriatim: CommandLine, write: WriteFile
) -> None:
    file, tasks = write("greet.json", GREETING), write("greeting_tasks_3.py", TASKS)
    ran = seriatim("run", file, "--tasks", tasks, "--input", '{"name": 5}')
    assert (ran.status, ran.out) == (1, "")
    assert "'name'" in ran.err


def test_a_module_of_tasks_that_cannot_be_imported_is_wrong_usage(
    seriatim: CommandLine, write: WriteFile
) -> None:
    ran = seriatim("run", write("one.json", line()), "--tasks", "no_such_module")
    assert ran.status == 2
    assert "no_such_module" in ran.err
