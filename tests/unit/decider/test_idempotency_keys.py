"""Goal: an idempotency key stands for one call, for as long as it is remembered: the same again
changes nothing, also when the execution has ended; anything else under it is refused.
"""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.values import Error
from tests.builders import Driver, sequence

CHAIN = sequence("start > a > end", variables=[{"name": "v", "type": "integer"}])

CALLS: list[tuple[list[m.AnyMessage], m.AnyMessage]] = [
    ([], m.CancelRequest(reason="enough", key="k", by="ada")),
    ([], m.PauseRequest(key="k")),
    ([m.PauseRequest()], m.ResumeRequest(reason="back", key="k")),
    ([m.CancelRequest()], m.RedriveRequest(revision=1, tasks_version="t", key="k")),
    ([], m.VariablesUpdate(values={"v": 1}, key="k")),
    ([], m.NodeOrder(node_id="a", action="skip", reason="not needed", key="k")),
    ([], m.NodeOrder(node_id="a", action="complete", outputs={"x": 1}, key="k")),
    ([], m.NodeOrder(node_id="a", action="fail", error=Error("E"), key="k")),
    ([], m.Signal(name="go", payload=1, key="k")),
]


def sent(run: Driver, *messages: m.AnyMessage) -> None:
    for message in messages:
        run.send(message)
        assert run.refusal is None, run.refusal


@pytest.mark.parametrize(("before", "call"), CALLS)
def test_the_same_call_changes_nothing_even_after_the_end(
    before: list[m.AnyMessage], call: m.AnyMessage
) -> None:
    run = Driver(CHAIN)
    sent(run, *before, call)
    assert run.send(call) == ()
    assert run.refusal is None
    if not run.current.status.is_terminal:
        sent(run, m.CancelRequest())
    assert run.send(call) == ()
    assert run.refusal is None


@pytest.mark.parametrize(("before", "call"), CALLS)
def test_another_call_under_the_same_key_is_refused(
    before: list[m.AnyMessage], call: m.AnyMessage
) -> None:
    run = Driver(CHAIN)
    sent(run, *before, call)
    for _, other in CALLS:
        run.send(other)
        assert run.refused == (None if other == call else "IdempotencyKeyReused")


def test_who_repeats_the_call_does_not_matter() -> None:
    run = Driver(CHAIN)
    sent(run, m.PauseRequest(key="k", by="ada"))
    assert run.send(m.PauseRequest(key="k", by="bob")) == ()
    assert run.refusal is None


def test_a_redrive_is_known_again_on_the_revision_that_it_led_to() -> None:
    run = Driver(CHAIN)
    given: dict[str, Any] = {"asked_revision": None, "key": "k"}
    sent(run, m.CancelRequest(), m.RedriveRequest(revision=1, tasks_version="t", **given))
    assert run.send(m.RedriveRequest(revision=2, tasks_version="u", **given)) == ()
    assert run.refusal is None


def test_reasons_are_in_the_history() -> None:
    run = Driver(CHAIN)
    sent(run, m.PauseRequest(reason="one"), m.ResumeRequest(reason="two"))
    sent(run, m.NodeOrder(node_id="a", action="skip", reason="three"))
    reasons = [x.reason for x in run.events if getattr(x, "reason", None)]  # type: ignore[union-attr]
    assert reasons == ["one", "two", "three"]
