"""The keys of both tables. ``#`` separates, for it is in no id; numbers are padded so that their
order as text is their order as numbers. Every partition key begins with the project.

A partition key may have 2,048 bytes and a sort key 1,024: an id has up to 128 characters of up to
4 bytes, so three ids fit in the one and one id, with numbers, in the other.
"""

from seriatim.domain.limits import ID_CHARACTERS_MAX
from seriatim.domain.values import ExecutionKey

PARTITION_KEY_BYTES_MAX = 2_048
SORT_KEY_BYTES_MAX = 1_024
ID_BYTES_MAX = 4 * ID_CHARACTERS_MAX
NUMBER_DIGITS = 12
TIME_DIGITS = 15
TIME_MAX = 10**TIME_DIGITS - 1

assert 3 * ID_BYTES_MAX + 64 <= PARTITION_KEY_BYTES_MAX, "three ids and words between them"
assert ID_BYTES_MAX + 64 <= SORT_KEY_BYTES_MAX, "an id and numbers around it"

FIRST_STEP = f"S#{0:0{NUMBER_DIGITS}d}"
LAST_STEP = "S#~"
IN_RANGE = "pk = :pk AND sk BETWEEN :first AND :last"
"""The condition of a query for a part of a partition."""


def log_partition(key: ExecutionKey) -> str:
    """All steps and snapshots of an execution."""
    return f"E#{key.project_id}#{key.execution_id}"


def execution_of(partition: str) -> ExecutionKey:
    """The execution whose partition it is."""
    _, project_id, execution_id = partition.split("#")
    return ExecutionKey(project_id, execution_id)


def counts_partition(project_id: str) -> str:
    """What a project has used, for its quotas: apart from its sequences (``Q#``), whose whole
    partition is their list.
    """
    return f"U#{project_id}"


def step_key(number: int) -> str:
    """A step, in order of its number."""
    return f"S#{number:0{NUMBER_DIGITS}d}"


def snapshot_key(number: int) -> str:
    """A snapshot: right after the step that it stands for, so that a reader who goes back from the
    newest item meets what came after it, then the snapshot, and can stop.
    """
    return f"S#{number:0{NUMBER_DIGITS}d}~snapshot"


def is_snapshot(sort_key: str) -> bool:
    """Whether an item of the log is a snapshot."""
    return sort_key.endswith("~snapshot")


def ordered_time(milliseconds: int) -> str:
    """A time whose order as text is its order as a number."""
    return f"{milliseconds:0{TIME_DIGITS}d}"
