"""``TaskTokens`` that a test can read."""

import msgspec

from seriatim.ports.task_tokens import TokenClaims


class FakeTokens:
    """A token is its claims, as JSON; what was not issued here is refused."""

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def issue(self, claims: TokenClaims) -> str:
        token = "token:" + msgspec.json.encode(claims).decode()
        self._issued.add(token)
        return token

    def verify(self, token: str) -> TokenClaims:
        if token not in self._issued:
            raise ValueError("This task token is not one that this service gave.")
        return msgspec.json.decode(token.removeprefix("token:"), type=TokenClaims)
