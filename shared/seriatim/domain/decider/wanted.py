"""Which commands of a step that was recorded earlier are still to be handed over."""

from seriatim.domain import commands as c
from seriatim.domain.decider.claims import find
from seriatim.domain.state import State


def is_wanted(state: State, command: c.AnyCommand) -> bool:
    """Whether the command still has something to do, as the execution is now."""
    if isinstance(command, c.RunTask):
        run = state.active.get(command.number)
        return run is not None and run.is_attempt_open(command.attempt)
    if isinstance(command, c.RequestPermits):
        # One that is not wanted any more is handed over: it may have to be given back.
        claim = find(state, command.ledger, command.request.id)
        return claim is None or claim.granted_at is None
    if isinstance(command, c.ArmTimer):
        # Nobody would delete the schedule of an execution that is over for long.
        return not state.status.is_terminal
    return True
