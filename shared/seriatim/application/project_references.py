"""What a project has of all that a sequence names: looked up before the sequence is validated.

What is stored was valid when it was stored. Where the rules have become tighter since, it is not
what is being validated: it counts as there, and as naming nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from seriatim.application.resource_pools import capacities
from seriatim.domain.definition.fields import check_id, has_place
from seriatim.domain.definition.kinds import NodeType, SequenceStatus
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.definition.task_definition import TaskDefinition
from seriatim.domain.permits.values import POOLS
from seriatim.domain.validation.recursion import certain_subprocess_ids
from seriatim.domain.validation.references import References, SequenceReference, named_ids
from seriatim.domain.validation.task_definitions import names_read
from seriatim.ports.errors import NotFound
from seriatim.ports.ledgers import Ledgers
from seriatim.ports.sequences import SequenceRecord, Sequences
from seriatim.ports.task_definitions import TaskDefinitions

SEQUENCES_FOLLOWED_MAX: Final = 1_000
"""Sequences that are read to see whether a sequence comes to run itself."""


def look_up(
    project_id: str,
    document: Mapping[str, Any],
    sequences: Sequences,
    task_definitions: TaskDefinitions,
    ledgers: Ledgers,
) -> References:
    """The references of a document, whatever its shape: what cannot be an id names nothing."""
    task_ids = [each for each in _task_definition_ids(document) if _is_id(each)]
    known = task_definitions.known(project_id, task_ids) if task_ids else {}
    return References(
        task_definitions={each: _names_read(found) for each, found in known.items()},
        sequences=_closed(project_id, _sequence_ids(document), sequences),
        resource_pools=_capacities(project_id, document, ledgers),
    )


def _capacities(
    project_id: str, document: Mapping[str, Any], ledgers: Ledgers
) -> Mapping[str, int]:
    """Of the project's pools, if the document names any."""
    if not named_ids(document).resource_pools:
        return {}
    return capacities(ledgers.load(project_id, POOLS).ledger)


def _closed(
    project_id: str, named: Iterator[str], sequences: Sequences
) -> dict[str, SequenceReference]:
    """The sequences named, and with each those that it surely runs."""
    found: dict[str, SequenceReference] = {}
    todo = list(dict.fromkeys(named))
    for sequence_id in todo:
        if len(found) == SEQUENCES_FOLLOWED_MAX:
            break
        if not _is_id(sequence_id):
            continue
        try:
            record = sequences.get(project_id, sequence_id)
        except NotFound:
            continue
        found[sequence_id] = reference = _reference(record)
        todo += sorted(reference.certain_subprocess_ids.difference(todo))
    return found


def _reference(record: SequenceRecord) -> SequenceReference:
    try:
        certain = certain_subprocess_ids(TaskSequence.model_validate(record.document))
    except ValidationError:
        certain = frozenset()
    return SequenceReference(SequenceStatus(record.status), record.revision, certain)


def _names_read(document: Mapping[str, Any]) -> frozenset[str]:
    try:
        return names_read(TaskDefinition.model_validate(document))
    except ValidationError:
        return frozenset()


def _nodes(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    nodes = document.get("nodes")
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, Mapping):
            yield node


def _task_definition_ids(document: Mapping[str, Any]) -> Iterator[str]:
    for node in _nodes(document):
        wanted = node.get("taskDefinitionId")
        if isinstance(wanted, str):
            yield wanted


def _sequence_ids(document: Mapping[str, Any]) -> Iterator[str]:
    handler = document.get("onFailureSequenceId")
    if isinstance(handler, str):
        yield handler
    for node in _nodes(document):
        parameters = node.get("parameters")
        if node.get("type") != NodeType.SUBPROCESS or not isinstance(parameters, Mapping):
            continue
        wanted = parameters.get("sequenceId")
        if isinstance(wanted, str) and not has_place(wanted):
            yield wanted


def _is_id(text: str) -> bool:
    try:
        check_id(text)
    except PydanticCustomError:
        return False
    return True
