"""The port of what fires triggers; how they are kept: ``triggers``."""

from typing import Protocol

from seriatim.ports.errors import StoreError
from seriatim.ports.triggers import TriggerRecord


class RuleRefused(StoreError):
    """AWS takes the trigger's schedule or pattern for none, or has no room for more of them."""


class TriggerRules(Protocol):
    """What fires triggers: a schedule, or a rule on the bus, whose target is the starts' queue."""

    def apply(self, record: TriggerRecord) -> None:
        """Have the trigger fire as its record says; a paused one does not. Repeated, it changes
        nothing; after a crash the repetition does what is left.

        Raises:
            RuleRefused: it cannot fire as it says.
            Unavailable: apply it again.
        """

    def remove(self, project_id: str, trigger_id: str) -> None:
        """Have it fire no more. Repeating it changes nothing."""
