"""What a wiring is made of: parts that are built when first asked for, and then kept."""

from collections.abc import Callable
from threading import RLock
from typing import Generic, TypeVar, overload


class Building:
    """Something that has parts of this kind: it holds the lock under which they are built."""

    def __init__(self) -> None:
        self.building = RLock()


T = TypeVar("T")
W = TypeVar("W", bound=Building)


class built_once(Generic[W, T]):  # noqa: N801 - reads as what it is, a decorator
    """A property that is computed at first use and kept, also when threads ask at the same time."""

    def __init__(self, build: Callable[[W], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, wiring: None, owner: type[W]) -> "built_once[W, T]": ...

    @overload
    def __get__(self, wiring: W, owner: type[W]) -> T: ...

    def __get__(self, wiring: W | None, owner: type[W]) -> "built_once[W, T] | T":
        """Only reached while the instance has no value of this name."""
        if wiring is None:
            return self
        with wiring.building:
            if self._name not in wiring.__dict__:
                wiring.__dict__[self._name] = self._build(wiring)
            value: T = wiring.__dict__[self._name]
            return value
