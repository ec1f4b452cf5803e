"""Reading back: node runs from the log, pages, and what becomes of answers that are too large.

Node runs are read from the log without folding a state; here they are held to what ``evolve`` makes
of the same log, for executions that loop, fork, fail and are cancelled at any point.
"""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.application.answer_size import ANSWER_BYTES_MAX, size
from seriatim.application.choices import Choices
from seriatim.application.errors import Invalid
from seriatim.application.listing import Listing
from seriatim.application.node_runs import node_runs_of
from seriatim.application.plans import Plans
from seriatim.application.reading import Reading
from seriatim.application.retention import Retention
from seriatim.application.wire import execution_document, node_run_document
from seriatim.domain import messages as m
from seriatim.domain.decider.evolve import evolve
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.errors import NotFound
from seriatim.ports.summaries import Summary, SummaryFilter
from tests.builders import Driver, sequence
from tests.fakes.clock import FakeClock
from tests.fakes.log import FakeLog
from tests.fakes.project_settings import FakeProjectSettings
from tests.fakes.sequences import FakeSequences
from tests.fakes.summaries import FakeSummaries
from tests.fakes.task_definitions import FakeTaskDefinitions
from tests.fakes.task_tokens import FakeTokens

replace = msgspec.structs.replace

KEY = ExecutionKey("p", "exec-1")
MIB = 1024 * 1024
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

RACE = sequence(
    "start > a > decide >[count < 6]> fork > b > join_any",
    "fork > c > join_any > d > decide",
    "a >!error> d",
    "b >!error> join_any",
    "decide > end",
    nodes={
        "join_any": {"parameters": {"mode": "any"}},
        "d": {
            "outputMappings": [
                {"outputName": "count", "valueExpression": "count + 1"},
            ]
        },
    },
    variables=[{"name": "count", "type": "integer", "defaultValue": 0}],
    maxNodeRuns=50,
)
"""Loops through a fork whose join takes the first: runs overlap, and late ones are absorbed."""


class Kept:
    """An execution that is as it is: what reading needs of the use cases."""

    def __init__(self, state: State) -> None:
        self._state = state

    def load(self, key: ExecutionKey) -> State:
        """The state."""
        if key != self._state.key:
            raise NotFound("there is no such execution")
        return self._state


def written(driver: Driver) -> FakeLog:
    log = FakeLog()
    for step in driver.steps:
        log.append(KEY, step)
    return log


def listing(summaries: FakeSummaries) -> Listing:
    choices = Choices(FakeProjectSettings(), FakeClock())
    plans = Plans(FakeSequences(), FakeTaskDefinitions())
    return Listing(summaries, choices, Retention(plans, choices))


def reading(driver: Driver) -> Reading:
    return Reading(Kept(driver.current), written(driver), listing(FakeSummaries()), FakeTokens())


def evolved_runs(driver: Driver) -> dict[int, NodeRun]:
    """Every run as ``evolve`` left it, by number. The state keeps the latest of each node only, so
    each run is made the latest for the moment in which it changes.
    """
    (begun, *events) = [(event, step.time) for step in driver.steps for event in step.events]
    state = evolve(None, *begun)
    runs: dict[int, NodeRun] = {}
    for event, time in events:
        for number, run in state.active.items():
            place = (run.scope, run.node_id)
            as_latest = replace(state, latest=state.latest.insert(place, run))
            after = evolve(as_latest, event, time)
            runs[number] = after.active.get(number, after.latest[place])
        state = evolve(state, event, time)
        runs |= dict(state.active.items())
    return runs


def drive(choices: list[int]) -> Driver:
    """An execution in which each choice completes, fails or cancels something that runs."""
    driver = Driver(RACE)
    for choice in choices:
        driver.now += 1_000
        running = sorted(driver.current.active)
        if not running:
            break
        run = driver.current.active[running[choice % len(running)]]
        if choice == 99:
            driver.send(m.CancelRequest(reason="enough"))
        elif choice % 5 == 0:
            driver.fails(run.node_id)
        elif choice % 5 == 1:
            driver.fails(run.node_id, retryable=True)
        else:
            driver.send(
                m.TaskSuccess(number=run.number, attempt=run.attempts, result={"x": choice})
            )
        driver.pass_time(1_000)
    return driver


@given(st.lists(st.integers(0, 99), max_size=40), st.integers(1, 5), st.integers(1, 7))
@settings(deadline=None, max_examples=50)
def test_runs_read_from_the_log_are_what_evolve_makes_of_them(
    choices: list[int], window: int, page: int
) -> None:
    driver = drive(choices)
    expected = [node_run_document(run) for _, run in sorted(evolved_runs(driver).items())]
    log = written(driver)
    found = [each.run for each in node_runs_of(log, driver.current, 0, 0, window)]
    assert [node_run_document(run) for run in found] == expected
    assert pages(lambda cursor: reading(driver).node_runs(KEY, None, page, cursor)) == expected
    for status in Status:
        assert pages(
            lambda cursor, status=status: reading(driver).node_runs(KEY, status, page, cursor)
        ) == [run for run in expected if run["status"] == status]


def pages(read: Any) -> list[Any]:
    items: list[Any] = []
    cursor: str | None = None
    while True:
        page = read(cursor)
        items += page["items"]
        cursor = page.get("cursor")
        if cursor is None:
            return items


def test_what_the_log_has_beyond_the_state_is_left_out() -> None:
    driver = Driver(RACE)
    early = driver.current
    driver.done("a")
    runs = [each.run for each in node_runs_of(written(driver), early, 0, 0)]
    assert [(run.node_id, run.status) for run in runs] == [
        ("start", "succeeded"),
        ("a", "running"),
    ]


def test_the_same_execution_shows_the_latest_run_of_each_node() -> None:
    driver = drive([2, 3, 4, 2, 3, 4, 2, 3])
    latest: dict[str, Any] = {}
    for run in pages(lambda cursor: reading(driver).node_runs(KEY, None, 3, cursor)):
        latest[run["nodeId"]] = run
    assert execution_document(driver.current)["nodeExecutions"] == latest


def test_the_history_gives_each_event_its_number_and_time() -> None:
    driver = drive([2, 0, 3])
    items = pages(lambda cursor: reading(driver).history(KEY, 4, cursor))
    assert [item["number"] for item in items] == list(range(1, len(driver.events) + 1))
    assert [item["type"] for item in items] == [type(event).__name__ for event in driver.events]
    assert all(UTC_TIME.fullmatch(item["time"]) for item in items)
    assert [item["time"] for item in items] == sorted(item["time"] for item in items)


def test_times_within_events_are_written_as_times() -> None:
    timer = sequence("start > timer > end", nodes={"timer": {"parameters": {"durationSeconds": 5}}})
    items = reading(Driver(timer)).history(KEY, 50, None)["items"]
    [waiting] = [item for item in items if item["type"] == "NodeWaiting"]
    assert waiting["wait"]["kind"] == "timer"
    assert UTC_TIME.fullmatch(waiting["wait"]["at"])
    [armed] = [item for item in items if item["type"] == "TimerArmed"]
    assert UTC_TIME.fullmatch(armed["at"])


def test_the_history_names_nothing_of_its_storage() -> None:
    fields = {
        name for item in reading(drive([2, 3])).history(KEY, 50, None)["items"] for name in item
    }
    assert fields.isdisjoint({"tasksVersion", "arrival", "scope", "startNodeId"})


def test_a_false_payload_is_there() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.send(m.Signal(name="s", payload=False))
    [item] = [
        x for x in reading(driver).history(KEY, 50, None)["items"] if x["type"] == "SignalReceived"
    ]
    assert item["payload"] is False


def test_the_history_of_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        reading(Driver(RACE)).history(ExecutionKey("p", "other"), 50, None)


def test_a_cursor_is_good_for_its_own_list_alone() -> None:
    driver = drive([2, 3, 4])
    read = reading(driver)
    cursor = read.history(KEY, 1, None)["cursor"]
    for wrong in (cursor[:-2], cursor + "AAAA", "", "é", "AAAA"):
        with pytest.raises(Invalid, match="begin again"):
            read.history(KEY, 1, wrong)
    with pytest.raises(Invalid, match="begin again"):
        read.node_runs(KEY, None, 1, cursor)
    runs = read.node_runs(KEY, None, 1, None)["cursor"]
    with pytest.raises(Invalid, match="begin again"):
        read.node_runs(KEY, Status.SUCCEEDED, 1, runs)


# -- answers that are too large -------------------------------------------------------------------


def big(megabytes: float) -> dict[str, Any]:
    return {"x": "é" * int(megabytes * MIB / 2)}


def test_an_execution_too_large_keeps_the_nodes_that_run_or_failed() -> None:
    paths = [f"fork > n{number} > join" for number in range(8)]
    driver = Driver(sequence("start > fork", *paths, "join > end"))
    for number in range(6):
        driver.done(f"n{number}", result=big(1))
    document = reading(driver).execution(KEY)
    assert document["truncated"] is True
    assert set(document["nodeExecutions"]) == {"n6", "n7"}
    assert size(document) <= ANSWER_BYTES_MAX
    assert document["currentNodeIds"] == ["n6", "n7", "join"]


def test_variables_too_large_for_an_answer_are_left_out_biggest_first() -> None:
    given = {"small": 1, "big": big(3), "bigger": big(4)}
    driver = Driver(sequence("start > a > end"), variables=given)
    document = reading(driver).execution(KEY)
    assert document["truncated"] is True
    assert size(document) <= ANSWER_BYTES_MAX
    assert "bigger" not in document["variables"]
    assert document["variables"]["small"] == 1
    assert document["nodeExecutions"]["a"]["status"] == "running"


def test_an_event_too_large_for_an_answer_is_there_without_its_values() -> None:
    driver = Driver(sequence("start > a > end"), variables={"v": big(6)})
    items = pages(lambda cursor: reading(driver).history(KEY, 50, cursor))
    assert items[0]["truncated"] is True
    assert items[0]["variables"] == {}
    assert len(items) == len(driver.events)


def test_a_page_ends_before_it_is_too_large() -> None:
    driver = Driver(sequence("start > a > b > c > end"))
    for node_id in "abc":
        driver.done(node_id, result=big(2))
    read = reading(driver)
    for first in (read.history(KEY, 200, None), read.node_runs(KEY, None, 200, None)):
        assert size(first) <= ANSWER_BYTES_MAX + 1_000
        assert "cursor" in first
    runs = pages(lambda cursor: reading(driver).node_runs(KEY, None, 200, cursor))
    assert [run["nodeId"] for run in runs] == ["start", "a", "b", "c", "end"]


def test_a_list_of_large_summaries_has_shorter_pages() -> None:
    summaries = FakeSummaries()
    for number in range(6):
        summary = Summary(
            project_id="p",
            id=f"e{number}",
            sequence_id="s",
            revision=1,
            status=Status.RUNNING,
            start_time=number,
            number=1,
            metadata=big(2),
        )
        summaries.put(summary)
    read = Reading(Kept(Driver(RACE).current), FakeLog(), listing(summaries), FakeTokens())
    first = read.executions("p", SummaryFilter(), 200, None)
    assert 1 <= len(first["items"]) < 6
    assert size(first) <= ANSWER_BYTES_MAX
    items = pages(lambda cursor: read.executions("p", SummaryFilter(), 200, cursor))
    assert [item["id"] for item in items] == [f"e{number}" for number in range(5, -1, -1)]
