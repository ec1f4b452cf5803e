"""What activation must know of the project beside the sequence itself, as plain data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
class NamedIds:
    """The ids that a sequence names in its project: what ``References`` must be looked up for."""

    task_definitions: frozenset[str]
    sequences: frozenset[str]
    resource_pools: frozenset[str]


def named_ids(document: object) -> NamedIds:
    """The ids in a sequence's document, however wrong; not those that ``${…}`` will give."""
    nodes = document.get("nodes") if isinstance(document, Mapping) else None
    own = [node for node in nodes if isinstance(node, Mapping)] if isinstance(nodes, list) else []
    parameters = [node.get("parameters") for node in own if node.get("type") == "subprocess"]
    sequences = [one.get("sequenceId") for one in parameters if isinstance(one, Mapping)]
    if isinstance(document, Mapping):
        sequences.append(document.get("onFailureSequenceId"))
    held = [node.get(field) for node in own for field in ("resources", "acquire", "release")]
    return NamedIds(
        task_definitions=_texts(node.get("taskDefinitionId") for node in own),
        sequences=_texts(sequences),
        resource_pools=_texts(key for units in held if isinstance(units, Mapping) for key in units),
    )


def _texts(values: Iterable[object]) -> frozenset[str]:
    return frozenset(one for one in values if isinstance(one, str) and "${" not in one)


@dataclass(frozen=True, slots=True)
class References:
    """What is known of a project, at least of all that the sequence names.

    What is None was not looked up and is not checked. For the check of endless recursion
    ``sequences`` must be closed: with a sequence, those that it surely runs.
    """

    task_definitions: Mapping[str, frozenset[str]] | None = None
    """By id, the names that the texts of the task definition read (``names_read``)."""
    sequences: Mapping[str, SequenceReference] | None = None
    resource_pools: Mapping[str, int] | None = None
    """Capacity by id."""
