"""Global variables as callers see them: read, write on condition of a version, list."""

from collections.abc import Collection
from typing import Any, Final

from seriatim.application.answer_size import ANSWER_BYTES_MAX, size
from seriatim.application.errors import check_version
from seriatim.application.pages import listed
from seriatim.domain.values import GlobalValue
from seriatim.ports.errors import Conflict, NotFound, TooLarge
from seriatim.ports.global_variables import GlobalVariables

Document = dict[str, Any]

ATTEMPTS_MAX: Final = 5
"""How often a write is decided again because somebody else was faster."""
VALUE_BYTES_MAX: Final = ANSWER_BYTES_MAX - 1_024
"""Of a value that is written here: it fits the answer that shows it. A task's may be larger."""


class ProjectVariables:
    """Use cases of global variables. Errors: ``NotFound``, ``MovedOn``, ``TooLarge``."""

    def __init__(self, variables: GlobalVariables) -> None:
        self._variables = variables

    def get(self, project_id: str, name: str) -> GlobalValue:
        """What a variable holds. One that was never written is ``NotFound``."""
        held = self._variables.read(project_id, [name]).get(name)
        if held is None:
            raise NotFound(f"There is no global variable {name!r} in this project.")
        return held

    def put(
        self,
        project_id: str,
        name: str,
        value: Any,
        *,
        based_on: Collection[str] | None = None,
        must_exist: bool = False,
    ) -> GlobalValue:
        """Give a variable a value; the first time it is made.

        ``based_on``: only if the version is one of these (``MovedOn``); "0" is that of a variable
        that was never written. So one who writes what he computed from a version that he has read
        undoes nobody's write. ``must_exist``: only if it was written before (``MovedOn``).
        Repeated without ``based_on``, it takes another version; with it, the second is ``MovedOn``.
        """
        bytes_count = size(value)
        if bytes_count > VALUE_BYTES_MAX:
            text = (
                f"The value of a global variable may have at most {VALUE_BYTES_MAX:,} bytes as"
                f" JSON; it has {bytes_count:,}."
            )
            raise TooLarge(text)
        for _ in range(ATTEMPTS_MAX):
            expected = None
            if based_on is not None or must_exist:
                held = self._variables.read(project_id, [name]).get(name)
                expected = held.version if held is not None else 0
                wanted = based_on if expected or not must_exist else ()
                check_version(f"Variable {name!r}", expected, wanted)
            try:
                return self._variables.write(project_id, name, value, expected)
            except Conflict:
                continue
        raise Conflict(f"variable {name!r} is being changed by others; try again")

    def list(self, project_id: str, limit: int, cursor: str | None) -> Document:
        """One page of a project's variables, by name."""
        return listed(
            lambda items: self._variables.list(project_id, items, cursor), _listed_document, limit
        )


def _listed_document(item: tuple[str, GlobalValue]) -> Document:
    """A variable as lists show it; without its value where that alone fills an answer."""
    name, held = item
    if size(held.value) > VALUE_BYTES_MAX:
        return {"name": name, "version": held.version, "truncated": True}
    return {"name": name, "value": held.value, "version": held.version}
