"""The X-Ray header of what is being handled, passed on with every message that is sent meanwhile.

SQS carries it beside the body (``AWSTraceHeader``), and Lambda hands it over again; so all messages
of an execution name the trace of the call that they go back to, as far as no schedule is between.
No SDK: nothing is recorded here, only passed on.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

ATTRIBUTE = "AWSTraceHeader"

_header: ContextVar[str | None] = ContextVar("trace", default=None)


@contextmanager
def traced(record: Mapping[str, Any]) -> Iterator[None]:
    """What this thread sends, until the block ends, belongs to the trace of this SQS record."""
    token = _header.set(record["attributes"].get(ATTRIBUTE))
    try:
        yield
    finally:
        _header.reset(token)


def trace_header() -> str | None:
    """The header of the message being handled, else that of the invocation, if there is one."""
    return _header.get() or os.environ.get("_X_AMZN_TRACE_ID") or None
