"""A step is bounded: what it may not hold is left to a continuation."""

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.turn import NODE_RUNS_PER_STEP_MAX
from tests.builders import Driver, sequence

WIDE = 1_200
NAMES = [f"t{n}" for n in range(WIDE)]


def begun() -> Driver:
    """A wide fork of which the first step has been decided."""
    driver = Driver(
        sequence("start > a > fork", *(f"fork > {x} > join" for x in NAMES), "join > end")
    )
    number = driver.run_of("a").number
    driver.send_once(m.TaskSuccess(number=number, attempt=1, result={}))
    return driver


def test_a_wide_fork_takes_several_steps_in_order() -> None:
    driver = begun()
    assert len(driver.active()) == NODE_RUNS_PER_STEP_MAX - 1
    driver.send(m.Continuation())
    assert driver.active() == NAMES
    starts = [
        sum(isinstance(event, e.NodeStarted) for event in step.events) for step in driver.steps
    ]
    assert starts == [2, 500, 500, 201]
    continues = [c.Continue() in step.commands for step in driver.steps]
    assert continues == [False, True, True, False]


def test_a_result_may_come_before_the_continuation() -> None:
    driver = begun()
    first = driver.open_tasks[1]
    driver.send_once(m.TaskSuccess(number=first.number, attempt=1, result={}))
    assert driver.must_continue
    driver.send_once(m.Continuation())
    driver.send_once(m.Continuation())
    assert len(driver.active()) == WIDE - 1
    assert driver.send_once(m.Continuation()) == ()
    assert driver.refused is None


def test_a_join_does_not_fire_while_tokens_are_still_on_their_way() -> None:
    driver = begun()
    for task in driver.open_tasks[1:50]:
        driver.send_once(m.TaskSuccess(number=task.number, attempt=1, result={}))
    assert driver.count_of("join") == 0
    driver.send(m.Continuation())
    assert driver.count_of("join") == 0


def test_an_execution_with_tokens_on_their_way_is_running() -> None:
    document = sequence(
        "start > fork",
        *(f"fork > timer{n} > end" for n in range(WIDE)),
        nodes={f"timer{n}": {"parameters": {"durationSeconds": 60}} for n in range(WIDE)},
    )
    driver = Driver(document)
    assert driver.status == "waiting"
    statuses = [x.status for x in driver.events if isinstance(x, e.ExecutionStatusChanged)]
    assert statuses == ["waiting"]
    driver.pass_time(60_000)
    assert driver.status == "succeeded"


def test_a_failure_while_tokens_are_on_their_way_ends_it_all() -> None:
    driver = begun()
    driver.fails("t0", "Bad")
    assert driver.error_code == "Bad"
    assert len(driver.commands_of(c.CancelTask)) == NODE_RUNS_PER_STEP_MAX - 2
    driver.send_once(m.Continuation())
    assert driver.refused == "ExecutionOver"


def test_a_continuation_with_nothing_left_changes_nothing() -> None:
    driver = Driver(sequence("start > a > end"))
    assert driver.send(m.Continuation()) == ()
    assert driver.refused is None
    assert len(driver.steps) == 1
