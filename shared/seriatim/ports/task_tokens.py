"""The port of task tokens, by which outsiders answer for an attempt."""

from typing import Protocol

import msgspec

from seriatim.domain.values import ExecutionKey


class TokenClaims(msgspec.Struct, frozen=True):
    """What a task token is bound to."""

    key: ExecutionKey
    number: int
    attempt: int


class TaskTokens(Protocol):
    """Opaque, signed task tokens."""

    def issue(self, claims: TokenClaims) -> str: ...

    def verify(self, token: str) -> TokenClaims:
        """Raises ``ValueError`` for anything that this service has not signed."""
