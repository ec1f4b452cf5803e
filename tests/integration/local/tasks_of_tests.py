"""Tasks that the tests of the local service name with ``--tasks``."""

import threading
from typing import Any

from seriatim import TaskContext, task

began = threading.Event()
may_end = threading.Event()


@task("local.busy")
def busy(inputs: dict[str, Any]) -> dict[str, Any]:
    """Work, not sleep, until the test says so."""
    began.set()
    assert may_end.wait(10)
    return inputs


@task("local.nap")
def nap(inputs: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Sleep on the service's clock in a function of the user's."""
    context.sleep(inputs["seconds"])
    return inputs
