"""Exit statuses of the command line, and the one error that a command ends with."""

from typing import Final

OK: Final = 0
NEGATIVE: Final = 1
"""It was done, and the answer is no: the execution failed, the file is wrong, the service
refused.
"""
USAGE: Final = 2
"""The command was given wrong."""
UNREACHABLE: Final = 3
"""The service did not answer."""
INTERRUPTED: Final = 130
"""Ctrl-C."""


class Failed(Exception):
    """Ends a command with a message on standard error, if there is one, and an exit status."""

    def __init__(self, message: str = "", status: int = NEGATIVE) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
