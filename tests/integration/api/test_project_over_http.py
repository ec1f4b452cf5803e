"""Templates and global variables over HTTP, on embedded AWS.

What each route answers is tested without a server (``tests/unit/api``).
"""

import threading
from collections.abc import Iterator

import pytest

from seriatim.local.service import LocalService
from tests.integration.api.test_over_http import CALL_SECONDS_MAX, Caller
from tests.unit.api.caller import ECHO
from tests.unit.api.test_templates import TEMPLATE

CALLERS = 8
INCREMENTS_EACH = 3


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService(skip_time=True) as service:
        caller = Caller(service)
        assert caller.call("PUT", "/projects/p/task-definitions/echo", ECHO).status == 200
        yield caller


def test_an_instance_of_a_template_runs(caller: Caller) -> None:
    template = caller.call("POST", "/projects/p/templates", TEMPLATE)
    body = {"arguments": {"delay": 90, "customer": "Ann"}}
    made = caller.call("POST", f"{template.headers['Location']}/instantiate", body)
    assert made.status == 201
    path = made.headers["Location"]
    assert caller.call("POST", f"{path}/activate").status == 200
    started = caller.call("POST", f"{path}/executions").headers["Location"]
    caller.service.wait_idle()
    execution = caller.call("GET", started).json
    assert execution["status"] == "succeeded"
    assert execution["nodeExecutions"]["work"]["outputs"] == {"who": "Ann", "list": [1, 2]}


def test_no_update_of_a_global_variable_is_lost(caller: Caller) -> None:
    path = "/projects/p/variables/total"
    assert caller.call("PUT", path, {"value": 0, "version": 0}).json == {"value": 0, "version": 1}

    def count() -> None:
        made = 0
        while made < INCREMENTS_EACH:
            held = caller.call("GET", path).json
            body = {"value": held["value"] + 1, "version": held["version"]}
            made += caller.call("PUT", path, body).status == 200

    threads = [threading.Thread(target=count, daemon=True) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(CALL_SECONDS_MAX)
    total = CALLERS * INCREMENTS_EACH
    assert caller.call("GET", path).json == {"value": total, "version": total + 1}
