"""Fields that were given and can have no effect. Warnings, all of them."""

from collections.abc import Iterator

from seriatim.domain.definition.kinds import (
    BOUNDARY_TRIGGERS,
    DependencyType,
    EndStatus,
    NodeType,
    SignalMode,
)
from seriatim.domain.definition.node_parameters import (
    EndParameters,
    ForkParameters,
    NodeParameters,
    SignalParameters,
    SubprocessParameters,
    WaitParameters,
)
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, warning

IdleField = tuple[tuple[PathPart, ...], str]
"""Where it is in the node, and what to do."""

BOUNDED_TYPES = frozenset(
    {NodeType.TASK, NodeType.SUBPROCESS, NodeType.WAIT, NodeType.TIMER, NodeType.SIGNAL}
)
"""Types of nodes that may take time by themselves, which ``timeoutSeconds`` bounds."""


def check_effects(inspection: Inspection) -> Iterator[Problem]:
    """Warnings: what was given and can have no effect."""
    acquired = {pool for number in inspection.numbers for pool in inspection.node(number).acquire}
    for number in inspection.numbers:
        node = inspection.node(number)
        for pool in sorted(node.release.keys() - acquired):
            what = f"no node acquires units of {pool!r}, so there is nothing to release"
            code, said = ProblemCode.FIELD_HAS_NO_EFFECT, f"Node {node.id!r}: {what}."
            yield warning(code, said, "nodes", number, "release", pool, node_id=node.id)
        for field, message in _idle_fields(inspection, number):
            code, said = ProblemCode.FIELD_HAS_NO_EFFECT, f"Node {node.id!r}: {message}."
            yield warning(code, said, "nodes", number, *field, node_id=node.id)
        waits = bool(node.acquire) or any(
            dependency.type is DependencyType.BLOCKING for dependency in node.dependencies
        )
        if waits or _is_bounded(inspection, number) or _is_for_each(inspection, number):
            continue
        for place in inspection.leaving(number, *BOUNDARY_TRIGGERS):
            transition = inspection.transition(place)
            message = (
                f"Transition {transition.id!r} has the trigger {transition.trigger.value!r}, but "
                f"{node.id!r} is a {node.type.value} and never waits; put it on a node that does."
            )
            yield warning(
                ProblemCode.BOUNDARY_NEVER_FIRES,
                message,
                *("transitions", place, "trigger"),
                node_id=node.id,
                transition_id=transition.id,
            )


def _is_bounded(inspection: Inspection, number: int) -> bool:
    """Whether the node may take time by itself, which ``timeoutSeconds`` bounds."""
    parameters = inspection.parameters.get(number)
    sends = isinstance(parameters, SignalParameters) and parameters.mode is SignalMode.SEND
    return inspection.node(number).type in BOUNDED_TYPES and not (sends or _lets_go(parameters))


def _lets_go(parameters: NodeParameters | None) -> bool:
    """Whether the node calls for one child, does not wait for it, and is done at once."""
    return (
        isinstance(parameters, SubprocessParameters)
        and not parameters.wait_for_completion
        and parameters.for_each is None
    )


def _is_for_each(inspection: Inspection, number: int) -> bool:
    """Whether the node is a fork that lasts as long as its items."""
    parameters = inspection.parameters.get(number)
    return isinstance(parameters, ForkParameters) and parameters.for_each is not None


def _has_attempts(inspection: Inspection, number: int) -> bool:
    """Whether the node runs attempts, which time-outs end and retries follow."""
    node, parameters = inspection.node(number), inspection.parameters.get(number)
    if node.type is NodeType.WAIT:
        return not isinstance(parameters, WaitParameters) or parameters.callback
    if isinstance(parameters, SignalParameters):
        return parameters.mode is SignalMode.SEND
    return node.type in {NodeType.TASK, NodeType.SUBPROCESS} and not _lets_go(parameters)


def _idle_fields(inspection: Inspection, number: int) -> Iterator[IdleField]:
    node = inspection.node(number)
    if node.type is not NodeType.TASK:
        if node.task_definition_id is not None:
            yield ("taskDefinitionId",), "'taskDefinitionId' is for task nodes; leave it out"
        if node.resources:
            what = "'resources' is for task nodes; use 'acquire' and 'release' here"
            yield ("resources",), what
    yield from _idle_bounds(inspection, number)
    parameters = inspection.parameters.get(number)
    if (
        isinstance(parameters, SubprocessParameters)
        and parameters.tolerated_failure_percentage != 0
        and not parameters.wait_for_completion
    ):
        what = "children that are not waited for fail nobody; leave it out"
        yield ("parameters", "toleratedFailurePercentage"), what
    if (
        isinstance(parameters, EndParameters)
        and parameters.error_code is not None
        and parameters.status is not EndStatus.FAILED
    ):
        yield ("parameters", "errorCode"), "'errorCode' goes with status 'failed'"


def _idle_bounds(inspection: Inspection, number: int) -> Iterator[IdleField]:
    """Time-outs and retries of what has no attempt."""
    node = inspection.node(number)
    none = f"nodes of type {node.type.value!r} have none"
    if _lets_go(inspection.parameters.get(number)):
        none = "with 'waitForCompletion: false' there is none"
    if node.timeout_seconds and not _is_bounded(inspection, number):
        instead = "use a timer transition" if _is_for_each(inspection, number) else "leave it out"
        yield ("timeoutSeconds",), f"'timeoutSeconds' bounds an attempt, and {none}; {instead}"
    has_attempts = _has_attempts(inspection, number)
    is_silent = node.type in {NodeType.SUBPROCESS, NodeType.SIGNAL}
    if node.heartbeat_seconds and (is_silent or not has_attempts):
        what = "'heartbeatSeconds' is for tasks and for waits with 'callback: true'; leave it out"
        yield ("heartbeatSeconds",), what
    if node.queue_timeout_seconds and node.type is not NodeType.TASK:
        yield ("queueTimeoutSeconds",), "'queueTimeoutSeconds' is for task nodes; leave it out"
    policy = node.retry_policy
    if policy is not None and policy.max_retries and not has_attempts and not node.acquire:
        yield ("retryPolicy",), f"'retryPolicy' retries attempts, and {none}; leave it out"
