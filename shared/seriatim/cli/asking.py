"""How commands ask the service: a client, what it answers or refuses, lists page by page."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from seriatim.cli import terminal
from seriatim.cli.exits import NEGATIVE, UNREACHABLE, USAGE, Failed
from seriatim.client.http import HttpClient, Refused, Unreachable

Document = dict[str, Any]

PAGE_ITEMS_MAX: Final = 200

T = TypeVar("T")


def connect(endpoint: str, project_id: str) -> HttpClient:
    """A client of that service. Raises ``Failed`` for what is no address."""
    try:
        return HttpClient(endpoint, project_id)
    except ValueError as error:
        raise Failed(str(error), USAGE) from None


def asked(call: Callable[[], T]) -> T:
    """What a call answers. Raises ``Failed`` with what the service says against it."""
    try:
        return call()
    except Refused as error:
        is_said = len(error.problems) == 1 and str(error.problems[0].get("message")) in error.detail
        lines = [] if is_said else terminal.problem_lines(error.problems)
        raise Failed("\n".join([f"{error.detail} ({error.code})", *lines]), NEGATIVE) from None
    except Unreachable as error:
        raise Failed(str(error), UNREACHABLE) from None


def all_of(
    page: Callable[[int, str | None], Document], limit: int | None = None
) -> Iterator[Document]:
    """The items of a list, page by page, at most ``limit``."""
    cursor: str | None = None
    left = limit
    while left is None or left > 0:
        size = PAGE_ITEMS_MAX if left is None else min(left, PAGE_ITEMS_MAX)
        at = cursor
        answer = asked(lambda: page(size, at))  # noqa: B023 - called before they change
        yield from answer["items"]
        left = None if left is None else left - len(answer["items"])
        cursor = answer.get("cursor")
        if cursor is None:
            return


def answered(execution: Document, *, as_json: bool) -> None:
    """Show which execution it was about, and how it stands."""
    if as_json:
        terminal.show_json(execution)
    else:
        terminal.show(f"{execution.get('id', '')}  {execution.get('status', '')}".strip())
