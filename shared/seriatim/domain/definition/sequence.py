"""The sequence and its parts: the founding document's data model with what was added to it.

Field by field documented in ``docs/definition.md``. A model says what one field may be; how fields
and parts must agree is for ``domain.validation``.
"""

from typing import Annotated, Any

from pydantic import Field

from seriatim.domain import limits
from seriatim.domain.definition.fields import (
    Concurrency,
    Description,
    Id,
    JsonObject,
    Lax,
    Metadata,
    Model,
    Name,
    OptionalName,
    Priority,
    RetentionDays,
    Seconds,
    Source,
    Units,
    Version,
    bounded,
    integer,
    number,
)
from seriatim.domain.definition.kinds import (
    DependencyEvent,
    DependencyType,
    FailurePolicy,
    Jitter,
    NodeType,
    SequenceStatus,
    Trigger,
    VariableScope,
    VariableType,
)


class InputMapping(Model):
    """Gives an output of another node to this one as an input; ``transformation`` sees it as
    ``value``.
    """

    source_node_id: Id
    source_output_name: Name
    target_input_name: Name
    transformation: Source | None = None


class OutputMapping(Model):
    """Names an output of the node, computed from ``result``, ``inputs`` and the variables.

    ``target_variable`` is assigned too; without one, the declared variable of the output's own
    name, if there is one.
    """

    output_name: Name
    value_expression: Source
    target_variable: Name | None = None


class RetryPolicy(Model):
    """How often and when a failed attempt is tried again.

    ``retryable_errors`` absent means every error that is marked retryable; an empty list means
    none.
    """

    max_retries: Annotated[int, *integer(0, limits.RETRIES_MAX)] = limits.RETRIES_DEFAULT
    retry_interval_seconds: Seconds = limits.RETRY_INTERVAL_SECONDS_DEFAULT
    backoff_multiplier: Annotated[
        int | float, *number(limits.BACKOFF_MULTIPLIER_MIN, limits.BACKOFF_MULTIPLIER_MAX)
    ] = limits.BACKOFF_MULTIPLIER_DEFAULT
    max_interval_seconds: Seconds = limits.DURATION_SECONDS_MAX
    retryable_errors: Annotated[tuple[Name, ...], *bounded(limits.RETRYABLE_ERRORS_MAX)] | None = (
        None
    )
    jitter: Annotated[Jitter, Lax] = Jitter.NONE


class Dependency(Model):
    """Another node that this one needs, beyond the flow."""

    node_id: Id
    type: Annotated[DependencyType, Lax] = DependencyType.BLOCKING
    on: Annotated[DependencyEvent, Lax] = DependencyEvent.SUCCEEDED


PoolUnits = Annotated[dict[Id, Units], *bounded(limits.POOLS_PER_NODE_MAX)]


class TaskNode(Model):
    """A vertex of a sequence. ``parameters`` depend on its type (``node_parameters``).

    A name that is not given is the id. ``retry_policy`` absent means the task definition's.
    """

    id: Id
    name: Name = ""
    description: Description = ""
    type: Annotated[NodeType, Lax]
    task_definition_id: Id | None = None
    parameters: JsonObject = Field(default_factory=dict)
    input_mappings: Annotated[tuple[InputMapping, ...], *bounded(limits.MAPPINGS_PER_NODE_MAX)] = ()
    output_mappings: Annotated[
        tuple[OutputMapping, ...], *bounded(limits.MAPPINGS_PER_NODE_MAX)
    ] = ()
    timeout_seconds: Seconds = 0
    heartbeat_seconds: Seconds = 0
    queue_timeout_seconds: Seconds = 0
    retry_policy: RetryPolicy | None = None
    dependencies: Annotated[tuple[Dependency, ...], *bounded(limits.DEPENDENCIES_PER_NODE_MAX)] = ()
    cancel_node_ids: Annotated[tuple[Id, ...], *bounded(limits.CANCELLED_NODES_PER_NODE_MAX)] = ()
    resources: PoolUnits = Field(default_factory=dict)
    acquire: PoolUnits = Field(default_factory=dict)
    release: PoolUnits = Field(default_factory=dict)
    metadata: Metadata = Field(default_factory=dict)


class Transition(Model):
    """A directed edge. ``after_seconds``, ``signal_name`` and ``interrupting`` belong to timer and
    signal triggers.
    """

    id: Id
    name: OptionalName = ""
    source_node_id: Id
    target_node_id: Id
    condition: Source | None = None
    priority: Priority = 0
    trigger: Annotated[Trigger, Lax] = Trigger.SUCCESS
    after_seconds: Seconds | None = None
    signal_name: Name | None = None
    interrupting: bool = True
    metadata: Metadata = Field(default_factory=dict)


class SequenceVariable(Model):
    """A declared variable. A default of null is the same as none."""

    name: Name
    type: Annotated[VariableType, Lax] = VariableType.ANY
    default_value: Any = None
    scope: Annotated[VariableScope, Lax] = VariableScope.SEQUENCE
    description: Description = ""


class TaskSequence(Model):
    """A definition: nodes and transitions, with a life cycle.

    ``id``, ``project_id``, ``status`` and ``revision`` are the service's; which of them a document
    may carry is the reading mode's business (``validation.parse``). ``revision`` 0 means that none
    was published.
    """

    id: Id = ""
    name: Name
    description: Description = ""
    version: Version = ""
    project_id: Id = ""
    status: Annotated[SequenceStatus, Lax] = SequenceStatus.DRAFT
    revision: Annotated[int, *integer(0, limits.REVISION_MAX)] = 0
    nodes: Annotated[tuple[TaskNode, ...], *bounded(limits.NODES_MAX)]
    transitions: Annotated[tuple[Transition, ...], *bounded(limits.TRANSITIONS_MAX)]
    variables: Annotated[tuple[SequenceVariable, ...], *bounded(limits.VARIABLES_MAX)] = ()
    timeout_seconds: Seconds = 0
    failure_policy: Annotated[FailurePolicy, Lax] = FailurePolicy.FAIL_FAST
    on_failure_sequence_id: Id | None = None
    max_node_runs: Annotated[int, *integer(1, limits.NODE_RUNS_MAX)] = limits.NODE_RUNS_DEFAULT
    max_concurrent_executions: Concurrency | None = None
    retention_days: RetentionDays | None = None
    metadata: Metadata = Field(default_factory=dict)
