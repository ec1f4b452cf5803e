"""Logs as JSON lines, each with the execution that it is about. Never a payload: ids and statuses.

Modules log by ``logging.getLogger("seriatim.…")``; in the cloud ``configure`` puts Powertools'
format behind all of these, and locally whoever started the service decides.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from functions import metrics
from seriatim.adapters.tracing import trace_header
from seriatim.domain.values import ExecutionKey

LOGGER = "seriatim"

_about: ContextVar[ExecutionKey | None] = ContextVar("about", default=None)
_message: ContextVar[str | None] = ContextVar("message", default=None)


@contextmanager
def about(key: ExecutionKey, message_id: str | None = None) -> Iterator[None]:
    """Log lines of this thread, until the block ends, carry the ids of this execution and of the
    message that it is moved by.
    """
    token, message = _about.set(key), _message.set(message_id)
    try:
        yield
    finally:
        _message.reset(message)
        _about.reset(token)


def project_at_work() -> str | None:
    """The project of the execution that this thread works on, if it works on one."""
    key = _about.get()
    return None if key is None else key.project_id


def name_execution(record: logging.LogRecord) -> bool:
    """A filter that lets every record pass, and gives it the ids that ``about`` named."""
    key = _about.get()
    if key is not None:
        record.project_id = key.project_id
        record.execution_id = key.execution_id
    if (message_id := _message.get()) is not None:
        record.message_id = message_id
    if (trace := trace_header()) is not None:
        record.trace_id = trace.partition("Root=")[2].partition(";")[0]
    return True


def configure() -> None:
    """Send our log lines to Lambda as JSON. The level is ``POWERTOOLS_LOG_LEVEL``, else INFO.

    The import is here: it is Powertools' logger alone (6 ms of a cold start), no tracer.
    """
    from aws_lambda_powertools.logging import Logger  # noqa: PLC0415

    # A logger's handlers serve all loggers whose names begin with its own.
    logger = Logger(service=LOGGER, use_rfc3339=True, utc=True)
    for handler in logger.handlers:
        handler.addFilter(name_execution)
    # At DEBUG it logs what it sends and gets: payloads and the secrets of Secrets Manager.
    logging.getLogger("botocore").setLevel(logging.INFO)
    functions = logging.getLogger("functions")
    functions.handlers = list(logger.handlers)
    functions.setLevel(logger.log_level)
    functions.propagate = False
    metrics.use(metrics.print_line)
