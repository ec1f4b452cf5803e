"""What functions ask of Lambda's context."""

from typing import Protocol


class LambdaContext(Protocol):
    """Of one invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Time left in this invocation."""
        ...
