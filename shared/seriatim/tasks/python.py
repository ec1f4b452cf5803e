"""The ``python`` integration: calls a registered function in this process."""

import contextlib
import inspect
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from seriatim.domain.errors import TIMEOUT
from seriatim.ports.clock import Clock
from seriatim.ports.tasks import Completed, Failed, TaskRequest
from seriatim.tasks.bounded import TimeIsUp, call_within
from seriatim.tasks.context import DeadlineReached, TaskContext
from seriatim.tasks.failures import TASK_MODULE_ERROR, UNKNOWN_FUNCTION, failed
from seriatim.tasks.modules import TaskFunctions, TaskModuleError
from seriatim.tasks.registry import BUILTIN_PREFIX, TaskError, TaskFunction
from seriatim.tasks.results import NotJson, completed, json_copy

SendHeartbeat = Callable[[str], bool]
"""Reports a sign of life under a task token; false if that attempt is over."""

FRAMES_MAX: Final = 10
OUR_MODULES: Final = ("seriatim.tasks.", "asyncio.")
"""Between the runner and the author's function; of no use in a traceback."""
NAMES_SHOWN_MAX: Final = 20


class PythonTasks:
    """Runs registered functions. Those with a time-out run in a thread that is left behind when it
    passes; built-ins watch the deadline themselves.
    """

    def __init__(
        self, clock: Clock, functions: TaskFunctions, send_heartbeat: SendHeartbeat
    ) -> None:
        self._clock = clock
        self._functions = functions
        self._send_heartbeat = send_heartbeat

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> Completed | Failed:
        """Call the function that ``settings`` names. Whatever it raises is a failed attempt."""
        name = settings["function"]
        try:
            function = self._functions.find(name)
        except TaskModuleError as error:
            return failed(TASK_MODULE_ERROR, str(error), is_retryable=True)
        if function is None:
            return failed(UNKNOWN_FUNCTION, self._unknown(name))
        context = self._context(request)
        request.on_cancel(context.cancel)
        deadline = None if name.startswith(BUILTIN_PREFIX) else request.deadline
        try:
            result = call_within(
                lambda: _called(function, context),
                clock=self._clock,
                deadline=deadline,
                when_late=context.cancel,
            )
        except (TimeIsUp, DeadlineReached):
            message = f"the task {name!r} took longer than timeoutSeconds"
            return failed(TIMEOUT, message, is_retryable=True)
        except TaskError as error:
            return _chosen_failure(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - any code
            return _failure(error)
        except BaseException as error:
            if not _is_cancellation(error):
                raise
            return _failure(error)
        return completed(result)

    def _context(self, request: TaskRequest) -> TaskContext:
        return TaskContext(
            # The state holds the inputs too: a function that changes its own must not change these.
            inputs=msgspec.json.decode(msgspec.json.encode(request.inputs)),
            attempt=request.attempt,
            idempotency_key=request.idempotency_key,
            project_id=request.key.project_id,
            execution_id=request.key.execution_id,
            sequence_id=request.sequence_id,
            node_id=request.node_id,
            index=request.index,
            deadline=request.deadline,
            _clock=self._clock,
            _send_heartbeat=lambda: self._send_heartbeat(request.task_token),
        )

    def _unknown(self, name: str) -> str:
        names = self._functions.names
        shown = ", ".join(names[:NAMES_SHOWN_MAX])
        more = f" and {len(names) - NAMES_SHOWN_MAX} more" if len(names) > NAMES_SHOWN_MAX else ""
        return (
            f"no function is registered as {name!r}; there are {shown}{more}. Decorate it with"
            f" @task({name!r}) in a module that is named by --tasks or TASK_MODULES"
        )


def _is_cancellation(error: BaseException) -> bool:
    """Whether asyncio cancelled something, which it can only where it has been imported."""
    loaded = sys.modules.get("asyncio")
    return loaded is not None and isinstance(error, loaded.CancelledError)


def _called(function: TaskFunction, context: TaskContext) -> Any:
    result = function(context)
    if inspect.iscoroutine(result):
        import asyncio  # noqa: PLC0415 - a third of a worker's cold start, for who needs it

        return asyncio.run(_awaited(result, context))
    return result


async def _awaited(coroutine: Coroutine[Any, Any, Any], context: TaskContext) -> Any:
    """Await it, and cancel it where it is told, when the attempt is cancelled."""
    import asyncio  # noqa: PLC0415

    loop, running = asyncio.get_running_loop(), asyncio.current_task()
    assert running is not None

    def cancel() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(running.cancel)

    context.on_cancel(cancel)
    return await coroutine


def _chosen_failure(error: TaskError) -> Failed:
    try:
        details = json_copy(error.details)
    except NotJson as problem:
        details = {"detailsLeftOut": f"no JSON: {problem}"}
    return failed(
        error.code, str(error.message), details=details, is_retryable=bool(error.retryable)
    )


def _failure(error: BaseException) -> Failed:
    """Code: the exception's class. Details: where it came from, without values or source."""
    try:
        message = str(error)
    except Exception as unprintable:  # noqa: BLE001 - the author's code again
        message = f"(its text failed with {type(unprintable).__name__})"
    kind = type(error)
    frames = [
        f"{Path(frame.f_code.co_filename).name}:{line} in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if not str(frame.f_globals.get("__name__", "")).startswith(OUR_MODULES)
    ]
    details = {"type": f"{kind.__module__}.{kind.__qualname__}", "traceback": frames[-FRAMES_MAX:]}
    return failed(kind.__name__, message, details=details, is_retryable=True)
