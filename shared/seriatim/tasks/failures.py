"""Failed attempts, and the codes that running a task adds to those of ``domain.errors``."""

from typing import Any

from seriatim.domain.errors import PREFIX
from seriatim.domain.values import Error
from seriatim.ports.tasks import Failed

UNKNOWN_INTEGRATION = PREFIX + "UnknownIntegration"
UNKNOWN_FUNCTION = PREFIX + "UnknownFunction"
TASK_MODULE_ERROR = PREFIX + "TaskModuleError"
INVALID_TARGET = PREFIX + "InvalidTarget"

MESSAGE_CHARACTERS_MAX = 4_096
"""Of an error's message: it goes into the log, the summary and the events out."""


def failed(code: str, message: str, *, details: Any = None, is_retryable: bool = False) -> Failed:
    """A failed attempt; the message is cut to what the log should carry."""
    return Failed(Error(code, shortened(message), details, is_retryable))


def shortened(text: str, characters_max: int = MESSAGE_CHARACTERS_MAX) -> str:
    """Text that can be stored: no lone surrogates, and cut where it is too long."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= characters_max else text[: characters_max - 1] + "…"
