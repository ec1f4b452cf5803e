"""Publishes bundles of definitions: creates what is not there, updates what is, activates.

Publishing the same again changes nothing. A sequence or a template with an ``id`` keeps it; one
without is known by its name.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from functions.wiring import Wiring
from seriatim.application.definitions import Definitions, Stored
from seriatim.application.errors import Invalid, Refused
from seriatim.application.templates import Templating
from seriatim.domain.definition.bundle import Bundle
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.kinds import SequenceStatus
from seriatim.domain.definition.resource_pool import ResourcePool
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.definition.task_definition import canonical_task_definition
from seriatim.domain.definition.template import Template, canonical_template
from seriatim.domain.definition.trigger import Trigger, canonical_trigger
from seriatim.domain.validation.parse import SERVICE_FIELDS
from seriatim.ports.errors import NotFound

TEMPLATE_SERVICE_FIELDS = frozenset({"id", "projectId", "createdAt", "updatedAt"})
SAME_NAME_MAX = 50
"""Sequences, or templates, of one name that are looked at to find the one that a file has made."""


class LoadError(Exception):
    """What is to be published cannot be. The message has a line for each problem."""


class PublishedSequence(NamedTuple):
    """A sequence as it stands in the service now."""

    id: str
    name: str
    status: str
    revision: int
    warnings: int


class PublishedTemplate(NamedTuple):
    """A template as it stands in the service now."""

    id: str
    name: str


class Published(NamedTuple):
    """What became of the files."""

    task_definition_ids: tuple[str, ...]
    resource_pool_ids: tuple[str, ...]
    templates: tuple[PublishedTemplate, ...]
    sequences: tuple[PublishedSequence, ...]
    """In the order of the files."""
    trigger_ids: tuple[str, ...]
    left_out: tuple[str, ...]
    """Kinds of definitions in the files that were not asked for."""


class GivenId:
    """``Ids`` that gives the one that a file asks for."""

    def __init__(self, given: str) -> None:
        self._given = given

    def new(self, prefix: str) -> str:  # noqa: ARG002 - the file decides
        """The given id."""
        return self._given


def publish_bundles(
    wiring: Wiring, bundles: Sequence[Bundle], project_id: str, *, has_triggers: bool = False
) -> Published:
    """Create or update what the bundles define, and activate their sequences. ``has_triggers``:
    store their triggers, too, which fire from then on.

    Repeating it changes nothing. What went well before an error stays.

    Raises:
        LoadError: a definition was refused; the message says why.
    """
    task_ids = [
        _put_task_definition(wiring.definitions, project_id, canonical_task_definition(task))
        for bundle in bundles
        for task in bundle.task_definitions
    ]
    pool_ids = [
        _put_resource_pool(wiring, project_id, pool)
        for bundle in bundles
        for pool in bundle.resource_pools
    ]
    templates = tuple(
        _put_template(wiring, project_id, template)
        for bundle in bundles
        for template in bundle.templates
    )
    publisher = _Publisher(wiring, project_id)
    sequences = [sequence for bundle in bundles for sequence in bundle.sequences]
    triggers = [trigger for bundle in bundles for trigger in bundle.triggers]
    return Published(
        tuple(task_ids),
        tuple(pool_ids),
        templates,
        publisher.publish(sequences),
        _put_triggers(wiring, project_id, triggers) if has_triggers else (),
        () if has_triggers or not triggers else (f"{len(triggers)} triggers",),
    )


def retire(wiring: Wiring, sequences: Iterable[TaskSequence], project_id: str) -> tuple[str, ...]:
    """Archive sequences that earlier were published, so that nobody starts them any more; their
    executions go on. Which ids these were. Repeating it changes nothing.
    """
    publisher = _Publisher(wiring, project_id)
    known = (publisher.known(one.id or None, one.name) for one in sequences)
    return tuple(publisher.archive(sequence_id) for sequence_id in known if sequence_id)


def retire_triggers(
    wiring: Wiring, triggers: Iterable[Trigger], project_id: str
) -> tuple[str, ...]:
    """Take triggers away that earlier were published: they fire no more. Which ids these were.
    Repeating it changes nothing.
    """
    removed = []
    for trigger in triggers:
        try:
            wiring.triggering.delete(project_id, trigger.id)
        except NotFound:
            continue
        removed.append(trigger.id)
    return tuple(removed)


class _Draft(NamedTuple):
    """A sequence on its way in: the id that it has in the service, and its author's part."""

    id: str
    document: dict[str, Any]
    is_new: bool


class _Publisher:
    def __init__(self, wiring: Wiring, project_id: str) -> None:
        self._wiring = wiring
        self._project_id = project_id

    def publish(self, sequences: Sequence[TaskSequence]) -> tuple[PublishedSequence, ...]:
        """Store drafts first, so that all can be named, then activate: who is named before who
        names it, which an order of tries finds out.
        """
        drafts = [self._draft(sequence) for sequence in sequences]
        done: dict[str, PublishedSequence] = {}
        while len(done) < len({draft.id for draft in drafts}):
            refused: list[str] = []
            before = len(done)
            for draft in drafts:
                if draft.id in done:
                    continue
                try:
                    done[draft.id] = _published(self._activate(draft))
                except Refused as error:
                    refused.append(_explained(f"sequence {draft.document['name']!r}", error))
            if len(done) == before:
                raise LoadError("\n".join(refused))
        return tuple(done[draft.id] for draft in drafts)

    def _draft(self, sequence: TaskSequence) -> _Draft:
        stored = canonical(sequence)
        document = {name: value for name, value in stored.items() if name not in SERVICE_FIELDS}
        known = self.known(stored.get("id") or None, document["name"])
        if known is not None:
            return _Draft(known, document, is_new=False)
        definitions = self._wiring.definitions
        if stored.get("id"):
            definitions = Definitions(
                self._wiring.sequences,
                self._wiring.task_definitions,
                self._wiring.ledgers,
                GivenId(stored["id"]),
                self._wiring.clock,
            )
        try:
            created = definitions.create(self._project_id, document)
        except Refused as error:
            raise LoadError(_explained(f"sequence {document['name']!r}", error)) from error
        return _Draft(created.document["id"], document, is_new=True)

    def known(self, sequence_id: str | None, name: str) -> str | None:
        """The id of the sequence that an earlier load has made, if any."""
        if sequence_id is not None:
            try:
                self._wiring.definitions.get(self._project_id, sequence_id)
            except NotFound:
                return None
            return sequence_id
        page = self._wiring.definitions.list(
            self._project_id, status=None, name=name, limit=SAME_NAME_MAX, cursor=None
        )
        alive = [one["id"] for one in page["items"] if one["status"] != SequenceStatus.ARCHIVED]
        return alive[0] if alive else None

    def archive(self, sequence_id: str) -> str:
        """Have it change and be started no more; its id."""
        definitions = self._wiring.definitions
        status = definitions.get(self._project_id, sequence_id).document["status"]
        if status == SequenceStatus.ACTIVE:
            definitions.deprecate(self._project_id, sequence_id)
            status = SequenceStatus.DEPRECATED
        if status == SequenceStatus.DEPRECATED:
            definitions.archive(self._project_id, sequence_id)
        return sequence_id

    def _activate(self, draft: _Draft) -> Stored:
        definitions = self._wiring.definitions
        stored = definitions.get(self._project_id, draft.id)
        if not draft.is_new:
            stored = definitions.change(self._project_id, draft.id, draft.document)
        if stored.document["status"] == SequenceStatus.DRAFT:
            stored = definitions.activate(self._project_id, draft.id)
        return stored


def _put_task_definition(
    definitions: Definitions, project_id: str, document: dict[str, Any]
) -> str:
    definition_id: str = document["id"]
    try:
        definitions.put_task_definition(project_id, definition_id, document)
    except Refused as error:
        raise LoadError(_explained(f"task definition {definition_id!r}", error)) from error
    return definition_id


def _put_resource_pool(wiring: Wiring, project_id: str, pool: ResourcePool) -> str:
    try:
        wiring.resource_pools.put(project_id, pool.id, pool.capacity)
    except Refused as error:
        raise LoadError(_explained(f"resource pool {pool.id!r}", error)) from error
    return pool.id


def _put_template(wiring: Wiring, project_id: str, template: Template) -> PublishedTemplate:
    """Create it, or have the one that is there say the same and no more."""
    document = canonical_template(template)
    own_id: str = document.pop("id")
    known = _known_template(wiring.templating, project_id, own_id, template.name)
    try:
        if known is not None:
            left = known.document.keys() - document.keys() - TEMPLATE_SERVICE_FIELDS
            own_id = known.document["id"]
            if not left:
                changed = wiring.templating.change(project_id, own_id, document)
                return PublishedTemplate(own_id, changed.document["name"])
            # A change takes no field away.
            wiring.templating.delete(project_id, own_id)
        ids = GivenId(own_id) if own_id else wiring.ids
        creating = Templating(wiring.templates, wiring.definitions, ids, wiring.clock)
        created = creating.create(project_id, document).document
    except Refused as error:
        raise LoadError(_explained(f"template {template.name!r}", error)) from error
    return PublishedTemplate(created["id"], created["name"])


def _known_template(
    templating: Templating, project_id: str, own_id: str, name: str
) -> Stored | None:
    """The template that an earlier load has made, if any."""
    if not own_id:
        page = templating.list(project_id, name=name, limit=SAME_NAME_MAX, cursor=None)
        if not page["items"]:
            return None
        own_id = page["items"][0]["id"]
    try:
        return templating.get(project_id, own_id)
    except NotFound:
        return None


def _published(stored: Stored) -> PublishedSequence:
    document = stored.document
    warnings = len(document.get("problems", ()))
    return PublishedSequence(
        document["id"], document["name"], document["status"], document["revision"], warnings
    )


def _explained(what: str, error: Refused) -> str:
    problems = error.problems if isinstance(error, Invalid) else ()
    lines = [f"{what}: {error.message}"]
    lines += [f"  {one.severity} {one.code} at {one.path}: {one.message}" for one in problems]
    return "\n".join(lines)


def _put_triggers(wiring: Wiring, project_id: str, triggers: Iterable[Trigger]) -> tuple[str, ...]:
    """When their sequences are there: from now on they fire."""
    ids = []
    for trigger in triggers:
        document = {k: v for k, v in canonical_trigger(trigger).items() if v is not None}
        if "schedule" in document:
            given = {k: v for k, v in document["schedule"].items() if v is not None}
            document["schedule"] = given
        try:
            wiring.triggering.put(project_id, trigger.id, document)
        except Refused as error:
            raise LoadError(_explained(f"trigger {trigger.id!r}", error)) from error
        ids.append(trigger.id)
    return tuple(ids)
