"""``DeadLetters`` in memory."""


class FakeDeadLetters:
    """Body, code and reason of what was refused, in order."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, str]] = []

    def put(self, body: str, code: str, reason: str) -> None:
        self.kept.append((body, code, reason))
