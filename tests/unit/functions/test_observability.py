"""Log lines name the execution that they are about."""

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from functions.observability import about, name_execution
from seriatim.domain.values import ExecutionKey

KEY = ExecutionKey("project", "exec-1")


def ids_of_a_record() -> tuple[str | None, str | None]:
    record = logging.LogRecord("seriatim.x", logging.INFO, "f", 1, "m", (), None)
    assert name_execution(record)
    return record.__dict__.get("project_id"), record.__dict__.get("execution_id")


def test_records_carry_the_ids_while_it_is_about_them() -> None:
    assert ids_of_a_record() == (None, None)
    with about(KEY):
        assert ids_of_a_record() == ("project", "exec-1")
        with about(ExecutionKey("project", "child")):
            assert ids_of_a_record() == ("project", "child")
        assert ids_of_a_record() == ("project", "exec-1")
    assert ids_of_a_record() == (None, None)


def test_threads_do_not_mix_up_their_executions() -> None:
    def handle(number: int) -> tuple[str | None, str | None]:
        with about(ExecutionKey("project", f"exec-{number}")):
            return ids_of_a_record()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: copy_context().run(handle, n), range(50)))
    assert found == [("project", f"exec-{number}") for number in range(50)]


def test_lines_are_json_with_the_ids_and_come_once() -> None:
    code = """
import logging
from functions import observability
from seriatim.domain.values import ExecutionKey
logging.basicConfig(level=logging.DEBUG)
observability.configure()
observability.configure()
for secretive in ("botocore.parsers", "botocore.endpoint"):
    assert not logging.getLogger(secretive).isEnabledFor(logging.DEBUG)
with observability.about(ExecutionKey("project", "执行")):
    logging.getLogger("seriatim.worker").warning("try %s again", 1)
    logging.getLogger("functions.api.errors").error("fault")
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [(one["level"], one["message"]) for one in lines] == [
        ("WARNING", "try 1 again"),
        ("ERROR", "fault"),
    ]
    assert {(one["project_id"], one["execution_id"]) for one in lines} == {("project", "执行")}
    assert "xray_sdk" not in answer.stderr
