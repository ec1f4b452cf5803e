"""Goal: what a signal carries can be read by what comes after the node that it reached."""

from typing import Any

import pytest

from tests.builders import Driver, sequence


def choice() -> dict[str, Any]:
    document = sequence(
        "start > wait > a > end",
        "wait > b > end",
        nodes={"a": {"parameters": {"x": "${nodes.wait.outputs.n}"}}},
    )
    for transition in document["transitions"]:
        name = {"wait-a": "yes", "wait-b": "no"}.get(transition["id"])
        if name is not None:
            transition.update(trigger="signal", signalName=name)
    return document


@pytest.mark.parametrize(
    ("payload", "outputs"), [({"n": 7}, {"n": 7}), ("text", {"result": "text"}), (None, {})]
)
def test_the_signal_that_decides_a_deferred_choice_gives_the_outputs(
    payload: Any, outputs: dict[str, Any]
) -> None:
    run = Driver(choice())
    run.signal("yes", payload)
    assert run.active() == ["a"]
    assert run.latest("wait").outputs == outputs
    assert run.run_of("a").inputs == {"x": outputs.get("n")}
