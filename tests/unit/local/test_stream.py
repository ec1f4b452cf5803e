"""The local stream keeps Lambda's rules: in order, and what is named comes again with all after
it.
"""

import threading
from typing import Any

import pytest

from seriatim.local.activity import Activity
from seriatim.local.clock import LocalClock
from seriatim.local.lambda_context import LambdaContext
from seriatim.local.stream import LocalStream


class Notifier:
    """A handler that fails when told to, and announces when it has seen enough."""

    def __init__(self, wanted: int) -> None:
        self.seen: list[str] = []
        self.batches: list[list[str]] = []
        self.fails_at: str | None = None
        self.is_broken = False
        self._wanted = wanted
        self.enough = threading.Event()

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        if self.is_broken:
            self.is_broken = False
            raise RuntimeError("broken")
        self.batches.append([x["dynamodb"]["NewImage"]["sk"]["S"] for x in event["Records"]])
        for record in event["Records"]:
            name = record["dynamodb"]["NewImage"]["sk"]["S"]
            if name == self.fails_at:
                self.fails_at = None
                number = record["dynamodb"]["SequenceNumber"]
                return {"batchItemFailures": [{"itemIdentifier": number}]}
            self.seen.append(name)
        if len(self.seen) >= self._wanted:
            self.enough.set()
        return {"batchItemFailures": []}


def item(name: str, **more: Any) -> dict[str, Any]:
    return {"pk": {"S": "E#p#x"}, "sk": {"S": name}, **more}


def stream(notifier: Notifier, activity: Activity, *attributes: str) -> LocalStream:
    made = LocalStream(
        notifier,
        clock=LocalClock(),
        activity=activity,
        function_name="notifier",
        timeout_seconds=60,
        batch_size=3,
        attributes=attributes,
    )
    made.start()
    return made


NAMES = [f"s{number}" for number in range(8)]


@pytest.mark.parametrize("trouble", ["none", "named", "raised"])
def test_every_item_is_handed_over_in_order_whatever_fails(
    trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seriatim.local.stream.RETRY_SECONDS", 0)
    notifier, activity = Notifier(len(NAMES)), Activity()
    notifier.fails_at = "s4" if trouble == "named" else None
    notifier.is_broken = trouble == "raised"
    follow = stream(notifier, activity)
    for name in NAMES:
        follow.take(item(name))
    assert notifier.enough.wait(20)
    assert notifier.seen == NAMES
    follow.stop(5)
    assert activity.awake == 0, "nothing is left that idleness would wait for"


def test_only_items_that_are_asked_for_are_handed_over() -> None:
    notifier, activity = Notifier(2), Activity()
    follow = stream(notifier, activity, "status", "paused")
    follow.take(item("no"))
    follow.take(item("one", status={"S": "running"}))
    follow.take(item("two", paused={"S": "true"}))
    assert notifier.enough.wait(20)
    assert notifier.seen == ["one", "two"]
    follow.stop(5)


def test_records_wait_for_others_while_something_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.local.stream.GATHER_SECONDS", 60)
    notifier, activity = Notifier(2), Activity()
    runs = activity.begin()
    follow = stream(notifier, activity)
    follow.take(item("s0"))
    follow.take(item("s1"))
    assert notifier.batches == []
    activity.end(runs)
    assert notifier.enough.wait(20)
    assert notifier.batches == [["s0", "s1"]]
    follow.stop(5)


def test_records_wait_for_others_no_longer_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.local.stream.GATHER_SECONDS", 0)
    notifier, activity = Notifier(1), Activity()
    runs = activity.begin()
    follow = stream(notifier, activity)
    follow.take(item("s0"))
    assert notifier.enough.wait(20), "though something runs"
    activity.end(runs)
    follow.stop(5)
