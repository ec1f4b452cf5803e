"""The event source keeps Lambda's rules for SQS."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from seriatim.local.activity import Activity
from seriatim.local.clock import SkipClock
from seriatim.local.event_source import EventSource, Handler, failed_ids
from seriatim.local.lambda_context import LambdaContext
from seriatim.local.queue import MemoryQueue
from seriatim.ports.queue import OutgoingWork

ARN = "arn:aws:sqs:us-east-1:123456789012:work"


class Bench:
    """A queue and what is fed from it."""

    def __init__(self, handler: Handler, invokers: int, receives_max: int) -> None:
        self.activity = Activity()
        self.clock = SkipClock(self.activity)
        self.dead = MemoryQueue(self.clock, self.activity, visibility_seconds=30)
        self.queue = MemoryQueue(
            self.clock,
            self.activity,
            visibility_seconds=30,
            receives_max=receives_max,
            dead_letters=self.dead,
        )
        self.source = EventSource(
            self.queue,
            handler,
            clock=self.clock,
            activity=self.activity,
            function_name="worker",
            timeout_seconds=60,
            queue_arn=ARN,
            invokers=invokers,
        )
        self.clock.observe(self.queue)

    def send(self, *bodies: str) -> None:
        self.queue.send([OutgoingWork("p", body.encode()) for body in bodies])

    def wait_until(self, condition: Callable[[], bool]) -> None:
        while True:
            seen = self.activity.changes
            if condition():
                return
            assert self.activity.wait_for_change(seen, 10), "stuck"

    def wait_idle(self) -> None:
        self.wait_until(self.queue.is_idle)

    def let_visibility_time_out(self) -> None:
        self.clock.jump(self.clock.now() + 30_000)
        self.wait_idle()


@contextmanager
def running(handler: Handler, *, invokers: int = 2, receives_max: int = 3) -> Iterator[Bench]:
    bench = Bench(handler, invokers, receives_max)
    bench.source.start()
    try:
        yield bench
    finally:
        assert bench.source.stop(10)


def bodies_of(event: Mapping[str, Any]) -> list[str]:
    return [record["body"] for record in event["Records"]]


def test_handler_gets_lambdas_event_and_context() -> None:
    seen: list[tuple[dict[str, Any], LambdaContext, int]] = []

    def handler(event: dict[str, Any], context: LambdaContext) -> None:
        seen.append((event, context, context.get_remaining_time_in_millis()))

    with running(handler) as bench:
        bench.send("hello")
        bench.wait_idle()
    ((event, context, remaining),) = seen
    (record,) = event["Records"]
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == ARN
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert {"messageId", "receiptHandle", "messageAttributes", "awsRegion"} <= record.keys()
    assert context.function_name == "worker"
    assert context.aws_request_id
    assert 0 < remaining <= 60_000


def test_failed_message_comes_again_and_the_others_of_its_batch_do_not() -> None:
    handled: list[str] = []

    def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
        failures = []
        for record in event["Records"]:
            handled.append(record["body"])
            if record["body"] == "bad" and record["attributes"]["ApproximateReceiveCount"] == "1":
                failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}

    with running(handler, invokers=1) as bench:
        bench.send("good", "bad", "fine")
        bench.wait_idle()
        assert sorted(handled) == ["bad", "fine", "good"]
        bench.let_visibility_time_out()
        bench.let_visibility_time_out()
    assert sorted(handled) == ["bad", "bad", "fine", "good"]


def test_exception_fails_the_whole_batch_and_is_printed_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def handler(event: dict[str, Any], _: LambdaContext) -> None:
        raise RuntimeError("no such luck")

    with caplog.at_level(logging.ERROR), running(handler) as bench:
        bench.send("a", "b", "c")
        bench.wait_idle()
        for _ in range(3):
            bench.let_visibility_time_out()
        dead = sorted(message.body for message in bench.dead.receive_now())
    assert dead == ["a", "b", "c"], "each was tried three times"
    (record,) = caplog.records
    assert "RuntimeError: no such luck" in record.getMessage()


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"other": 1}])
def test_answer_without_failures_is_a_success(answer: dict[str, Any] | None) -> None:
    assert failed_ids(answer, ["m1", "m2"]) == set()


@pytest.mark.parametrize("identifier", ["", None, "m3"])
def test_answer_that_names_no_message_of_the_batch_is_refused(identifier: Any) -> None:
    with pytest.raises(ValueError, match="names no message of the batch"):
        failed_ids({"batchItemFailures": [{"itemIdentifier": identifier}]}, ["m1", "m2"])


def blocking_until(release: threading.Event, count: int) -> tuple[Callable[..., None], list[str]]:
    """A handler that blocks on ``slow`` messages until ``count`` others were handled."""
    handled: list[str] = []
    lock = threading.Lock()

    def handler(event: dict[str, Any], _: LambdaContext) -> None:
        for body in bodies_of(event):
            if body == "slow":
                assert release.wait(10)
            with lock:
                handled.append(body)
                if len([one for one in handled if one != "slow"]) == count:
                    release.set()

    return handler, handled


def test_long_work_does_not_hold_up_the_rest() -> None:
    release = threading.Event()
    handler, handled = blocking_until(release, 20)
    with running(handler, invokers=2) as bench:
        bench.send(*["slow"] * 2)
        bench.wait_until(lambda: not bench.queue.depth.visible)
        bench.send(*map(str, range(20)))
        bench.wait_idle()
        assert release.is_set()
    assert len(handled) == 22


def test_stop_lets_running_work_end_and_starts_no_more() -> None:
    began, release = threading.Event(), threading.Event()
    ended: list[str] = []

    def handler(event: dict[str, Any], _: LambdaContext) -> None:
        began.set()
        assert release.wait(10)
        ended.extend(bodies_of(event))

    bench = Bench(handler, invokers=1, receives_max=3)
    bench.source.start()
    bench.send("running")
    assert began.wait(10)
    assert not bench.source.stop(0.01), "it still runs"
    bench.send("too late")
    release.set()
    assert bench.source.stop(10)
    assert ended == ["running"]
    assert bench.queue.depth.visible == 1
