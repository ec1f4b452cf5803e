"""What every ``ExecutionLog`` does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain.step import Step, Tally
from seriatim.domain.values import ChildOutcome, Error, ExecutionKey, ParentLink, Status
from seriatim.ports.log import ExecutionLog, LogTail, Snapshot, StepTaken

BIG = "x" * 9_000
"""Over what one value may weigh in its item."""


def step(number: int, *events: e.AnyEvent, writer: str = "w", **rest: Any) -> Step:
    return Step(
        number=number,
        time=1_000 + number,
        first_event=number,
        writer=writer,
        events=events or (e.VariablesSet(values={"step": number}),),
        **rest,
    )


def append_steps(log: ExecutionLog, key: ExecutionKey, last: int) -> None:
    for number in range(1, last + 1):
        log.append(key, step(number))


@pytest.fixture
def key(project: str) -> ExecutionKey:
    return ExecutionKey(project, "exec-1")


def test_an_unknown_execution_is_empty(log: ExecutionLog, key: ExecutionKey) -> None:
    assert log.load(key) == LogTail(None, ())
    assert log.read(key) == ()


def test_steps_come_back_as_they_were_and_in_order(log: ExecutionLog, key: ExecutionKey) -> None:
    first = step(
        1,
        e.NodeSucceeded(number=1, node_id="a", outputs={"float": 1.0, "big": 2**80, "null": None}),
        e.NodeFailed(number=2, node_id="b", error=Error("Card.Declined", "no", {"left": -0.5})),
        commands=(c.RunTask(number=3), c.ArmTimer(at=5_000)),
        tally=Tally(1, 1),
    )
    log.append(key, first)
    log.append(key, step(2))
    assert log.read(key) == (first, step(2))
    assert log.load(key) == LogTail(None, (first, step(2)))


def test_a_taken_number_is_refused_and_keeps_its_step(log: ExecutionLog, key: ExecutionKey) -> None:
    log.append(key, step(1, writer="first"))
    with pytest.raises(StepTaken):
        log.append(key, step(1, writer="second"))
    assert log.read(key) == (step(1, writer="first"),)


def test_an_append_whose_answer_was_lost_recognises_itself(
    log: ExecutionLog, key: ExecutionKey
) -> None:
    ours = step(1, e.VariablesSet(values={"big": BIG}))
    log.append(key, ours)
    log.append(key, ours)
    assert log.read(key) == (ours,)


def test_the_same_writer_with_other_words_is_refused(log: ExecutionLog, key: ExecutionKey) -> None:
    """A second delivery of the same message, while the first still runs, decided something else."""
    log.append(key, step(1, e.VariablesSet(values={"x": 1})))
    with pytest.raises(StepTaken):
        log.append(key, step(1, e.VariablesSet(values={"x": 2})))


def test_reading_begins_after_a_number_and_ends_at_a_limit(
    log: ExecutionLog, key: ExecutionKey
) -> None:
    append_steps(log, key, 12)
    assert [s.number for s in log.read(key, after=9)] == [10, 11, 12]
    assert [s.number for s in log.read(key, after=3, limit=2)] == [4, 5]
    assert log.read(key, after=12) == ()
    assert log.read(key, limit=0) == ()


def test_loading_goes_back_to_the_last_snapshot(log: ExecutionLog, key: ExecutionKey) -> None:
    append_steps(log, key, 5)
    log.write_snapshot(key, Snapshot(2, b"state 2"))
    log.write_snapshot(key, Snapshot(4, b"state 4"))
    assert log.load(key) == LogTail(Snapshot(4, b"state 4"), (step(5),))


def test_loading_right_after_a_snapshot_finds_no_steps(
    log: ExecutionLog, key: ExecutionKey
) -> None:
    append_steps(log, key, 3)
    log.write_snapshot(key, Snapshot(3, b"state"))
    assert log.load(key) == LogTail(Snapshot(3, b"state"), ())


def test_snapshots_are_no_part_of_what_is_read(log: ExecutionLog, key: ExecutionKey) -> None:
    append_steps(log, key, 4)
    for number in (1, 2, 4):
        log.write_snapshot(key, Snapshot(number, b"state"))
    assert [s.number for s in log.read(key)] == [1, 2, 3, 4]
    assert [s.number for s in log.read(key, after=1, limit=2)] == [2, 3]


def test_the_first_snapshot_of_a_step_stays(log: ExecutionLog, key: ExecutionKey) -> None:
    append_steps(log, key, 1)
    log.write_snapshot(key, Snapshot(1, b"first"))
    log.write_snapshot(key, Snapshot(1, b"second"))
    assert log.load(key).snapshot == Snapshot(1, b"first")


def test_a_big_snapshot_comes_back(log: ExecutionLog, key: ExecutionKey) -> None:
    append_steps(log, key, 1)
    body = b"".join(str(number * number).encode() for number in range(200_000))
    log.write_snapshot(key, Snapshot(1, body))
    assert log.load(key).snapshot == Snapshot(1, body)


def test_pages_of_the_store_do_not_show(log: ExecutionLog, key: ExecutionKey) -> None:
    append_steps(log, key, 230)
    assert [s.number for s in log.read(key)] == list(range(1, 231))
    assert [s.number for s in log.load(key).steps] == list(range(1, 231))


BIG_OBJECT = {f"entry {number}": number for number in range(1_000)}
"""Over the limit as a whole, no entry by itself."""

BIG_STEPS: dict[str, tuple[e.AnyEvent, ...]] = {
    "variables": (
        e.ExecutionStarted(
            execution_id="x",
            project_id="p",
            sequence_id="s",
            revision=1,
            tasks_version="t",
            start_node_id="start",
            variables={"small": 1, "big": BIG, "other": {"deep": [BIG]}},
            metadata={"note": BIG},
        ),
    ),
    "a whole object": (e.NodeStarted(number=1, node_id="a", inputs=BIG_OBJECT),),
    "entries and what is left": (
        e.NodeSucceeded(number=1, node_id="a", outputs={"big": BIG, **BIG_OBJECT}),
    ),
    "any value": (
        e.SignalReceived(name="go", payload=[BIG, None]),
        e.SignalReceived(name="go", payload=BIG),
    ),
    "an error": (e.NodeFailed(number=1, node_id="a", error=Error("E", details={"trace": BIG})),),
    "a child's outcome": (
        e.ChildEnded(
            number=1,
            node_id="a",
            child_id="c",
            outcome=ChildOutcome(Status.FAILED, {"big": BIG}, Error("E", details=BIG)),
        ),
    ),
    "what looks like a reference": (
        e.VariablesSet(values={"references": [[["events", 0], "0" * 64, 9]], "whole": BIG}),
        e.VariablesSet(values={"": BIG, "events": {"0": None}, "ключ/#~": BIG}),
    ),
    "nulls beside big values": (e.VariablesSet(values={"null": None, "big": BIG}),),
}


@pytest.mark.parametrize("what", BIG_STEPS)
def test_big_values_come_back_in_their_places(
    log: ExecutionLog, key: ExecutionKey, what: str
) -> None:
    big = step(1, *BIG_STEPS[what])
    log.append(key, big)
    assert log.read(key) == (big,)


def test_big_values_of_commands_come_back(log: ExecutionLog, key: ExecutionKey) -> None:
    parent = ParentLink("exec-0", 3)
    big = step(
        1,
        commands=(
            c.StartChild(child_id="c", sequence_id="s", variables={"item": BIG}, parent=parent),
            c.ReportToParent(parent=parent, outcome=ChildOutcome(Status.SUCCEEDED, {"o": BIG})),
            c.SendSignal(execution_id="x", name="go", key="k", payload={"p": BIG}),
        ),
    )
    log.append(key, big)
    assert log.read(key) == (big,)


def test_a_value_of_a_megabyte_comes_back(log: ExecutionLog, key: ExecutionKey) -> None:
    big = step(1, e.VariablesSet(values={"text": "é" * 1_000_000, "emoji": "🦊" * 300_000}))
    log.append(key, big)
    assert log.read(key) == (big,)


def test_a_step_of_thousands_of_events_comes_back(log: ExecutionLog, key: ExecutionKey) -> None:
    """Over DynamoDB's 400 KB though no value is big, with one big value beside."""
    wide = step(
        1,
        *(
            e.NodeStarted(number=number, node_id="body", index=number, inputs={"i": "y" * 100})
            for number in range(1, 4_001)
        ),
        e.VariablesSet(values={"big": BIG}),
    )
    log.append(key, wide)
    assert log.load(key).steps == (wide,)


def test_a_step_with_thousands_of_big_values_comes_back(
    log: ExecutionLog, key: ExecutionKey
) -> None:
    """The references alone outweigh an item."""
    wide = step(
        1,
        *(
            e.NodeStarted(number=number, node_id="body" * 30, inputs={"i": BIG})
            for number in range(1, 2_501)
        ),
    )
    log.append(key, wide)
    assert log.read(key) == (wide,)


def test_what_is_read_is_shared_with_nobody(log: ExecutionLog, key: ExecutionKey) -> None:
    values: dict[str, list[Any]] = {"list": [1], "big": [BIG]}
    log.append(key, step(1, e.VariablesSet(values=values), e.VariablesSet(values=values)))
    values["list"].append(2)
    first, second = log.read(key)[0].events
    assert isinstance(first, e.VariablesSet)
    first.values["big"].append("changed")
    assert second == e.VariablesSet(values={"list": [1], "big": [BIG]})
    assert log.read(key)[0].events[0] == second


@pytest.mark.parametrize(
    "name", ["实行", "تنفيذ", "🦊" * 128, "a b", "%2e%2e", "E#", "..x"], ids=ascii
)
def test_ids_may_be_of_any_script(log: ExecutionLog, project: str, name: str) -> None:
    key = ExecutionKey(f"{project} {name}"[:128], name)
    big = step(1, e.VariablesSet(values={"big": BIG}))
    log.append(key, big)
    log.write_snapshot(key, Snapshot(1, bytes(range(256)) * 100))
    assert log.read(key) == (big,)
    assert log.load(key).snapshot == Snapshot(1, bytes(range(256)) * 100)


def test_executions_and_projects_are_apart(log: ExecutionLog, project: str) -> None:
    keys = [
        ExecutionKey(project, "exec-1"),
        ExecutionKey(project, "exec-2"),
        ExecutionKey(f"{project}-b", "exec-1"),
    ]
    for number, key in enumerate(keys):
        log.append(key, step(1, e.VariablesSet(values={"of": number, "big": BIG})))
    for number, key in enumerate(keys):
        assert log.read(key)[0].events == (e.VariablesSet(values={"of": number, "big": BIG}),)


def test_of_eight_writers_one_wins_each_number(log: ExecutionLog, key: ExecutionKey) -> None:
    """Each appends what it knows to be next, and on a lost race reads the tail: no step is lost,
    none is written twice.
    """
    per_writer = 10

    def write(writer: int) -> list[int]:
        won: list[int] = []
        known = 0
        while len(won) < per_writer:
            try:
                log.append(key, step(known + 1, writer=f"writer-{writer}"))
            except StepTaken:
                known += len(log.read(key, after=known))
            else:
                known += 1
                won.append(known)
        return won

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(8)))
    steps = log.read(key)
    assert [s.number for s in steps] == list(range(1, 8 * per_writer + 1))
    assert sorted(number for numbers in won for number in numbers) == [s.number for s in steps]
    for writer, numbers in enumerate(won):
        assert [s.number for s in steps if s.writer == f"writer-{writer}"] == numbers
