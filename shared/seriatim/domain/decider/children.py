"""Subprocess nodes with ``forEach``: one child execution per item.

The parent keeps the list once and one short event per child, so that its log stays small; the
children are called for in batches, as many at once as ``maxConcurrency`` allows.
"""

from typing import Any

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain.decider import attempts, ending
from seriatim.domain.decider.completing import complete
from seriatim.domain.decider.foreach import concurrency_of, items_of
from seriatim.domain.decider.mappings import filled_parameters, filled_template
from seriatim.domain.decider.names import Names
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.errors import CHILD_FAILED, TYPE_MISMATCH
from seriatim.domain.limits import CHILDREN_MAX
from seriatim.domain.plan import Plan
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import ChildOutcome, Error, Status

CHILDREN_PER_STEP_MAX = 500
"""Children that one step calls for."""


def begin(turn: Turn, run: NodeRun, sequence_id: str) -> None:
    """Evaluate the list; the children are called for as the turn settles."""
    node = turn.node(run)
    attempt = run.attempts + 1
    items = items_of(turn, node, run, CHILDREN_MAX, "let each child take several")
    tolerated = filled_parameters(turn, node, run.scope).get("toleratedFailurePercentage") or 0
    if isinstance(tolerated, bool) or not isinstance(tolerated, int | float):
        message = f"toleratedFailurePercentage of {node.id!r} must be a number"
        raise NodeError(TYPE_MISMATCH, message, {"toleratedFailurePercentage": tolerated})
    is_awaited = run.inputs.get("waitForCompletion") is not False
    attempts.schedule(turn, run, attempt)
    turn.emit(
        e.ChildrenListed(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            items=items,
            sequence_id=sequence_id,
            attempt=attempt,
            failures_max=int(len(items) * tolerated / 100),
            concurrency_max=concurrency_of(turn, node, run) if is_awaited else None,
            is_awaited=is_awaited,
        )
    )
    turn.open_families.add(run.number)


def go_on(turn: Turn, run: NodeRun) -> None:
    """After a redrive: call for the children of the items whose child has not succeeded."""
    attempts.schedule(turn, run, turn.state.families[run.number].attempt)
    turn.open_families.add(run.number)


def move_on(turn: Turn) -> bool:
    """Call for the next children of a family, or complete it. Returns whether anything moved."""
    for number in sorted(turn.open_families):
        turn.open_families.discard(number)
        family = turn.state.families.get(number)
        if family is None or number not in turn.state.active:
            continue
        if turn.run(number).awaits_permits:
            continue  # after a redrive: what it acquires comes first
        if not family.is_awaited and family.started == family.to_start:
            if number in turn.calling_families:
                # The next step completes the node: this one's children are read from the family.
                turn.has_more = True
                continue
            complete(turn, turn.run(number), {"started": len(family.items)})
            return True
        if len(family.ended) == len(family.items):
            _complete(turn, turn.run(number))
            return True
        if family.may_start:
            _start(turn, turn.run(number), min(family.may_start, CHILDREN_PER_STEP_MAX))
            return True
    return False


def _start(turn: Turn, run: NodeRun, count: int) -> None:
    family = turn.state.families[run.number]
    first = family.started
    turn.emit(
        e.ChildrenStarted(
            number=run.number, node_id=run.node_id, run=run.run, first=first, count=count
        )
    )
    turn.call_for(
        c.StartChildren(number=run.number, attempt=family.attempt, first=first, count=count)
    )
    turn.calling_families.add(run.number)
    if turn.state.families[run.number].may_start:
        turn.has_more = True
    elif not family.is_awaited:
        turn.open_families.add(run.number)


def _complete(turn: Turn, run: NodeRun) -> None:
    family = turn.state.families[run.number]
    items = [family.ended[index] or {} for index in range(len(family.items))]
    succeeded = len(items) - family.failed
    complete(turn, run, {"items": items, "succeeded": succeeded, "failed": family.failed})


def child_ended(turn: Turn, run: NodeRun, index: int, outcome: ChildOutcome) -> None:
    """One child has ended; one failure too many fails the node, and the other children are
    cancelled.
    """
    is_good = outcome.status is Status.SUCCEEDED
    error = None if is_good else outcome.error or Error(CHILD_FAILED, outcome.status.value)
    turn.emit(
        e.ChildOfItemEnded(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            index=index,
            outputs=outcome.outputs if is_good else {},
            error=error,
        )
    )
    family = turn.state.families[run.number]
    if family.failed <= family.failures_max:
        turn.open_families.add(run.number)
        return
    ending.recall(turn, run, "too many items have failed")
    first = family.first_error
    details = {
        "failed": family.failed,
        "items": len(family.items),
        "firstError": None if first is None else {"code": first.code, "message": first.message},
    }
    text = f"{family.failed} of {len(family.items)} child executions have failed"
    failure = Error(CHILD_FAILED, text, details, retryable=True)
    attempts.attempt_failed(turn, turn.run(run.number), failure)


def child_variables(plan: Plan, state: State, number: int, index: int) -> dict[str, Any]:
    """Initial variables of one child: ``item`` and ``index``, overlaid by the node's
    ``variables`` and mappings.

    Raises ``NodeError`` where an expression fails.
    """
    run = state.active[number]
    node = plan.node(run.node_id)
    item = state.families[number].items[index]
    places = {"item": item, "index": index, "inputs": run.inputs}
    names = Names(plan, state, run.scope, places)
    variables: dict[str, Any] = {"item": item, "index": index}
    variables |= filled_template(node.variables_template, names, node.id)
    for rule in node.input_rules:
        variables[rule.target_input] = run.inputs[rule.target_input]
    return variables
