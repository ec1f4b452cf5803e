"""A delivery of a message to the worker, and what becomes of it."""

import msgspec


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
