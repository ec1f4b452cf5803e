"""What stays in a step's item, and what goes to the payloads."""

from typing import Any

import msgspec
import pytest

from seriatim.adapters.dynamodb.step_codec import (
    STEP_INLINE_BYTES_MAX,
    VALUE_INLINE_BYTES_MAX,
    StepCodec,
    StepRecord,
)
from seriatim.adapters.dynamodb.user_values import places
from seriatim.domain import events as e
from seriatim.domain.control_events import ExecutionPaused, ExecutionResumed
from seriatim.domain.step import FORMAT, Step
from seriatim.domain.values import Status
from seriatim.ports.errors import Unavailable
from tests.fakes.payloads import FakePayloads

BIG = "x" * VALUE_INLINE_BYTES_MAX


@pytest.fixture
def payloads() -> FakePayloads:
    return FakePayloads()


@pytest.fixture
def codec(payloads: FakePayloads) -> StepCodec:
    return StepCodec(payloads)


def step(*events: e.AnyEvent, **changes: Any) -> Step:
    fields: dict[str, Any] = {"number": 1, "time": 1, "first_event": 1, "writer": "w"}
    return Step(**{**fields, "events": events, **changes})


def started(**fields: Any) -> e.ExecutionStarted:
    return e.ExecutionStarted(
        execution_id="x",
        project_id="p",
        sequence_id="s",
        revision=1,
        tasks_version="t",
        start_node_id="start",
        **fields,
    )


def test_a_small_step_is_all_in_its_item(codec: StepCodec, payloads: FakePayloads) -> None:
    record = codec.encode("p", step(e.VariablesSet(values={"a": 1})))
    assert record.body == '{"events":[{"type":"VariablesSet","values":{"a":1}}]}'
    assert (record.references, record.whole, payloads.puts) == (None, None, 0)


def test_a_value_in_many_places_is_stored_once(codec: StepCodec, payloads: FakePayloads) -> None:
    """What a node puts out goes on as a variable and as the next node's input."""
    codec.encode(
        "p",
        step(
            e.NodeSucceeded(number=1, node_id="a", outputs={"o": BIG}, assigned={"v": BIG}),
            e.NodeStarted(number=2, node_id="b", inputs={"i": BIG, "j": BIG}),
        ),
    )
    codec.encode("p", step(e.NodeStarted(number=3, node_id="c", inputs={"k": BIG}), number=2))
    assert payloads.puts == 1


def test_many_middling_values_go_to_the_payloads_as_one(
    codec: StepCodec, payloads: FakePayloads
) -> None:
    many = {f"name {number}": "y" * 5_000 for number in range(50)}
    record = codec.encode("p", step(started(variables=many)))
    assert len(record.body) < VALUE_INLINE_BYTES_MAX
    assert payloads.puts == 1


def test_a_step_stays_below_what_an_item_may_have(codec: StepCodec) -> None:
    wide = step(
        *(
            e.SignalSent(number=1, node_id="n" * 100, name="s", target_execution_id="t")
            for _ in range(5_000)
        )
    )
    record = codec.encode("p", wide)
    assert record.whole is not None
    assert (record.body, record.references) == ("", None)
    in_item = step(*wide.events[: STEP_INLINE_BYTES_MAX // 200])
    assert codec.encode("p", in_item).whole is None


def test_encoding_again_gives_the_same_record(codec: StepCodec) -> None:
    """It is how an append recognises itself."""
    one = step(started(variables={"a": BIG, "b": {"c": [BIG]}}, metadata={"m": 1}))
    assert codec.encode("p", one) == codec.encode("p", one)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([started()], Status.RUNNING),
        ([started(), e.ExecutionStatusChanged(status=Status.WAITING)], Status.WAITING),
        ([started(), e.ExecutionEnded(status=Status.SUCCEEDED)], Status.SUCCEEDED),
        ([e.ExecutionStatusChanged(status=Status.RUNNING)], Status.RUNNING),
        ([e.VariablesSet(values={})], None),
    ],
)
def test_a_record_tells_readers_of_the_stream_the_new_status(
    codec: StepCodec, events: list[e.AnyEvent], status: Status | None
) -> None:
    assert codec.encode("p", step(*events)).status == status


@pytest.mark.parametrize(
    ("events", "paused"),
    [
        ([started()], None),
        ([ExecutionPaused()], True),
        ([ExecutionPaused(), ExecutionResumed()], False),
    ],
)
def test_a_record_tells_readers_of_the_stream_of_a_pause(
    codec: StepCodec, events: list[e.AnyEvent], paused: bool | None
) -> None:
    assert codec.encode("p", step(*events)).paused is paused


def test_a_step_of_a_newer_format_is_not_misread(codec: StepCodec) -> None:
    newer = StepRecord(
        number=1, time=1, first_event=1, writer="w", format=FORMAT + 1, body='{"events":[]}'
    )
    with pytest.raises(Unavailable, match="newer"):
        codec.decode("p", [newer])


@pytest.mark.parametrize("references", [None, '[[["events",0,"payload"],"key",3]]'])
@pytest.mark.parametrize("section", ["events", "commands"])
def test_what_a_newer_version_wrote_is_left_to_it(
    codec: StepCodec, payloads: FakePayloads, section: str, references: str | None
) -> None:
    body: dict[str, Any] = {"events": [{"type": "SignalReceived", "name": "go", "payload": None}]}
    body[section] = [*body.get(section, []), {"type": "NodeDreamt", "number": 1, "payload": None}]
    if references is not None:
        references = references.replace("key", payloads.put("p", b'"x"'))
    newer = StepRecord(
        number=1,
        time=1,
        first_event=1,
        writer="w",
        body=msgspec.json.encode(body).decode(),
        references=references,
        format=FORMAT,
    )
    with pytest.raises(Unavailable, match="NodeDreamt"):
        codec.decode("p", [newer])


def test_a_broken_step_is_not_taken_for_a_newer_one(codec: StepCodec) -> None:
    broken = StepRecord(
        number=1,
        time=1,
        first_event=1,
        writer="w",
        format=FORMAT,
        body='{"events":[{"type":"SignalReceived","name":5,"payload":null}]}',
    )
    with pytest.raises(msgspec.ValidationError):
        codec.decode("p", [broken])


def test_every_place_of_a_users_value_is_known() -> None:
    """Derived from the types; here by name, so that a new place is noticed."""
    named = {(kind, ".".join(place)) for kind, found in places().items() for place in found}
    assert named >= {
        ("ExecutionStarted", "variables"),
        ("ExecutionStarted", "metadata"),
        ("ExecutionEnded", "outputs"),
        ("ExecutionEnded", "error.details"),
        ("VariablesSet", "values"),
        ("SignalReceived", "payload"),
        ("NodeStarted", "inputs"),
        ("NodeSucceeded", "outputs"),
        ("NodeSucceeded", "assigned"),
        ("NodeFailed", "error.details"),
        ("TaskFailed", "error.details"),
        ("ChildEnded", "outcome.outputs"),
        ("ChildEnded", "outcome.error.details"),
        ("StartChild", "variables"),
        ("ReportToParent", "outcome.outputs"),
        ("SendSignal", "payload"),
    }
    assert not any("id" in name.lower().split(".")[-1] for _, name in named)
