"""Sends one request for the worker, which invokes it and waits. It knows no table, queue or bucket,
and its role opens none: what a request can be made to do ends here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions import observability
from seriatim.adapters.clock import SystemClock
from seriatim.tasks.http import HttpTasks
from seriatim.tasks.http_elsewhere import answered


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Send it; what became of it. Invoked again, it sends again: the idempotency key tells whoever
    is asked.
    """
    return answered(_tasks(), event)


@cache
def _tasks() -> HttpTasks:
    observability.configure()
    return HttpTasks(SystemClock())
