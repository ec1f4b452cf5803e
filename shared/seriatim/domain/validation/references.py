"""What activation must know of the project beside the sequence itself, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seriatim.domain.definition.kinds import SequenceStatus


@dataclass(frozen=True, slots=True)
class SequenceReference:
    """A stored sequence: its state, and the sequences that each of its executions surely runs."""

    status: SequenceStatus = SequenceStatus.ACTIVE
    revision: int = 1
    """The latest that was published; 0 if none was."""
    certain_subprocess_ids: frozenset[str] = frozenset()
    """See ``recursion.certain_subprocess_ids``; stored with the sequence."""


@dataclass(frozen=True, slots=True)
class References:
    """What is known of a project, at least of all that the sequence names.

    For the check of endless recursion ``sequences`` must be closed: with a sequence, those that it
    surely runs. ``resource_pools`` None means that they were not looked up, and are not checked.
    """

    task_definitions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By id, the names that the texts of the task definition read (``names_read``)."""
    sequences: Mapping[str, SequenceReference] = field(default_factory=dict)
    resource_pools: Mapping[str, int] | None = None
    """Capacity by id."""
