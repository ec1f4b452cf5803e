"""Idempotency keys: whether a call repeats one that was taken in before, even if the execution has
ended since.

A key stands for what was asked for under it first. The same again changes nothing; anything else
under the same key is refused.
"""

import hashlib

import msgspec

from seriatim.domain import messages as m
from seriatim.domain.decision import Refusal
from seriatim.domain.numbers import plainly_numbered
from seriatim.domain.state import State

CONTENT_CHARACTERS = 12

KeyedMessage = (
    m.Signal
    | m.VariablesUpdate
    | m.CancelRequest
    | m.PauseRequest
    | m.ResumeRequest
    | m.RedriveRequest
    | m.MoveRequest
    | m.NodeOrder
)
NOT_ASKED_FOR = frozenset({"key", "by", "tasks_version"})
"""Fields that the caller does not choose, or that do not change what is asked for."""


class Known(msgspec.Struct, frozen=True):
    """The key is known; with a ``refusal``, for something else."""

    refusal: Refusal | None = None


def content_of(message: KeyedMessage) -> str:
    """A digest of what a call with a key asks for; empty for one without."""
    if message.key is None:
        return ""
    left_out = set(NOT_ASKED_FOR)
    if isinstance(message, m.RedriveRequest):
        left_out.add("revision")  # a repetition finds the execution on another one
    fields = {
        name: getattr(message, name) for name in message.__struct_fields__ if name not in left_out
    }
    asked = plainly_numbered(msgspec.to_builtins(fields))
    body = msgspec.json.encode([type(message).__name__, asked], order="deterministic")
    return hashlib.sha256(body).hexdigest()[:CONTENT_CHARACTERS]


def known(state: State, message: m.AnyMessage) -> Known | None:
    """Whether the message has a key that was seen before; ``None`` where it has not."""
    if not isinstance(message, KeyedMessage) or message.key is None:
        return None
    if message.key not in state.signal_keys and message.key not in state.control_keys:
        return None
    content = state.call_contents.get(message.key, "")
    if content in {"", content_of(message)}:
        return Known()
    text = f"the idempotency key {message.key!r} was used for another call; choose a new one"
    return Known(Refusal("IdempotencyKeyReused", text))
