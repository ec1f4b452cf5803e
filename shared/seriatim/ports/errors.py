"""What the ports raise on purpose, by what the caller must do: ``Conflict`` (read again, decide
again), ``Unavailable`` (transient: let the message be delivered again, answer 503), ``NotFound``,
``TooLarge``. Everything else is a bug and is left to crash.
"""


class StoreError(Exception):
    """Base of the errors that a port raises on purpose."""


class Conflict(StoreError):
    """Somebody else changed it first, or it exists already: read again and decide again."""


class Unavailable(StoreError):
    """Throttled or unreachable. Whether a write was done is unknown; repeating it is safe."""


class NotFound(StoreError):
    """There is no such thing in this project."""


class TooLarge(StoreError):
    """The value is over the limit that the message names."""
