"""What authors of ``python`` tasks import: ``@task``, ``TaskError`` and ``TaskContext``.

A function is registered when its module is imported. May import nothing heavy: ``import seriatim``
must stay cheap.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from seriatim.tasks.context import TaskContext

__all__ = ["Registry", "TaskContext", "TaskError", "TaskFunction", "registered", "task"]

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

F = TypeVar("F", bound=Callable[..., Any])

BUILTIN_PREFIX: Final = "builtin."
CONTEXT_NAMES: Final = frozenset({"context", "ctx"})


class TaskError(Exception):
    """Raised by a task to choose the error code, which retry policies and error transitions match.

    It is tried again, where a retry policy allows, unless it says ``retryable=False``. ``details``
    is any JSON value.
    """

    def __init__(
        self, code: str, message: str = "", *, retryable: bool = True, details: Any = None
    ) -> None:
        if not str(code).strip():
            raise ValueError("a TaskError needs a code, such as 'CardDeclined'")
        super().__init__(code, message)
        self.code = str(code)
        self.message = str(message)
        self.retryable = retryable
        self.details = details

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


@dataclass(frozen=True, slots=True)
class TaskFunction:
    """A registered function, and how it is given its inputs and its context."""

    name: str
    call: Callable[..., Any]
    positional: tuple[str, ...]
    """``inputs`` and ``context``, in the order of the parameters that have no usable name."""
    named: tuple[tuple[str, str], ...]
    """Names of parameters, each with ``inputs`` or ``context``."""

    @property
    def place(self) -> str:
        """Where the function is written."""
        return f"{self.call.__module__}.{getattr(self.call, '__qualname__', self.name)}"

    def __call__(self, context: TaskContext) -> Any:
        """Call it as it wants to be called."""
        values = {"inputs": context.inputs, "context": context}
        return self.call(
            *(values[which] for which in self.positional),
            **{name: values[which] for name, which in self.named},
        )


class Registry:
    """Task functions by name."""

    def __init__(self) -> None:
        self._functions: dict[str, TaskFunction] = {}

    def add(self, function: TaskFunction) -> None:
        """Add it; one of the same name is replaced."""
        self._functions[function.name] = function

    def find(self, name: str) -> TaskFunction | None:
        """The function of that name, if there is one."""
        return self._functions.get(name)

    @property
    def functions(self) -> tuple[TaskFunction, ...]:
        """All of them, by name."""
        return tuple(self._functions[name] for name in sorted(self._functions))


registered: Final = Registry()
"""All that this process has imported. Of two of one name, the one imported later."""

_collecting: ContextVar[list[TaskFunction] | None] = ContextVar("collecting", default=None)


def task(name: str) -> Callable[[F], F]:
    """Register the decorated function, plain or async, as the ``python`` task ``name``.

    It takes up to two arguments: the inputs (a dict) and the ``TaskContext``, in this order, unless
    a parameter called ``context`` or ``ctx``, or annotated ``TaskContext``, says otherwise. It
    returns a JSON value. The function itself stays as it is, to be called and tested directly.

    Raises:
        ValueError: the name is empty or begins with ``builtin.``.
        TypeError: what is decorated cannot be called so.
    """
    _check_name(name)
    if name.startswith(BUILTIN_PREFIX):
        raise ValueError(f"the task name {name!r} begins with {BUILTIN_PREFIX!r}, which is ours")

    def register(function: F) -> F:
        described = describe(name, function)
        registered.add(described)
        found = _collecting.get()
        if found is not None:
            found.append(described)
        return function

    return register


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise ValueError('@task needs the name of the task: @task("charge-card")')


def describe(name: str, function: Callable[..., Any]) -> TaskFunction:
    """Read which arguments a function takes. Raises ``TypeError`` where that cannot work."""
    if not callable(function):
        raise TypeError(f"the task {name!r} is no function: {function!r}")
    positional: list[str] = []
    named: list[tuple[str, str]] = []
    for parameter in inspect.signature(function).parameters.values():
        taken = [*positional, *(which for _, which in named)]
        which = _value_for(parameter, taken)
        if which is None:
            _check_optional(parameter, name, taken)
        elif parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            positional.append(which)
        else:
            named.append((parameter.name, which))
    return TaskFunction(name, function, tuple(positional), tuple(named))


def _value_for(parameter: inspect.Parameter, taken: list[str]) -> str | None:
    """``inputs``, ``context``, or None: the parameter is left to its default."""
    if parameter.kind in _VARIADIC or len(taken) == 2:
        return None
    annotation = parameter.annotation
    if (
        parameter.name in CONTEXT_NAMES
        or annotation is TaskContext
        or (isinstance(annotation, str) and annotation.split(".")[-1] == TaskContext.__name__)
    ):
        return None if "context" in taken else "context"
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        return None
    if "inputs" not in taken:
        return "inputs"
    is_optional = parameter.default is not inspect.Parameter.empty
    return None if is_optional or "context" in taken else "context"


def _check_optional(parameter: inspect.Parameter, name: str, taken: list[str]) -> None:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        if taken:
            return
    elif parameter.default is not inspect.Parameter.empty:
        return
    raise TypeError(
        f"the task {name!r} cannot be given {str(parameter)!r}; a task function takes the inputs"
        " and the context: def charge(inputs, context) (a decorator around one needs"
        " functools.wraps)"
    )


@contextmanager
def collecting() -> Iterator[list[TaskFunction]]:
    """What is registered meanwhile, in this thread."""
    found: list[TaskFunction] = []
    token = _collecting.set(found)
    try:
        yield found
    finally:
        _collecting.reset(token)
