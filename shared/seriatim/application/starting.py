"""Starting executions: by a caller, as a child, or by a failure's handler."""

import base64
import hashlib
from typing import Any

import msgspec

from seriatim.application.advancing import Advance, Advancer, Announce
from seriatim.application.choices import Choices
from seriatim.application.errors import Refused, WrongState, as_error
from seriatim.application.plans import Plans
from seriatim.domain.errors import PREFIX, UNKNOWN_SEQUENCE
from seriatim.domain.messages import StartRequest
from seriatim.domain.numbers import plainly_numbered
from seriatim.domain.values import Error, ExecutionKey, ParentLink
from seriatim.ports.errors import NotFound
from seriatim.ports.ids import Ids
from seriatim.ports.sequences import SequenceRecord, Sequences
from seriatim.ports.task_definitions import TaskDefinitions


class Pin(msgspec.Struct, frozen=True):
    """What an execution runs on as long as it lasts: a revision, and a version of the task
    definitions.
    """

    revision: int
    tasks_version: str


class StartInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a start is given."""

    variables: dict[str, Any]
    revision: int | None = None
    pin: Pin | None = None
    """Where it was asked for already, nothing is looked up again."""
    name: str | None = None
    priority: int = 0
    metadata: dict[str, Any] = {}
    parent: ParentLink | None = None
    hops: int = 0
    by: str | None = None
    is_counted: bool = True
    """Whether limits of executions at the same time hold it back; what the engine starts by itself
    they do not.
    """

    @property
    def hash(self) -> str:
        """Tells a repeated start from another one of the same name: by its values, not by how a
        number of them is written.
        """
        return _digest(plainly_numbered(self._parts))

    def is_that_of(self, input_hash: str) -> bool:
        """Whether an execution that has this hash was given the same. Those of earlier versions
        have a hash of numbers as they were written.
        """
        return input_hash in {self.hash, _digest(self._parts)}

    @property
    def _parts(self) -> list[Any]:
        return [self.variables, self.priority, self.metadata]


def _digest(parts: list[Any]) -> str:
    body = msgspec.json.encode(parts, order="deterministic")
    return hashlib.sha256(body).hexdigest()[:16]


def named_execution_id(project_id: str, sequence_id: str, name: str) -> str:
    """The id of the execution that has this name in this sequence."""
    digest = hashlib.sha256(f"{project_id}/{sequence_id}/{name}".encode()).digest()[:20]
    return "exec-" + base64.b32encode(digest).decode().lower()


class Starter:
    """Turns a start into the first step of an execution."""

    def __init__(
        self,
        advancer: Advancer,
        plans: Plans,
        sequences: Sequences,
        task_definitions: TaskDefinitions,
        choices: Choices,
        ids: Ids,
    ) -> None:
        self._choices = choices
        self._advancer = advancer
        self._plans = plans
        self._sequences = sequences
        self._task_definitions = task_definitions
        self._ids = ids
        self._task_ids: dict[tuple[str, str, int], tuple[str, ...]] = {}

    def execution_id(self, project_id: str, sequence_id: str, name: str | None) -> str:
        """A new id; with a name, the one that this name of this sequence always has."""
        if name is None:
            return self._ids.new("exec")
        return named_execution_id(project_id, sequence_id, name)

    def start(
        self,
        key: ExecutionKey,
        sequence_id: str,
        given: StartInput,
        writer: str,
        announce: Announce | None = None,
    ) -> Advance:
        """Append the first step; the commands of the advance are still to be handed over.

        Where the execution has begun already the advance carries a refusal and the state as it is.

        Raises:
            NotFound: no such sequence or revision.
            WrongState: the sequence is not active.
            Invalid: a variable is of a wrong type.
        """
        pin = given.pin or self.pin(key.project_id, sequence_id, given.revision)
        request = StartRequest(
            execution_id=key.execution_id,
            project_id=key.project_id,
            sequence_id=sequence_id,
            revision=pin.revision,
            tasks_version=pin.tasks_version,
            variables=given.variables,
            name=given.name,
            priority=given.priority,
            metadata=given.metadata,
            parent=given.parent,
            hops=given.hops,
            input_hash=given.hash,
            by=given.by,
            is_counted=given.is_counted,
            project_executions_max=(
                self._executions_max(key.project_id) if given.is_counted else None
            ),
        )
        advance = self._advancer.submit(key, request, writer, announce)
        if advance.refusal is not None and advance.refusal.is_invalid:
            raise as_error(advance.refusal, key.execution_id)
        return advance

    def _executions_max(self, project_id: str) -> int | None:
        return self._choices.of(project_id).max_concurrent_executions

    def pin(self, project_id: str, sequence_id: str, revision: int | None) -> Pin:
        """What a start would run on now.

        Raises ``NotFound`` and ``WrongState`` as ``start`` does.
        """
        record = self._sequences.get(project_id, sequence_id)
        if record.status != "active":
            text = f"sequence {sequence_id!r} is {record.status}; only an active one can be started"
            raise WrongState("SequenceNotActive", text)
        chosen = int(revision or record.revision)
        return Pin(chosen, self._pin_tasks(record, chosen))

    def pin_of(self, project_id: str, sequence_id: str, revision: int) -> Pin:
        """A revision, whatever the sequence's place in its life, with the task definitions as they
        are now. Raises ``NotFound``.
        """
        record = self._sequences.get(project_id, sequence_id)
        return Pin(revision, self._pin_tasks(record, revision))

    def pin_again(self, project_id: str, sequence_id: str, revision: int) -> Pin:
        """What a redrive runs on: whatever has become of the sequence, its revisions stay.

        Raises ``NotFound``.
        """
        record = self._sequences.get(project_id, sequence_id)
        return Pin(revision, self._pin_tasks(record, revision))

    def _pin_tasks(self, record: SequenceRecord, revision: int) -> str:
        """The hash of the task definitions that the sequence names, as they are now."""
        place = (record.project_id, record.id, revision)
        wanted = self._task_ids.get(place)
        if wanted is None:
            document = self._sequences.get_revision(*place)
            names = {node.get("taskDefinitionId") for node in document["nodes"]}
            wanted = self._task_ids[place] = tuple(sorted(name for name in names if name))
        documents = self._task_definitions.known(record.project_id, wanted) if wanted else {}
        return self._task_definitions.pin(record.project_id, documents)


def error_of_start(problem: Refused | NotFound) -> Error:
    """The error of a node whose child can not be started."""
    code = PREFIX + problem.code if isinstance(problem, Refused) else UNKNOWN_SEQUENCE
    return Error(code, str(problem))


def pin_of(revision: int | None, tasks_version: str | None) -> Pin | None:
    """What a start runs on that says so itself."""
    return None if revision is None or tasks_version is None else Pin(revision, tasks_version)
