"""What a redrive runs on: a revision, and the task definitions as they are now."""

import msgspec

from seriatim.application.errors import WrongState
from seriatim.application.starting import Starter
from seriatim.domain.messages import RedriveRequest
from seriatim.domain.state import State


class RedriveOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks for. Without a ``revision`` it is the execution's own; without
    ``from_node_ids`` it goes on where its tokens were.
    """

    from_node_ids: tuple[str, ...] = ()
    revision: int | None = None
    reason: str | None = None
    key: str | None = None
    by: str | None = None


def redrive_request(starter: Starter, state: State, order: RedriveOrder) -> RedriveRequest:
    """The message of a redrive, with everything pinned. A repetition finds the execution on
    whatever revision it has moved on to.

    Raises:
        NotFound: the sequence has no such revision.
        WrongState: the revision is older than that of the execution.
    """
    is_known = state.has_answered(order.key)
    revision = state.revision if is_known else order.revision or state.revision
    if revision < state.revision:
        text = f"the execution is on revision {state.revision}; it can not go back to {revision}"
        raise WrongState("RevisionTooOld", text)
    pin = starter.pin_again(state.project_id, state.sequence_id, revision)
    return RedriveRequest(
        revision=pin.revision,
        tasks_version=pin.tasks_version,
        asked_revision=order.revision,
        from_node_ids=order.from_node_ids,
        reason=order.reason,
        key=order.key,
        by=order.by,
    )
