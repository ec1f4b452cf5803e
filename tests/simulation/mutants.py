"""Planted bugs: the checker is checked. Each is a change of one piece of the service, as it might
slip in; a seed must fail of it, by an invariant that is named here.

They are put in place of the right code while seeds are played, nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from seriatim.adapters.dynamodb import step_codec
from seriatim.application import continuing, status_events, worker
from seriatim.application.advancing import Advance
from seriatim.application.executions import Executions
from seriatim.application.handing_over import HandOver
from seriatim.application.ledger_calls import LedgerCalls
from seriatim.application.permits import Permits
from seriatim.application.starting import Starter
from seriatim.application.states import States
from seriatim.application.worker import Worker
from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain import snapshot, tally
from seriatim.domain.decider import (
    attempts,
    completing,
    decide,
    ending,
    entering,
    foreach,
    joins,
    signals,
    subprocesses,
    tokens,
    turn,
    waits,
)
from seriatim.domain.item_lists import ForEach
from seriatim.domain.permits import serving
from seriatim.domain.state import NodeRun, State
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.log import StepTaken
from tests.fakes.log import FakeLog
from tests.simulation.stores import SimulatedQueue, WatchedLog

replace = msgspec.structs.replace


@dataclass(frozen=True)
class Mutant:
    """``put`` sets attributes by the function that it is given, and is told nothing else."""

    name: str
    killed_by: str
    """The letters of the invariants that tell, whichever comes first; ``!``: an error is raised."""
    put: Callable[[Callable[[Any, str, Any], None]], None]


def mutant(name: str, killed_by: str, owner: Any, attribute: str, value: Any) -> Mutant:
    """One attribute is another one."""
    return Mutant(name, killed_by, lambda put: put(owner, attribute, value))


def narrow(put: Callable[[Any, str, Any], None]) -> None:
    """A step begins two node runs, and few steps are written in a row: that no seed has room for
    what is too wide for one step is no reason not to play it.
    """
    put(turn, "NODE_RUNS_PER_STEP_MAX", 2)
    put(continuing, "STEPS_MAX", 3)


def narrow_mutant(name: str, killed_by: str, owner: Any, attribute: str, value: Any) -> Mutant:
    """The same with narrow steps."""

    def put(setattr_: Callable[[Any, str, Any], None]) -> None:
        narrow(setattr_)
        setattr_(owner, attribute, value)

    return Mutant(name, killed_by, put)


# -- pieces that go wrong -------------------------------------------------------------------------


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    return None


def _no(*_args: Any, **_kwargs: Any) -> bool:
    return False


def _yes(*_args: Any, **_kwargs: Any) -> bool:
    return True


def _without(kind: type[c.Command]) -> Callable[..., Any]:
    """Handing over forgets one kind of command."""
    right = HandOver.carry

    def carry(self: HandOver, state: Any, commands: Any, step: int, **keep: Any) -> Any:
        kept = [command for command in commands if not isinstance(command, kind)]
        return right(self, state, kept, step, **keep)

    return carry


def _last_one(*args: Any) -> list[Advance]:
    return _RIGHT_CONTINUED(*args)[-1:]


def _no_rest(*args: Any) -> list[Advance]:
    found = _RIGHT_CONTINUED(*args)
    rest = continuing.without_rest(found[-1].commands)
    return [*found[:-1], replace(found[-1], commands=rest)]


def _first_only(self: SimulatedQueue, work: Sequence[Any]) -> None:
    for one in work[:1]:
        self._universe.send(one)


def _overwriting(self: FakeLog, key: ExecutionKey, step: Step, global_writes: Any = ()) -> None:
    """An append without its condition."""
    steps = self._steps.setdefault(key, [])
    steps[step.number - 1 :] = [self._codec.encode(key.project_id, step)]
    if isinstance(self, WatchedLog):
        self.tell(key, step.number)


def _taken_for_own(
    self: WatchedLog, key: ExecutionKey, step: Step, global_writes: Any = ()
) -> None:
    """A number that another writer has is taken for one's own."""
    try:
        _RIGHT_APPEND(self, key, step, global_writes)
    except StepTaken:
        return


_RIGHT_CONTINUED = continuing.continued
_RIGHT_APPEND = WatchedLog.append
_RIGHT_CHANGE = status_events._execution_change
_RIGHT_SNAPSHOT = snapshot.decode
_RIGHT_JOINED = step_codec._joined
_RIGHT_KNOWN = States.known
_RIGHT_UPDATE = tokens.update
_RIGHT_FAILED = attempts.attempt_failed
_RIGHT_CHILD_ID = subprocesses.child_id_of


def _behind(self: States, key: ExecutionKey) -> Any:
    """What is kept is taken for what is there."""
    return _RIGHT_KNOWN(self, key) or self._load(key)


def _open_attempt(self: NodeRun, attempt: int) -> bool:
    return not self.status.is_terminal and 0 < attempt <= self.attempts


def _never_tried_again(turn: Any, run: NodeRun, error: Any) -> None:
    completing.fail(turn, run, error)


def _counted_for_ever(state: State, number: int, **changes: Any) -> State:
    after = _RIGHT_UPDATE(state, number, **changes)
    return replace(after, back_soon=max(after.back_soon, state.back_soon))


def _delay_forgotten(turn: Any, run: NodeRun, error: Any) -> None:
    _RIGHT_FAILED(turn, run, error)
    turn.earliest = None


def _begins_at_once(turn: Any, run: NodeRun, error: Any) -> None:
    _RIGHT_FAILED(turn, run, error)
    if run.number in turn.state.active and turn.run(run.number).retry_at is not None:
        turn.due_retries.append(run.number)


def _any_for_all(node: Any) -> str:
    return "any"


def _all_may_start(self: ForEach, lost: int) -> bool:
    return not self.has_fired and self.started < len(self.items)


def _reversed_items(turn: Any, node: Any, run: NodeRun, arrived: list[Any]) -> None:
    found = [outputs for outputs in arrived if outputs is not None]
    items = list(reversed(arrived)) if run.closes is not None else arrived
    result: Any = {"items": items} if run.closes is not None else completing.NOTHING
    expected = len(arrived) if run.closes is not None else len(node.incoming)
    completing.complete(turn, run, result, {"arrived": found, "expected": expected})


def _child_by_count() -> Callable[..., str]:
    """A child's id that differs each time it is called for."""
    count = 0

    def child_id_of(*args: Any, **kwargs: Any) -> str:
        nonlocal count
        count += 1
        return f"{_RIGHT_CHILD_ID(*args, **kwargs)}{count}"

    return child_id_of


def _new_id(self: Starter, project_id: str, sequence_id: str, name: str | None) -> str:
    return self._ids.new("exec")


def _timer_at_once(turn: Any, run: NodeRun) -> None:
    completing.complete(turn, run)


def _after_the_end(right: Callable[..., Any]) -> Callable[..., Any]:
    """Cancelling what is over."""

    def decided(plan: Any, state: Any, message: Any, now: int, *rest: Any) -> Any:
        if state is not None and isinstance(message, m.CancelRequest | m.VariablesUpdate):
            state = replace(state, status=type(state.status).RUNNING)
        return right(plan, state, message, now, *rest)

    return decided


def _said_too_early(event: Any, **_step: Any) -> Any:
    """A redrive is told as if it had all that it asks for."""
    return _RIGHT_CHANGE(event, asks_first=False)


def _of_any_form(body: bytes) -> Any:
    """A snapshot is read whoever wrote it."""
    return _RIGHT_SNAPSHOT(body.replace(b'"form":"next"', f'"form":"{snapshot.FORM}"'.encode()))


def _passing_over(body: Any, references: Any, values: Any) -> Any:
    """A step is read without the events that are not known."""
    document = msgspec.json.decode(body)
    known = [event for event in document["events"] if event["type"] in step_codec.KNOWN]
    kept = msgspec.json.encode({**document, "events": known})
    return _RIGHT_JOINED(msgspec.Raw(kept), references, values)


MUTANTS: Final = (
    # what is handed over, and when
    mutant("a repeated delivery hands nothing over again", "L", Worker, "_take_up", _no),
    mutant("what is not wanted any more is not looked at", "L", worker, "is_wanted", _no),
    mutant("tasks are not handed over", "L", HandOver, "carry", _without(c.RunTask)),
    mutant("timers are not armed", "L", HandOver, "carry", _without(c.ArmTimer)),
    mutant("children are not started", "L", HandOver, "carry", _without(c.StartChild)),
    mutant("children of items are not started", "L", HandOver, "carry", _without(c.StartChildren)),
    mutant("a child does not report", "L", HandOver, "carry", _without(c.ReportToParent)),
    mutant("permits are not asked for", "L", HandOver, "carry", _without(c.RequestPermits)),
    mutant("permits are not given back", "PL", HandOver, "carry", _without(c.ReleasePermits)),
    mutant("a batch is sent in part", "L", SimulatedQueue, "send", _first_only),
    mutant("a call sends nothing first", "L", Executions, "_announce", _yes),
    mutant("an early timer is dropped", "L", HandOver, "ring_later", _nothing),
    mutant("the step of a call is waited for once", "L", worker, "DELIVERIES_OF_A_MISSING_STEP", 1),
    mutant("a redrive runs too early", "E", status_events, "_execution_change", _said_too_early),
    mutant("lists are not told", "L", HandOver, "repair_summary", _nothing),
    narrow_mutant("of steps in a row the last is handed over", "L", worker, "continued", _last_one),
    narrow_mutant("a rest that nobody begins is not sent", "L", worker, "continued", _no_rest),
    # the log
    mutant("an append overwrites", "S!", WatchedLog, "append", _overwriting),
    mutant("another's step is taken for one's own", "SLRP!", WatchedLog, "append", _taken_for_own),
    mutant("what is kept is never read anew", "SLRP!", States, "fresh", _behind),
    mutant("no step is found by its writer", "L", Step, "is_by", lambda *_: False),
    mutant("what a newer version wrote is passed over", "V", step_codec, "_joined", _passing_over),
    mutant("a newer version's snapshot is taken", "V", snapshot, "decode", _of_any_form),
    mutant("what was told is told again", "S", tally, "told", lambda state, _: state),
    # attempts
    mutant(
        "an old attempt stays open",
        "SR!",
        NodeRun,
        "is_attempt_open",
        _open_attempt,
    ),
    mutant("nothing is tried again", "LR", attempts, "attempt_failed", _never_tried_again),
    mutant("a back-off arms no timer", "LP!", attempts, "attempt_failed", _delay_forgotten),
    mutant("a back-off is skipped", "S", attempts, "attempt_failed", _begins_at_once),
    mutant("a back-off is never over", "S", tokens, "update", _counted_for_ever),
    mutant("silence is not noticed", "L", attempts, "timed_out", _nothing),
    mutant("a pick-up counts no silence", "LR!", attempts, "picked_up", _nothing),
    # time
    mutant("a timer rings at once", "S", waits, "begin_timer", _timer_at_once),
    mutant("what is due is not looked at", "L", waits, "on_time", _nothing),
    mutant("a timer is armed once", "L", decide, "_needs_timer", lambda armed, *_: armed is None),
    # joins and bodies
    mutant("a join fires at the first token", "RSL!", joins, "mode_of", _any_for_all),
    mutant("a join never acts", "LP", joins, "next_action", _nothing),
    mutant("items come in another order", "R", entering, "_complete_join", _reversed_items),
    mutant("more items run than may", "F", ForEach, "may_start", _all_may_start),
    mutant("items do not end", "L", foreach, "end_items", _no),
    # children
    mutant("a child's id differs each time", "RL", subprocesses, "child_id_of", _child_by_count()),
    mutant("a child's result is refused", "L", decide, "_about_child", _nothing),
    # the whole
    mutant("a name gives a new execution each time", "RSLE!", Starter, "execution_id", _new_id),
    mutant("an execution does not end", "L!", ending, "end_if_no_token_is_left", _nothing),
    mutant("signals are not given", "L", signals, "deliver_signals", _no),
    mutant("what is over can be changed", "S!", decide, "_refused", _nothing),
    # permits
    mutant("a release wakes nobody", "LP", Permits, "release", lambda *_a, **_k: ()),
    mutant("a ledger grants whatever is asked", "P!", serving, "fits", _yes),
    mutant("answers of ledgers are not sent", "LP", LedgerCalls, "carry", lambda *_a, **_k: ()),
)
