"""Credentials of ``http`` tasks: named in the definition, read where the request is sent, and
nowhere else.

A definition, a log, a message and an error hold the secret's id only. What a server sends back of
the secret is blotted out, for the answer becomes the task's result.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from seriatim.ports import Failed
from seriatim.tasks.failures import failed
from seriatim.tasks.http_connection import Answer
from seriatim.tasks.http_request import INVALID_REQUEST, Request, has_control_character

CREDENTIALS_NOT_FOUND: Final = "Http.CredentialsNotFound"
BLOT: Final = "[credential]"
BLOTTED_CHARACTERS_MIN: Final = 6
"""What is shorter stands in any text by chance."""


class Secrets(Protocol):
    """Where credentials are kept, by project."""

    def read(self, project_id: str, secret_id: str) -> str | None:
        """The text of a project's secret; None if there is none. Raises ``Unavailable``."""
        ...


class NoSecrets:
    """There are none."""

    def read(self, project_id: str, secret_id: str) -> str | None:  # noqa: ARG002 - the port's
        """Nothing, whatever is asked for."""
        return None


@dataclass(frozen=True, slots=True)
class Credential:
    """A header and the secret that is its value. Shown, it is neither."""

    header: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret, wherever this ends up."""
        return f"Credential({self.header!r})"

    def put_into(self, request: Request) -> Request:
        """The request with the header; one of the definition's own of that name gives way."""
        return replace(request, headers={**request.headers, self.header: self.secret})

    def blotted_out(self, answer: Answer) -> Answer:
        """The answer without the secret, with or without its scheme, as text or inside JSON."""
        body, headers = answer.body, answer.headers
        for text in self._spellings():
            body = body.replace(text.encode(), BLOT.encode())
            headers = {name: value.replace(text, BLOT) for name, value in headers.items()}
        return Answer(answer.status, headers, body)

    def _spellings(self) -> list[str]:
        parts = {self.secret, self.secret.partition(" ")[2].strip()}
        known = {part for part in parts if len(part) >= BLOTTED_CHARACTERS_MIN}
        known |= {json.dumps(part, ensure_ascii=False)[1:-1] for part in known}
        known |= {json.dumps(part)[1:-1] for part in known}
        return sorted(known, key=len, reverse=True)


def credential(
    secrets: Secrets, project_id: str, settings: Mapping[str, Any]
) -> Credential | Failed | None:
    """What the ``credentials`` of the settings stand for, or why they stand for nothing; None
    without any. Raises ``Unavailable`` where they can not be read now.
    """
    given = settings.get("credentials")
    if given is None:
        return None
    secret_id = given["secretId"]
    text = secrets.read(project_id, secret_id)
    if text is None:
        message = f"the project has no secret {secret_id!r}; docs/tasks.md says where it belongs"
        return failed(CREDENTIALS_NOT_FOUND, message)
    text = text.strip()
    if not text or has_control_character(text):
        message = f"the secret {secret_id!r} must be one line that is not blank"
        return failed(INVALID_REQUEST, message)
    return Credential(given.get("header", "Authorization").lower(), text)
