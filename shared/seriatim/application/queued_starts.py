"""Starts that come by the queue: what they may say, and what becomes of them.

A message is a start (``{projectId, sequenceId, name?, variables?, priority?, metadata?}``), an
event of EventBridge with a start as its ``detail``, or what fires a trigger. Each may come twice:
without a name of its own a start gets one of the message's, so the second finds the first.
"""

from typing import Any, Final

import msgspec

from seriatim.application.errors import Refused
from seriatim.application.executions import Executions
from seriatim.application.firing import Fire, Firer
from seriatim.domain.limits import (
    ID_CHARACTERS_MAX,
    METADATA_KEYS_MAX,
    NAME_CHARACTERS_MAX,
    PRIORITY_ABS_MAX,
)
from seriatim.domain.state import State
from seriatim.domain.validation.json_text import JsonTextError, read_json
from seriatim.domain.validation.json_values import check_json
from seriatim.ports.errors import NotFound, TooLarge

BY: Final = "start queue"


class BadStart(Exception):
    """The message can never be done: it goes to the dead-letter queue with this code and reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Start(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a message asks for."""

    project_id: str
    sequence_id: str
    name: str | None = None
    variables: dict[str, Any] = {}
    priority: int = 0
    metadata: dict[str, Any] = {}


class QueuedStarts:
    """Does what a message of the queue asks for."""

    def __init__(self, executions: Executions, firer: Firer) -> None:
        self._executions = executions
        self._firer = firer

    def handle(self, message_id: str, body: str) -> None:
        """Start what the message asks for. Repeated, nothing starts twice.

        Raises:
            BadStart: it never will be started; the reason says why.
            Unavailable: now it could not be; the message is to come again.
        """
        document = _read(body)
        try:
            if "triggerId" in document:
                self._firer.fire(_as(Fire, document))
                return
            if "detail-type" in document:
                name = f"event-{document.get('id', message_id)}"
                self._start(_as(Start, document.get("detail")), name)
            else:
                self._start(_as(Start, document), f"start-{message_id}")
        except Refused as refused:
            raise BadStart(refused.code, refused.message) from refused
        except NotFound as missing:
            raise BadStart("NotFound", str(missing)) from missing
        except TooLarge as large:
            raise BadStart("TooLarge", str(large)) from large

    def _start(self, start: Start, name: str) -> State:
        _check(start)
        return self._executions.start(
            start.project_id,
            start.sequence_id,
            variables=start.variables,
            name=start.name if start.name is not None else name[:NAME_CHARACTERS_MAX],
            priority=start.priority,
            metadata=start.metadata,
            by=BY,
        )


def _read(body: str) -> dict[str, Any]:
    try:
        document = read_json(body)
    except JsonTextError as error:
        raise BadStart("MalformedMessage", str(error)) from error
    if problems := check_json(document):
        raise BadStart("MalformedMessage", problems[0].message)
    if not isinstance(document, dict):
        raise BadStart("MalformedMessage", "the message must be a JSON object")
    return document


def _as(kind: type[Any], document: object) -> Any:
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise BadStart("MalformedMessage", str(error)) from error


def _check(start: Start) -> None:
    """The limits that the API holds a start to."""
    if not 1 <= len(start.project_id) <= ID_CHARACTERS_MAX:
        raise BadStart("MalformedMessage", "projectId must be an id")
    if not 1 <= len(start.sequence_id) <= ID_CHARACTERS_MAX:
        raise BadStart("MalformedMessage", "sequenceId must be an id")
    for text in (start.project_id, start.sequence_id):
        if "#" in text or "/" in text:
            raise BadStart("MalformedMessage", f"{text!r} is no id: it must not contain '#' or '/'")
    if start.name is not None and not (
        start.name.strip() and len(start.name) <= NAME_CHARACTERS_MAX and start.name.isprintable()
    ):
        text = f"name must have 1 to {NAME_CHARACTERS_MAX} characters, none of them a control one"
        raise BadStart("MalformedMessage", text)
    if abs(start.priority) > PRIORITY_ABS_MAX:
        raise BadStart("MalformedMessage", f"priority is at most {PRIORITY_ABS_MAX:,}")
    if len(start.metadata) > METADATA_KEYS_MAX:
        raise BadStart("MalformedMessage", f"metadata has at most {METADATA_KEYS_MAX} keys")
