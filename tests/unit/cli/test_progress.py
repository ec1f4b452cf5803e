"""Following an execution: the fold of its history, and the picture of it."""

from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from seriatim.cli.live_view import render
from seriatim.cli.node_progress import Progress, elapsed, waiting_words


def item(number: int, kind: str, second: float = 0, **fields: Any) -> dict[str, Any]:
    time = f"2026-01-01T00:00:{second:06.3f}Z"
    return {"number": number, "time": time, "type": kind, **fields}


def told(progress: Progress, *items: Mapping[str, Any]) -> list[str | None]:
    lines = [progress.take(one, 0.0) for one in items]
    return [line and line.split("  ", 1)[1] for line in lines]


STARTED = item(1, "ExecutionStarted", executionId="exec-1")


def test_a_retry_says_why_and_when_it_goes_on() -> None:
    run: dict[str, Any] = {"nodeRun": 1, "nodeId": "charge", "run": 1}
    error = {"code": "Gateway.Busy", "message": "later"}
    lines = told(
        Progress(),
        STARTED,
        item(2, "NodeStarted", **run),
        item(3, "TaskScheduled", attempt=1, **run),
        item(4, "TaskFailed", attempt=1, error=error, retryAt="2026-01-01T00:00:05.000Z", **run),
        item(5, "TaskScheduled", 5, attempt=2, **run),
        item(6, "NodeSucceeded", 6.5, **run),
    )
    assert lines == [
        "execution exec-1 started",
        None,
        "charge  attempt 1",
        "charge  attempt 1 failed: Gateway.Busy: later; again at 00:00:05",
        "charge  attempt 2",
        "charge  succeeded after 6.50 s",
    ]


def test_runs_and_items_of_one_node_are_told_apart() -> None:
    progress = Progress()
    told(
        progress,
        item(1, "NodeStarted", nodeRun=1, nodeId="a", run=3),
        item(2, "NodeStarted", nodeRun=2, nodeId="b", run=1, index=7),
    )
    assert [row.label for row in progress.active.values()] == ["a (run 3)", "b[7]"]


def test_what_still_runs_at_the_end_is_cancelled() -> None:
    progress = Progress()
    lines = told(
        progress,
        STARTED,
        item(2, "NodeStarted", nodeRun=1, nodeId="a", run=1),
        item(3, "ExecutionEnded", 2, status="cancelled", reason="enough"),
    )
    assert lines[-1] == "execution cancelled: enough after 2.00 s"
    assert not progress.active
    assert progress.counts == {"cancelled": 1}
    assert progress.end is not None
    assert progress.end["reason"] == "enough"


def test_advice_goes_with_what_is_waited_for() -> None:
    progress = Progress(lambda _, wait: f"send {wait['name']}")
    run: dict[str, Any] = {"nodeRun": 1, "nodeId": "ask", "run": 1}
    lines = told(
        progress,
        item(1, "NodeStarted", **run),
        item(2, "NodeWaiting", wait={"kind": "signal", "name": "go"}, **run),
    )
    assert lines[-1] == "ask  waits for the signal 'go' (send go)"


def test_an_event_that_is_not_known_is_passed_over() -> None:
    run: dict[str, Any] = {"nodeRun": 1, "nodeId": "a", "run": 1}
    lines = told(
        Progress(),
        item(1, "MoonRose"),
        item(2, "NodeSucceeded", **run),
        item(3, "NodeStarted", **run),
        item(4, "NodeDreamt", **run),
    )
    assert lines == [None, None, None, None]


def test_the_execution_goes_on_in_time_between_events() -> None:
    progress = Progress()
    progress.take(STARTED, 100.0)
    progress.pass_time(102.5)
    assert progress.started is not None
    assert progress.now - progress.started == 2_500


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        ({"kind": "timer", "at": "2026-01-01T00:00:05.000Z"}, "the time: 2026-01-01T00:00:05.000Z"),
        ({"kind": "callback"}, "its task token"),
        ({"kind": "until"}, "its condition"),
        ({"kind": "child", "nodeIds": ["exec-2"]}, "child execution exec-2"),
        ({"kind": "dependency", "nodeIds": ["a", "b"]}, "the nodes a, b"),
        ({"kind": "choice"}, "the first of its transitions"),
        ({"kind": "items"}, "its items"),
        ({"kind": "incident"}, "an operator"),
        ({"kind": "moonlight"}, "moonlight"),
    ],
)
def test_every_wait_has_words(wait: dict[str, Any], words: str) -> None:
    assert waiting_words(wait) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0, "0.00 s"), (1234, "1.23 s"), (59_999, "60.0 s"), (185_000, "3 min 5 s")],
)
def test_elapsed_time_is_read_by_people(milliseconds: int, words: str) -> None:
    assert elapsed(milliseconds) == words


def pictured(progress: Progress, height: int) -> list[str]:
    console = Console(width=60, height=height, color_system=None)
    with console.capture() as capture:
        console.print(render(progress, height))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_picture_has_a_line_for_each_run_and_one_for_all() -> None:
    progress = Progress()
    run: dict[str, Any] = {"nodeRun": 1, "nodeId": "注文", "run": 1}
    told(
        progress,
        STARTED,
        item(2, "NodeStarted", **run),
        item(3, "NodeSucceeded", 1, **run),
        item(4, "NodeStarted", 1, nodeRun=2, nodeId="charge", run=1),
    )
    assert pictured(progress, 24) == [
        "✓ 注文    succeeded                1.00 s",
        "▶ charge  running                  0.00 s",
        "exec-1  running  1 succeeded, 1 active, 1.00 s",
    ]


def test_the_picture_is_no_higher_than_the_terminal_and_no_wider() -> None:
    progress = Progress()
    told(progress, STARTED)
    for number in range(100):
        run: dict[str, Any] = {"nodeRun": number, "nodeId": f"node {number} " * 10, "run": 1}
        told(progress, item(2, "NodeStarted", **run))
        if number % 2:
            told(progress, item(3, "NodeSucceeded", **run))
    lines = pictured(progress, 20)
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 60
    assert any("and 34 more" in line for line in lines)
    assert lines[-1].startswith("exec-1  running  50 succeeded, 50 active")
