"""Goal: a snapshot stands for the log before it.

Method: round trips of states that hold something in every field; the Driver does the same at the
steps of every test of the decider.
"""

import msgspec
import pytest
from rpds import HashTrieMap

from seriatim.domain import messages as m
from seriatim.domain import snapshot
from seriatim.domain.decider.decide import decide
from seriatim.domain.state import State
from seriatim.domain.values import Error, ParentLink
from tests.builders import Driver, sequence

HOSTILE = ["null", "NaN", "5", "true", "", " ", "é\u2028😀", "1e5", "[]", "a" * 5000]


def busy_state() -> State:
    """Parked and live tokens, kept signals, a retry, a worker, ended runs and variables."""
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "fork > c > join",
        "fork > d > join",
        "fork > timer > join",
        "fork > signal > join",
        nodes={
            "a": {"retryPolicy": {"maxRetries": 2, "retryIntervalSeconds": 60}},
            "b": {
                "taskDefinitionId": "outside",
                "timeoutSeconds": 90,
                "heartbeatSeconds": 30,
            },
            "timer": {"parameters": {"durationSeconds": 3600}},
            "signal": {"parameters": {"signalName": "go"}},
        },
        timeoutSeconds=86400,
    )
    variables = {"list": [1, 2.5, None], "object": {"a": {"b": []}}, "text": "é"}
    driver = Driver(
        document,
        variables,
        name="n",
        priority=3,
        metadata={"k": "v"},
        parent=ParentLink("exec-0", 4, index=2, depth=3),
        input_hash="h",
    )
    driver.fails("a", "Net.Reset", retryable=True, details={"at": [1]})
    outside = driver.run_of("b")
    driver.send(m.TaskPickup(number=outside.number, attempt=1, worker_id="w-1"))
    driver.done("c", result={"x": 1})
    driver.signal("early", {"p": 1}, key="k1")
    driver.signal("early", None, key="k2")
    return driver.current


def ended_state() -> State:
    """A failure with branches that were still running."""
    driver = Driver(sequence("start > fork > a > join > end", "fork > b > join"))
    driver.fails("a", details=[{"why": "null"}])
    assert driver.status == "failed"
    assert len(driver.current.halted) == 1
    return driver.current


@pytest.mark.parametrize("state", [busy_state(), ended_state()], ids=["busy", "ended"])
def test_a_state_survives_the_round_trip(state: State) -> None:
    assert snapshot.decode(snapshot.encode(state)) == state


def test_the_same_state_gives_the_same_bytes_in_whatever_order_its_maps_were_filled() -> None:
    state = busy_state()
    maps = {
        name: HashTrieMap(dict(reversed(list(getattr(state, name).items()))))
        for name in ("active", "latest", "arrivals", "live", "parked")
    }
    again = msgspec.structs.replace(state, **maps)
    assert again == state
    assert snapshot.encode(again) == snapshot.encode(state)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_that_look_like_other_values_stay_texts(text: str) -> None:
    variables = {"v": text, "deep": [{text or "k": text}]}
    driver = Driver(sequence("start > a > end"), variables, name=text, input_hash=text, by=text)
    driver.signal("go", text, key=text)
    driver.fails("a", text or "Empty", details=text)
    again = snapshot.decode(snapshot.encode(driver.current))
    assert again == driver.current
    assert again is not None
    assert (again.name, again.input_hash, again.signal_keys) == (text, text, (text,))
    assert again.variables == variables


@pytest.mark.parametrize("number", [0, -1, 1.5, 1e300, 5e-324, 2**53 + 1, 2**63, -(2**63), 10**40])
def test_numbers_keep_their_value(number: float) -> None:
    state = Driver(sequence("start > a > end"), {"n": number, "list": [number]}).current
    again = snapshot.decode(snapshot.encode(state))
    assert again is not None
    assert again.variables == {"n": number, "list": [number]}


def test_the_memory_of_joins_and_waits_is_not_kept() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > wait > join",
            nodes={"wait": {"parameters": {"until": "nodes.join.status == 'x'"}}},
        )
    )
    driver.done("a")
    assert driver.warm is not None
    assert driver.warm.blocked is not None
    assert driver.warm.watched is not None
    assert sorted(kind for kind, _ in driver.warm.watched.reads) == ["blocked", "until"]
    assert driver.warm.watched.due == frozenset()
    again = snapshot.decode(snapshot.encode(driver.warm))
    assert again is not None
    assert again.blocked is None
    assert again.watched is None


def test_a_body_of_another_format_is_ignored() -> None:
    state = busy_state()
    body = msgspec.json.decode(snapshot.encode(state))
    assert snapshot.decode(msgspec.json.encode(body | {"format": snapshot.FORMAT + 1})) is None
    assert snapshot.decode(b"{}") is None


@pytest.mark.parametrize("form", ["next", ""])
def test_a_body_of_another_version_of_the_state_is_ignored(form: str) -> None:
    """A newer one may stand for events to be left alone, an older one lacks fields."""
    body = msgspec.json.decode(snapshot.encode(busy_state()))
    assert body["form"] == snapshot.FORM
    assert snapshot.decode(msgspec.json.encode(body | {"form": form})) is None


def test_an_execution_goes_on_from_a_snapshot_as_if_nothing_was() -> None:
    document = sequence("start > fork > a > join > b > end", "fork > c > join")
    driver = Driver(document, {"x": 1})
    driver.done("a")
    state = snapshot.decode(snapshot.encode(driver.current))
    run = driver.run_of("c")
    message = m.TaskSuccess(number=run.number, attempt=1, result={"y": [None]})
    decision = decide(driver.plan, state, message, driver.now)
    assert driver.send(message) == decision.events
    assert driver.active() == ["b"]


def test_a_snapshot_weighs_what_grows_with_the_execution() -> None:
    short, long = Driver(sequence("start > a > end")), Driver(sequence("start > a > b > c > end"))
    short.finish()
    long.finish()
    assert snapshot.weight(short.current) < snapshot.weight(long.current)


def test_an_error_that_ended_no_node_run_is_kept_too() -> None:
    driver = Driver(sequence("start > a > end", timeoutSeconds=1))
    driver.pass_time(1000)
    assert driver.status == "timed_out"
    [(_, node_id, error)] = driver.current.errors
    assert node_id is None
    assert isinstance(error, Error)
    assert snapshot.decode(snapshot.encode(driver.current)) == driver.current
