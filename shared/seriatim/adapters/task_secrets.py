"""Credentials of tasks in Secrets Manager: each project has a folder of its own, and reaches no
other.

The secret of id ``billing`` of project ``acme`` is called ``<prefix>acme/billing``. A character of
a project's id that a secret's name may not have is written as its UTF-8 bytes, ``=C3=A9``.
"""

import string
import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from seriatim.adapters.errors import code_of, transient_as_unavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME_CHARACTERS_MAX: Final = 512
KEPT_SECONDS: Final = 300
"""How long a process uses what it has read: so late a rotated credential is known everywhere."""
KEPT_MAX: Final = 1_000
ABSENT: Final = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
"""Never there, or about to be deleted."""

_PLAIN: Final = frozenset(string.ascii_letters + string.digits + "._@-")


class TaskSecrets:
    """Fulfils ``seriatim.tasks.http_credentials.Secrets``. Nothing is kept but in memory."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        prefix: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, str]] = {}
        self._lock = Lock()

    def read(self, project_id: str, secret_id: str) -> str | None:
        """The text of a project's secret; None if there is none.

        Raises:
            Unavailable: it can not be read now.
        """
        name = secret_name(self._prefix, project_id, secret_id)
        now = self._monotonic()
        with self._lock:
            read_at, text = self._kept.get(name, (now - KEPT_SECONDS, ""))
        if now - read_at < KEPT_SECONDS:
            return text
        if len(name) > NAME_CHARACTERS_MAX:
            return None
        try:
            with transient_as_unavailable:
                found = self._client.get_secret_value(SecretId=name)
        except ClientError as error:
            if code_of(error) in ABSENT:
                return None
            raise
        kept = found.get("SecretString")  # a binary secret has none
        if not kept:
            return None
        with self._lock:
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            self._kept[name] = (now, kept)
        return kept


def secret_name(prefix: str, project_id: str, secret_id: str) -> str:
    """What a secret is called in Secrets Manager. No two projects share a name."""
    folder = "".join(
        chr(byte) if chr(byte) in _PLAIN else f"={byte:02X}" for byte in project_id.encode()
    )
    return f"{prefix}{folder}/{secret_id}"
