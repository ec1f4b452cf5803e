"""What a project has chosen for itself, as a whole: limits and habits that hold for all that is in
it.
"""

import msgspec


class ProjectChoices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What is absent does not restrict."""

    max_concurrent_executions: int | None = None
    """Executions that may run at once; further ones stay ``pending``, in order."""
    max_starts_per_minute: int | None = None
    """Starts by callers of the API; beyond it the answer is 429."""
    max_steps_per_day: int | None = None
    """Steps of a UTC day; beyond them nobody starts a new execution until the next."""
    max_timers_per_day: int | None = None
    """Timers armed on a UTC day, likewise."""
    retention_days: int | None = None
    """How long executions are kept after their end, unless their sequence says so itself."""
    archive: bool = False
    """Whether what is kept no longer is archived first."""
    searchable_metadata: dict[str, int] = {}
    """Keys of executions' metadata by which they are found at once, each with the time (in
    milliseconds) from which on executions that start are.
    """


class HeldChoices(msgspec.Struct, frozen=True):
    """A project's choices as they are stored. ``version`` counts their changes; 0 says that the
    project has chosen nothing yet.
    """

    choices: ProjectChoices = ProjectChoices()
    version: int = 0
