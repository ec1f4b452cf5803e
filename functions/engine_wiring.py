"""What moves executions on, and what of them is kept: the use cases share it."""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

from typing import TYPE_CHECKING

from functions.authoring_wiring import AuthoringWiring
from functions.building import built_once

if TYPE_CHECKING:
    from seriatim.application.advancing import Advancer
    from seriatim.application.archiving import Archiving
    from seriatim.application.handing_over import HandOver
    from seriatim.application.ledger_calls import LedgerCalls
    from seriatim.application.listing import Listing
    from seriatim.application.permits import Permits
    from seriatim.application.plans import Plans
    from seriatim.application.retention import Retention
    from seriatim.application.retiring import Retiring
    from seriatim.application.rings import Rings
    from seriatim.application.starting import Starter
    from seriatim.application.states import States


class EngineWiring(AuthoringWiring):
    """What the use cases of executions are made of."""

    @built_once
    def states(self) -> "States":
        """The warm states of this process."""
        from seriatim.application.states import States

        return States(self.log, gather=self.gather)

    @built_once
    def plans(self) -> "Plans":
        """The compiled plans of this process."""
        from seriatim.application.plans import Plans

        return Plans(self.sequences, self.task_definitions)

    @built_once
    def advancer(self) -> "Advancer":
        """The one place that appends."""
        from seriatim.application.advancing import Advancer

        return Advancer(
            self.log, self.states, self.plans, self.global_variables, self.clock, self.gather
        )

    @built_once
    def starter(self) -> "Starter":
        """Turns a start into a first step."""
        from seriatim.application.starting import Starter

        return Starter(
            self.advancer,
            self.plans,
            self.sequences,
            self.task_definitions,
            self.choices,
            self.ids,
        )

    @built_once
    def permits(self) -> "Permits":
        """What is asked of ledgers."""
        from seriatim.application.permits import Permits

        return Permits(self.ledgers, self.clock)

    @built_once
    def listing(self) -> "Listing":
        """Lists of executions."""
        from seriatim.application.listing import Listing

        return Listing(self.summaries, self.choices, self.retention)

    @built_once
    def retention(self) -> "Retention":
        """How long executions are kept."""
        from seriatim.application.retention import Retention

        return Retention(self.plans, self.choices)

    @built_once
    def archiving(self) -> "Archiving":
        """Archives executions, and reads them back."""
        from seriatim.application.archiving import Archiving

        return Archiving(self.log, self.archive)

    @built_once
    def retiring(self) -> "Retiring":
        """What becomes of executions that are kept no longer."""
        from seriatim.application.retiring import Retiring

        return Retiring(
            self.advancer,
            self.states,
            self.retention,
            self.archiving,
            self.forgetting,
            self.listing,
            self.clock,
        )

    @built_once
    def hand_over(self) -> "HandOver":
        """Carries commands outside."""
        from seriatim.application.handing_over import HandOver

        return HandOver(
            self.queue,
            self.timers,
            self.listing,
            self.plans,
            self.starter,
            self.ledger_calls,
            self.clock,
        )

    @built_once
    def ledger_calls(self) -> "LedgerCalls":
        """What steps ask of ledgers."""
        from seriatim.application.ledger_calls import LedgerCalls

        return LedgerCalls(self.permits, self.states, self.rings)

    @built_once
    def rings(self) -> "Rings":
        """Finds executions that wait for each other."""
        from seriatim.application.rings import Rings

        return Rings(self.permits, self.states)
