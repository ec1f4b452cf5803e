"""Goal: a fork that failed by itself goes on after a redrive with the items that had not ended."""

from typing import Any

from seriatim.domain import messages as m
from seriatim.domain.plan import compile_plan
from tests.builders import TASKS, Driver, sequence


def fork(condition: str) -> dict[str, Any]:
    each = {"forEach": "[1, 2, 3, 4]", "joinNodeId": "join", "maxConcurrency": 2}
    return sequence(
        f"start > fork >[{condition}]> a > b > join > end",
        nodes={"fork": {"parameters": each}},
        failurePolicy="finish_branches",
    )


def test_items_that_ended_do_not_run_again_and_the_others_begin_anew() -> None:
    """Item 3, which takes the place of item 1, can not set out; item 2 is half way by then."""
    run = Driver(fork("1 / (3 - item) != 0"))
    run.done("a", "a")
    run.done("b", result={"x": 1})
    assert run.status == "failed"
    run.plan = compile_plan(fork("item > 0"), TASKS)
    run.send(m.RedriveRequest(revision=1, tasks_version="t"))
    assert run.refusal is None
    assert run.active() == ["fork", "a", "a"]
    run.finish(b={"x": 9})
    assert run.status == "succeeded"
    assert [item["x"] for item in run.latest("join").outputs["items"]] == [1, 9, 9, 9]
    assert (run.count_of("a"), run.count_of("b")) == (5, 5)
