"""The use cases of events and triggers that rest on ports alone."""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

from typing import TYPE_CHECKING

from functions.building import built_once
from functions.port_wiring import PortWiring

if TYPE_CHECKING:
    from seriatim.application.day_counting import DayCounting
    from seriatim.application.publishing_events import EventPublishing
    from seriatim.application.triggers import Triggering


class EventWiring(PortWiring):
    """What tells the bus, and what keeps triggers."""

    @built_once
    def event_publishing(self) -> "EventPublishing":
        """Tells the bus of changes of status."""
        from seriatim.application.publishing_events import EventPublishing

        return EventPublishing(
            self.log,
            self.event_bus,
            self.published_marks,
            has_nodes=self.settings.node_events,
        )

    @built_once
    def day_counting(self) -> "DayCounting":
        """Counts what projects use."""
        from seriatim.application.choices import Choices
        from seriatim.application.day_counting import CHOICES_KEPT_MS, DayCounting

        choices = Choices(self.project_settings, self.clock, CHOICES_KEPT_MS)
        return DayCounting(choices, self.day_counts)

    @built_once
    def triggering(self) -> "Triggering":
        """What authors do with triggers."""
        from seriatim.application.triggers import Triggering

        return Triggering(self.triggers, self.trigger_rules, self.sequences, self.clock)
