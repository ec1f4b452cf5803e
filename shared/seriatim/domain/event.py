"""What all events share. The events themselves: ``events``, and ``control_events`` for what
operators do.
"""

import msgspec

Taken = tuple[str, str]
"""A transition that got a token, and its target: the state is folded without the plan."""


class Event(
    msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True, rename="camel"
):
    """Common shape of all events; ``type`` on the wire is the class name."""


class NodeEvent(Event, frozen=True, kw_only=True):
    """Common shape of the events of one node run."""

    number: int
    node_id: str
    run: int = 1
