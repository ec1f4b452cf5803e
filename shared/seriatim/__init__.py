"""Seriatim: serverless task sequences. What the functions ship and what users import.

The names below are imported when first asked for, so that ``import seriatim`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seriatim.tasks.registry import TaskContext, TaskError, task

__all__ = ["TaskContext", "TaskError", "task"]

_HOMES = {
    "TaskContext": "seriatim.tasks.registry",
    "TaskError": "seriatim.tasks.registry",
    "task": "seriatim.tasks.registry",
}


if not TYPE_CHECKING:  # else a type checker would believe that any name is there

    def __getattr__(name: str) -> object:
        """One of ``__all__``, from where it lives."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
