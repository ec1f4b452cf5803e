"""Random walks: an execution is driven by messages that come in any order, twice, or late, and in
the end by all that it waits for.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.state import NodeRun
from seriatim.domain.values import ChildOutcome, Error, Status
from tests.builders import Driver
from tests.random_ledgers import Ledgers
from tests.random_sequences import TASKS, Choose, chosen_by, random_sequence

WILD_MESSAGES_MAX = 60
CALM_MESSAGES_MAX = 3_000


def walk(
    choose: Choose,
    document: dict[str, Any] | None = None,
    between: Callable[[Driver], None] = lambda _: None,
) -> Driver:
    """An execution of a random sequence, from its start to its end; ``between`` is called after
    each of the messages that come in any order.

    Raises ``AssertionError`` where it does not end though all that it waits for has come.
    """
    document = document or random_sequence(choose)
    stored = canonical(TaskSequence.model_validate(document))
    driver = Driver(stored, tasks=TASKS, is_counted=True)
    ledgers = Ledgers(driver)
    for _ in range(choose(WILD_MESSAGES_MAX)):
        if driver.current.status.is_terminal:
            break
        ledgers.take_in()
        if ledgers.answers and choose(2) == 0:
            _wild_answer(driver, ledgers, choose)
        else:
            wild_message(driver, choose)
        between(driver)
    bring_to_its_end(driver, ledgers)
    return driver


def _wild_answer(driver: Driver, ledgers: Ledgers, choose: Choose) -> None:
    """A ledger's answer arrives, out of order, and perhaps not for the last time."""
    place = choose(len(ledgers.answers))
    driver.send(ledgers.answers[place])
    if choose(3):
        del ledgers.answers[place]


def wild_message(driver: Driver, choose: Choose) -> None:
    """Something happens: mostly what the execution waits for, sometimes what it does not."""
    runs = [run for _, run in sorted(driver.current.active.items())]
    kind = choose(13)
    if kind < 7 and runs:
        _report(driver, runs[choose(len(runs))], choose)
    elif kind == 7:
        driver.pass_time(1 + choose(20_000))
    elif kind == 8:
        driver.now += choose(20_000)  # whatever should ring now is late
        late = sorted(driver.promised)
        if late and late[0] <= driver.now:
            driver.send(m.TimerDue(at=late[choose(len(late))] if choose(3) == 1 else late[0]))
    elif kind == 9:
        driver.signal(f"s{choose(2)}", key=f"k{choose(6)}")
    elif kind == 10:
        driver.send(m.VariablesUpdate(values={"flag": choose(2) == 0, "v": choose(3)}))
    elif kind == 11:
        _take_in_hand(driver, runs, choose)
    elif choose(25) == 1:
        driver.send(m.CancelRequest(reason="enough"))
    else:
        attempt, number = 1 + choose(2), 1 + choose(driver.current.node_runs + 1)
        driver.send(m.TaskSuccess(number=number, attempt=attempt, result={"v": choose(3)}))


def _take_in_hand(driver: Driver, runs: list[NodeRun], choose: Choose) -> None:
    """An operator does something; mostly the execution is paused for a while."""
    if driver.current.pause is not None:
        driver.send(m.ResumeRequest())
    elif choose(2) == 0 or not runs:
        driver.send(m.PauseRequest())
    else:
        action = ("skip", "complete", "fail", "run-now")[choose(4)]
        node_id = runs[choose(len(runs))].node_id
        driver.send(m.NodeOrder(node_id=node_id, action=action, key=f"o{choose(20)}"))


def _report(driver: Driver, run: NodeRun, choose: Choose) -> None:
    """A report about one node run, of the right kind."""
    if run.wait is not None and run.wait.kind == "child":
        outcomes = (
            ChildOutcome(Status.SUCCEEDED, {"v": choose(3)}),
            ChildOutcome(Status.FAILED, error=Error(f"E{choose(3)}")),
            ChildOutcome(Status.CANCELLED),
        )
        _end_child(driver, run, outcomes[choose(3)])
        return
    if run.number in driver.current.families:
        outcome = (ChildOutcome(Status.SUCCEEDED), ChildOutcome(Status.FAILED))[choose(2)]
        _end_child_of_item(driver, run, choose(3), outcome)
        return
    attempt = max(1, run.attempts)
    messages: tuple[m.AnyMessage, ...] = (
        *[m.TaskSuccess(number=run.number, attempt=attempt, result={"v": choose(3)})] * 5,
        m.TaskFailure(
            number=run.number,
            attempt=attempt,
            error=Error(f"E{choose(3)}", retryable=choose(2) == 0),
        ),
        m.TaskPickup(number=run.number, attempt=attempt, worker_id=f"w{choose(2)}"),
        m.TaskHeartbeat(number=run.number, attempt=attempt),
    )
    driver.send(messages[choose(len(messages))])


def _end_child(driver: Driver, run: NodeRun, outcome: ChildOutcome) -> None:
    assert run.wait is not None
    child_id = run.wait.node_ids[0]
    driver.send(m.ChildResult(number=run.number, child_id=child_id, outcome=outcome))


def _end_child_of_item(driver: Driver, run: NodeRun, index: int, outcome: ChildOutcome) -> None:
    attempt = driver.current.families[run.number].attempt
    child_id = child_id_of("exec-1", run.number, attempt, index)
    message = m.ChildResult(number=run.number, child_id=child_id, outcome=outcome, index=index)
    driver.send(message)


def bring_to_its_end(driver: Driver, ledgers: Ledgers) -> None:
    """Complete whatever runs and give whatever is waited for, until the execution is over."""
    if driver.current.pause is not None:
        driver.send(m.ResumeRequest())
    for count in range(CALM_MESSAGES_MAX):
        if driver.current.status.is_terminal:
            _check_over(driver)
            ledgers.check_over()
            return
        ledgers.take_in()
        if ledgers.answers:
            driver.send(ledgers.answers.pop(0))
            continue
        if count % 20 == 19:  # a boundary may take every signal that another node waits for
            driver.pass_time(60_000)
            continue
        state = driver.current
        for _, run in sorted(state.active.items()):
            give(driver, run)
            if driver.current != state:
                break
        else:
            if ledgers.deny_ring():
                continue
            assert driver.promised, f"stuck: {driver.active()}, {state.parked}"
            driver.pass_time(min(driver.promised) - driver.now)
    raise AssertionError(f"no end in sight: {driver.active()}")


def give(driver: Driver, run: NodeRun) -> None:
    """What a node run waits for, unless that is time."""
    kind = run.wait.kind if run.wait is not None else "attempt"
    if run.retry_at is not None:
        return
    match kind:
        case "child":
            _end_child(driver, run, ChildOutcome(Status.SUCCEEDED))
        case "children":
            family = driver.current.families[run.number]
            open_items = family.open_indexes
            _end_child_of_item(driver, run, open_items[0], ChildOutcome(Status.SUCCEEDED))
        case "incident":
            driver.send(m.NodeOrder(node_id=run.node_id, action="skip"))
        case "signal":
            assert run.wait is not None
            assert run.wait.name is not None
            driver.signal(run.wait.name)
        case "until":
            driver.send(m.VariablesUpdate(values={"flag": True, "v": 1}))
        case "attempt" | "callback" if run.attempts:
            result = {"v": len(driver.steps) % 3}
            driver.send(m.TaskSuccess(number=run.number, attempt=run.attempts, result=result))
        case _:
            pass


def _check_over(driver: Driver) -> None:
    """What holds of every execution that is over."""
    state = driver.current
    assert (len(state.active), state.busy, state.until_waits) == (0, 0, ())
    asked = [x for x in driver.commands if isinstance(x, c.RunTask)]
    assert len({(x.number, x.attempt) for x in asked}) == len(asked), (
        "an attempt was asked for twice"
    )
    children = [x.child_id for x in driver.commands if isinstance(x, c.StartChild)]
    assert len(set(children)) == len(children)
    times = [step.time for step in driver.steps]
    assert times == sorted(times), "time went back"


def logs_of(count: int) -> str:
    """A digest of the logs of so many executions, the same on every machine."""
    digest = hashlib.sha256()
    for seed in range(count):
        for step in walk(chosen_by(f"seed {seed}")).steps:
            digest.update(msgspec.json.encode(step))
    return digest.hexdigest()
