"""Several independent calls at once, on threads that the whole process shares."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

A = TypeVar("A")
R = TypeVar("R")

THREADS_MAX = 16


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="adapter")


def each(function: Callable[[A], R], arguments: Iterable[A]) -> list[R]:
    """``function`` of each argument, in order; the first error is raised when all have ended.

    ``function`` may not call ``each`` itself: it would wait for a thread while it holds one.
    """
    waiting = list(arguments)
    if len(waiting) < 2:
        return [function(argument) for argument in waiting]
    futures = [_threads().submit(function, argument) for argument in waiting]
    failures = [error for error in (future.exception() for future in futures) if error]
    if failures:
        raise failures[0]
    return [future.result() for future in futures]
