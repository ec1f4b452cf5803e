"""A delivery of a message to the worker, and what becomes of it."""

import msgspec

from seriatim.application.handing_over import Kept
from seriatim.domain.commands import RunTask
from seriatim.domain.messages import PermitsDenied, PermitsGranted


class Delivery(msgspec.Struct, frozen=True):
    """How a message came. ``message_id`` is the same on every delivery; ``deadline`` is when the
    invocation, or its turn, ends.
    """

    message_id: str
    receive_count: int
    deadline: int


class Visit:
    """A delivery being handled, and what became of it so far."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.handed_over: set[int] = set()
        """Steps whose commands were handed over in this visit."""
        self.is_late = False
        """Whether somebody else has done what was to be done here. It may have been an earlier or a
        later delivery of the same message, which died before its commands were handed over.
        """
        self.tasks: list[tuple[RunTask, int]] = []
        """Tasks to be run here, each with the number of the step that called for it."""
        self.answers: list[PermitsGranted | PermitsDenied] = []
        """What ledgers have answered to the execution, to be taken in here."""

    def note(self, step: int, kept: Kept) -> None:
        """Step ``step`` was handed over, but for what was kept: that is gone on with here."""
        self.handed_over.add(step)
        self.tasks += [(task, step) for task in kept.tasks]
        self.answers += kept.answers
