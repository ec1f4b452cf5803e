"""`docs/tasks.md` is true: its example runs, and its table has every code."""

import re
from pathlib import Path

import pytest

from seriatim.domain import errors
from seriatim.tasks import (
    builtin,
    failures,
    http,
    http_credentials,
    http_elsewhere,
    http_request,
    lambda_,
)
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner

GUIDE = (Path(__file__).parents[3] / "docs" / "tasks.md").read_text()

CODES = [
    errors.EXPRESSION_ERROR,
    errors.INVALID_INPUT,
    errors.INVALID_OUTPUT,
    errors.PAYLOAD_TOO_LARGE,
    errors.TIMEOUT,
    failures.INVALID_TARGET,
    failures.TASK_MODULE_ERROR,
    failures.UNKNOWN_FUNCTION,
    failures.UNKNOWN_INTEGRATION,
    http.ADDRESS_NOT_ALLOWED,
    http.ANSWER_TOO_LARGE,
    http.CONNECTION_ERROR,
    http.HTTP_TIMEOUT,
    http.INSECURE_URL,
    http.REDIRECT_REFUSED,
    http_credentials.CREDENTIALS_NOT_FOUND,
    http_elsewhere.FUNCTION_FAILED,
    http_request.INVALID_REQUEST,
    lambda_.FUNCTION_ERROR,
]


def test_table_has_every_code_once() -> None:
    documented = re.findall(r"^\| `((?:Seriatim|Http|Lambda)\.\w+)` \|", GUIDE, re.MULTILINE)
    assert sorted(documented) == sorted(CODES)


@pytest.mark.parametrize("name", [found.name for found in builtin.BUILTINS.functions])
def test_built_ins_are_described(name: str) -> None:
    assert f"| `{name}` |" in GUIDE


def test_example_runs(tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert example is not None
    path = tmp_path / "guide_tasks.py"
    path.write_text(example[1])
    tasks = runner(modules=(str(path),))

    charge = attempt("python", {"function": "charge-card"}, {"amount": 3})
    assert result_of(tasks.run(charge)) == {"receipt": "r-exec-1/3", "amount": 3}
    declined = error_of(
        tasks.run(attempt("python", {"function": "charge-card"}, {"amount": 2_000}))
    )
    assert (declined.code, declined.retryable) == ("CardDeclined", False)
    parcel = attempt("python", {"function": "wait-for-parcel"}, {"stations": ["a", "b"]})
    assert result_of(tasks.run(parcel)) == {"arrived": True}
