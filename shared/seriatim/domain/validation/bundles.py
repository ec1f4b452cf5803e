"""Checks of bundles: each definition by itself, then what they say of each other."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from seriatim.domain.definition.bundle import Bundle
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.definition.value_types import describe
from seriatim.domain.limits import BUNDLE_ENTRIES_MAX, POOL_CAPACITY_MAX
from seriatim.domain.validation.documents import read_object
from seriatim.domain.validation.lifted_bounds import check_lifted_bounds
from seriatim.domain.validation.parse import DocumentMode, parse_sequence
from seriatim.domain.validation.problems import (
    Problem,
    ProblemCode,
    error,
    has_errors,
    in_order,
    under,
)
from seriatim.domain.validation.recursion import certain_subprocess_ids
from seriatim.domain.validation.references import References, SequenceReference
from seriatim.domain.validation.task_definitions import names_read, parse_task_definition
from seriatim.domain.validation.templates import parse_template_document
from seriatim.domain.validation.triggers import parse_resource_pool, parse_trigger

T = TypeVar("T")

BUNDLE_FIELDS: Final = ("taskDefinitions", "resourcePools", "templates", "sequences", "triggers")


def is_bundle(document: object) -> bool:
    """Whether a document is meant as a bundle: it has one of its lists, and is no sequence."""
    return (
        isinstance(document, Mapping)
        and "nodes" not in document
        and any(name in document for name in BUNDLE_FIELDS)
    )


def parse_bundle(
    document: object, references: References | None = None
) -> tuple[Bundle | None, list[Problem]]:
    """The bundle of a document, and all problems at once; None if one has an error of creation.

    Every definition but a sequence or a template needs an id. Ids differ within a list. With
    ``references`` (what is there besides) each sequence is checked as for activation; what the
    bundle itself holds counts as there, and its sequences as active, since they can be activated
    one after the other.
    """
    fields, problems = read_object(document)
    if fields is None:
        return None, problems
    for name in fields:
        if name not in BUNDLE_FIELDS:
            message = f"{name!r} is no list of a bundle; it has: {', '.join(BUNDLE_FIELDS)}."
            problems.append(error(ProblemCode.UNKNOWN_FIELD, message, name))
    bundle = Bundle(
        task_definitions=_entries(fields, "taskDefinitions", parse_task_definition, problems),
        resource_pools=_entries(fields, "resourcePools", parse_resource_pool, problems),
        templates=_entries(fields, "templates", parse_template_document, problems),
        sequences=_entries(fields, "sequences", _parse_sequence, problems),
        triggers=_entries(fields, "triggers", parse_trigger, problems),
    )
    is_whole = not has_errors(problems)
    if references is not None:
        together = references_of(bundle, fields, references)
        problems = [one for one in problems if not one.path.startswith("/sequences/")]
        parse = partial(parse_sequence, mode=DocumentMode.FILE, references=together)
        _entries(fields, "sequences", parse, problems)
        problems += _check_triggers(bundle, together)
        problems += check_lifted_bounds(fields)
    return (bundle if is_whole else None), in_order(problems)


def _parse_sequence(document: object) -> tuple[TaskSequence | None, list[Problem]]:
    return parse_sequence(document, mode=DocumentMode.FILE)


def _check_triggers(bundle: Bundle, references: References) -> Iterator[Problem]:
    for place, trigger in enumerate(bundle.triggers):
        if references.sequences is not None and trigger.sequence_id not in references.sequences:
            message = f"The sequence {trigger.sequence_id!r} is unknown; add it or name another."
            path = ("triggers", place, "sequenceId")
            yield error(ProblemCode.UNKNOWN_SEQUENCE, message, *path)


def _entries(
    fields: Mapping[str, Any],
    name: str,
    parse: Callable[[object], tuple[T | None, list[Problem]]],
    problems: list[Problem],
) -> tuple[T, ...]:
    """The definitions of one list; what is wrong with them is added to the problems."""
    entries = fields.get(name)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        message = f"{name!r} must be an array; it is {describe(entries)}."
        problems.append(error(ProblemCode.WRONG_TYPE, message, name))
        return ()
    if len(entries) > BUNDLE_ENTRIES_MAX:
        message = f"{name!r} may hold at most {BUNDLE_ENTRIES_MAX:,}; it holds {len(entries):,}."
        problems.append(error(ProblemCode.TOO_MANY, message, name))
        return ()
    parsed = []
    first: dict[str, int] = {}
    for place, entry in enumerate(entries):
        found, wrong = parse(entry)
        problems.extend(under(wrong, name, place))
        if found is not None:
            parsed.append(found)
        own_id = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(own_id, str) and first.setdefault(own_id, place) != place:
            message = f"Duplicate ID: {own_id!r} is the id of item {first[own_id]} of {name!r} too."
            path = (name, place, "id")
            problems.append(error(ProblemCode.DUPLICATE_ID, message, *path))
    return tuple(parsed)


def references_of(bundle: Bundle, fields: Mapping[str, Any], besides: References) -> References:
    """What is known besides, and what the bundle holds.

    A definition with an error is there too, so that it is complained of once.
    """
    tasks = dict.fromkeys(_raw_ids(fields, "taskDefinitions"), frozenset[str]())
    tasks |= {task.id: names_read(task) for task in bundle.task_definitions}
    sequences = {own_id: SequenceReference() for own_id in _raw_ids(fields, "sequences")}
    for sequence in bundle.sequences:
        certain = certain_subprocess_ids(sequence)
        sequences[sequence.id] = SequenceReference(certain_subprocess_ids=certain)
    pools = dict.fromkeys(_raw_ids(fields, "resourcePools"), POOL_CAPACITY_MAX)
    pools |= {pool.id: pool.capacity for pool in bundle.resource_pools}
    return References(
        task_definitions=_joined(besides.task_definitions, tasks),
        sequences=_joined(besides.sequences, sequences),
        resource_pools=_joined(besides.resource_pools, pools),
    )


def _joined(besides: Mapping[str, T] | None, own: Mapping[str, T]) -> Mapping[str, T] | None:
    return None if besides is None else {**besides, **own}


def _raw_ids(fields: Mapping[str, Any], name: str) -> list[str]:
    entries = fields.get(name)
    own = (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    return [entry["id"] for entry in own if isinstance(entry.get("id"), str)]
