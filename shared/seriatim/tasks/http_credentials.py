"""Credentials of ``http`` tasks: named in the definition, read where the request is sent, and
nowhere else.

A definition, a log, a message and an error hold the secret's id only. What a server sends back of
the secret is blotted out, for the answer becomes the task's result.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any, Final, Protocol
from urllib.parse import quote, quote_plus

from seriatim.ports.tasks import Failed
from seriatim.tasks.failures import failed
from seriatim.tasks.http_connection import Answer
from seriatim.tasks.http_request import INVALID_REQUEST, Request, has_control_character

CREDENTIALS_NOT_FOUND: Final = "Http.CredentialsNotFound"
BLOT: Final = "[credential]"
BLOTTED_CHARACTERS_MIN: Final = 6
"""What is shorter stands in any text by chance."""
ENCODINGS: Final = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")
"""Of a body in which a secret is looked for."""


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


@dataclass(frozen=True)
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
        """The answer without the secret, in whatever way a server may well have spelled it."""
        body = answer.body
        for text in self._spellings:
            for encoding in ENCODINGS:
                body = body.replace(text.encode(encoding, "replace"), BLOT.encode(encoding))
        return Answer(answer.status, self.blotted(answer.headers), body)

    def blotted(self, value: Any) -> Any:
        """A JSON value without the secret in any text or key: reading JSON, or a text in another
        charset, brings to light what its bytes did not show.
        """
        match value:
            case str():
                lowered = value.lower()  # patterns of any case are slow: most texts need none
                is_there = any(text.lower() in lowered for text in self._spellings)
                return self._pattern.sub(BLOT, value) if is_there else value
            case dict():
                return {self.blotted(key): self.blotted(item) for key, item in value.items()}
            case list():
                return [self.blotted(item) for item in value]
            case _:
                return value

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Of a spelling in any case: a host's name is in lower case when an error shows it."""
        return re.compile("|".join(map(re.escape, self._spellings)), re.IGNORECASE)

    @cached_property
    def _spellings(self) -> list[str]:
        """The secret, with or without its scheme, and the user and password that it may be made
        of; each as it is and as JSON, URLs, HTML and messages have it, the longest first.
        """
        bare = self.secret.partition(" ")[2].strip()
        parts = {self.secret, bare, *_decoded(bare)}
        known = {part for part in parts if len(part) >= BLOTTED_CHARACTERS_MIN}
        known |= {part.encode().decode("latin-1") for part in known}  # how headers are read
        known |= {spelled for part in known for spelled in _spelled(part)}
        return sorted(known, key=len, reverse=True)


def _decoded(bare: str) -> set[str]:
    """User and password of what goes with ``Basic``, and the password alone."""
    try:
        pair = base64.b64decode(bare, validate=True).decode()
    except ValueError:
        return set()
    return {pair, pair.partition(":")[2]}


def _spelled(part: str) -> Iterator[str]:
    yield json.dumps(part, ensure_ascii=False)[1:-1]
    yield json.dumps(part)[1:-1]
    yield json.dumps(part)[1:-1].replace("/", "\\/")
    yield quote(part, safe="")
    yield quote(part)
    yield quote_plus(part)
    yield escape(part)
    yield escape(part, quote=False)
    yield repr(part)[1:-1]


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
