"""Rules of single nodes and transitions: what parameters and triggers must have together."""

from collections.abc import Iterator

from seriatim.domain.definition.kinds import (
    BOUNDARY_TRIGGERS,
    JoinMode,
    NodeType,
    SignalMode,
    Trigger,
)
from seriatim.domain.definition.node_parameters import (
    ForkParameters,
    JoinParameters,
    SignalParameters,
    SubprocessParameters,
    TimerParameters,
    WaitParameters,
)
from seriatim.domain.definition.sequence import Transition
from seriatim.domain.limits import BODY_NODES_MAX
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error

Finding = tuple[ProblemCode, str, str]
"""Code, field and message."""

MISSING, INVALID = ProblemCode.MISSING_PARAMETER, ProblemCode.INVALID_PARAMETER


def check_parameters(inspection: Inspection) -> Iterator[Problem]:
    """Whether the parameters of every node suit its type."""
    yield from inspection.parameter_problems
    for number in inspection.parameters:
        node = inspection.node(number)
        for code, field, message in _findings(inspection, number):
            path = ("nodes", number, "parameters", field)
            yield error(code, f"Node {node.id!r}: {message}.", *path, node_id=node.id)
    if len(inspection.bodies) < len(inspection.closing_joins):
        message = (
            f"The forEach bodies hold more than {BODY_NODES_MAX:,} nodes, nested ones counted "
            "each time; check that each 'joinNodeId' ends its body, or nest them less."
        )
        yield error(ProblemCode.TOO_MANY, message, "nodes")


def _findings(inspection: Inspection, number: int) -> Iterator[Finding]:
    match inspection.parameters[number]:
        case ForkParameters() as fork:
            yield from _fork(inspection, fork)
        case JoinParameters() as join:
            yield from _join(inspection, number, join)
        case SubprocessParameters() as subprocess if subprocess.for_each is None:
            if subprocess.max_concurrency is not None:
                yield INVALID, "maxConcurrency", "'maxConcurrency' goes with 'forEach'"
            if subprocess.tolerated_failure_percentage != 0:
                field = "toleratedFailurePercentage"
                yield INVALID, field, f"{field!r} goes with 'forEach'"
        case WaitParameters(until=None, callback=False):
            if not inspection.has_boundary(number):
                what = "a wait needs 'until', 'callback: true' or timer or signal transitions"
                yield MISSING, "until", what
        case TimerParameters(duration_seconds=None, at=None):
            yield MISSING, "durationSeconds", "a timer needs 'durationSeconds' or 'at'"
        case TimerParameters() as timer if timer.duration_seconds is not None and timer.at:
            yield INVALID, "at", "a timer takes 'durationSeconds' or 'at', not both"
        case SignalParameters() as signal:
            yield from _signal(signal)
        case _:
            pass


def _fork(inspection: Inspection, fork: ForkParameters) -> Iterator[Finding]:
    if fork.for_each is None:
        if fork.join_node_id is not None:
            yield INVALID, "joinNodeId", "'joinNodeId' goes with 'forEach'"
        if fork.max_concurrency is not None:
            yield INVALID, "maxConcurrency", "'maxConcurrency' goes with 'forEach'"
        return
    if fork.join_node_id is None:
        what = "'forEach' needs 'joinNodeId', the join that ends the body"
        yield MISSING, "joinNodeId", what
        return
    join = inspection.number_of.get(fork.join_node_id)
    if join is None:
        what = f"'joinNodeId' names the unknown node {fork.join_node_id!r}; name a join"
        yield ProblemCode.UNKNOWN_NODE, "joinNodeId", what
    elif inspection.node(join).type is not NodeType.JOIN:
        what = f"'joinNodeId' names {fork.join_node_id!r}, which is no join; name a join"
        yield INVALID, "joinNodeId", what


def _join(inspection: Inspection, number: int, join: JoinParameters) -> Iterator[Finding]:
    if join.mode is JoinMode.COUNT:
        if join.count is None:
            yield MISSING, "count", "mode 'count' needs 'count'"
    elif join.count is not None:
        yield INVALID, "count", "'count' goes with mode 'count'"
    if join.mode is JoinMode.EXPRESSION:
        if join.complete_when is None:
            yield MISSING, "completeWhen", "mode 'expression' needs 'completeWhen'"
    elif join.complete_when is not None:
        yield INVALID, "completeWhen", "'completeWhen' goes with mode 'expression'"
    if isinstance(join.count, int) and number not in inspection.forks_of:
        incoming = len(inspection.incoming[number])
        if join.count > incoming:
            what = f"'count' is {join.count:,}, but only {incoming:,} transitions lead here"
            yield ProblemCode.COUNT_TOO_HIGH, "count", f"{what}; lower it or add transitions"


def _signal(signal: SignalParameters) -> Iterator[Finding]:
    if signal.mode is SignalMode.SEND:
        if signal.target_execution_id is None:
            yield MISSING, "targetExecutionId", "mode 'send' needs 'targetExecutionId'"
        return
    if signal.target_execution_id is not None:
        yield INVALID, "targetExecutionId", "'targetExecutionId' goes with mode 'send'"
    if signal.payload is not None:
        yield INVALID, "payload", "'payload' goes with mode 'send'"


def check_triggers(inspection: Inspection) -> Iterator[Problem]:
    """Whether every transition has what its trigger needs, and nothing of another's."""
    for place, transition in enumerate(inspection.sequence.transitions):
        for field, message in _trigger_findings(transition):
            yield error(
                ProblemCode.INVALID_TRIGGER,
                f"Transition {transition.id!r}: {message}.",
                *("transitions", place, field),
                transition_id=transition.id,
            )


def _trigger_findings(transition: Transition) -> Iterator[tuple[str, str]]:
    trigger = transition.trigger
    if trigger is Trigger.TIMER:
        if transition.after_seconds is None:
            yield "afterSeconds", "trigger 'timer' needs 'afterSeconds'"
    elif transition.after_seconds is not None:
        yield "afterSeconds", "'afterSeconds' goes with trigger 'timer'"
    if trigger is Trigger.SIGNAL:
        if transition.signal_name is None:
            yield "signalName", "trigger 'signal' needs 'signalName'"
    elif transition.signal_name is not None:
        yield "signalName", "'signalName' goes with trigger 'signal'"
    if trigger not in BOUNDARY_TRIGGERS and not transition.interrupting:
        yield "interrupting", "'interrupting: false' goes with trigger 'timer' or 'signal'"
