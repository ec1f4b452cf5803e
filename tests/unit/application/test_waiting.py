"""Why an execution waits: one case for each kind, and pages of many."""

from typing import Any

import pytest

from seriatim.application.errors import Invalid
from seriatim.domain import messages as m
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.tasks import Failed
from tests.builders import sequence
from tests.world import PROJECT, World

Item = dict[str, Any]


def waiting(world: World, key: ExecutionKey, limit: int = 50, **more: Any) -> dict[str, Any]:
    return world.wired.why_waiting.page(key, limit, more.get("cursor"))


def begun(document: dict[str, Any], world: World | None = None, **given: Any) -> list[Item]:
    """What an execution waits for once nothing runs any more."""
    world = world or World()
    world.publish(document)
    key = world.start(**given)
    world.run(until_ms=world.clock.now() + 10)
    items: list[Item] = waiting(world, key)["items"]
    return items


def only(document: dict[str, Any], world: World | None = None, **given: Any) -> Item:
    items = begun(document, world, **given)
    assert len(items) == 1, items
    return items[0]


def node(node_id: str, **fields: Any) -> dict[str, Any]:
    return {"nodes": {node_id: fields}}


def test_a_timer_says_until_when() -> None:
    item = only(
        sequence("start > timer > end", **node("timer", parameters={"durationSeconds": 240}))
    )
    assert item["kind"] == "timer"
    assert f"waits until {item['until']} (in 4 minutes)." in item["sentence"]
    assert item["canBeMovedBy"] == [
        f"POST /projects/p/executions/{executions_of(item)}/nodes/timer/run-now"
    ]


def executions_of(item: Item) -> str:
    parts: list[str] = item["canBeMovedBy"][0].split("/")
    return parts[4]


def test_a_signal_is_named_with_those_that_came_instead() -> None:
    world = World()
    world.publish(
        sequence("start > signal > end", **node("signal", parameters={"signalName": "go"}))
    )
    key = world.start()
    world.wired.executions.signal(key, "gone")
    item = waiting(world, key)["items"][0]
    assert (item["kind"], item["signalName"], item["keptSignals"]) == ("signal", "go", {"gone": 1})
    said = "Node 'signal' waits for the signal 'go'; kept are signals named 'gone'."
    assert item["sentence"] == said
    assert item["canBeMovedBy"][0].endswith("/signals/go")


def test_a_condition_shows_what_it_reads() -> None:
    until = {"until": "total > 3 and nodes.a.outputs == null"}
    document = sequence(
        "start > wait > end",
        "start > a > end",
        nodes={"wait": {"parameters": until}},
        variables=[{"name": "total", "type": "number", "defaultValue": 2}],
    )
    document["transitions"][2]["condition"] = "false"
    item = only(document)
    assert item["kind"] == "until"
    assert item["values"] == {"total": 2, "nodes.a.outputs": None}
    assert "now total is 2, nodes.a.outputs is null" in item["sentence"]


def test_a_deferred_choice_names_its_ways() -> None:
    document = sequence("start > wait > end", "wait >!timer> end", "wait >!signal> end")
    document["transitions"][2]["afterSeconds"] = 60
    document["transitions"][3]["signalName"] = "stop"
    item = only(document)
    assert item["kind"] == "choice"
    assert [way["trigger"] for way in item["boundaries"]] == ["timer", "signal"]
    assert "the signal 'stop'" in item["sentence"]
    assert item["canBeMovedBy"][0].endswith("/signals/stop")


def test_a_way_with_a_condition_says_so() -> None:
    document = sequence("start > wait > end", "wait >!timer> end", variables=[{"name": "v"}])
    document["transitions"][2] |= {"afterSeconds": 60, "condition": "v == 1"}
    item = only(document)
    assert item["boundaries"][0]["condition"] == "v == 1"
    assert item["sentence"].endswith("if 'v == 1' is true then.")


def test_the_boundaries_of_a_node_can_move_it_too() -> None:
    document = sequence("start > wait > end", "wait >!signal> end")
    document["nodes"][1]["parameters"] = {"until": "false"}
    document["transitions"][2]["signalName"] = "stop"
    item = only(document)
    assert (item["kind"], item["boundaries"][0]["signalName"]) == ("until", "stop")
    assert item["canBeMovedBy"][0].endswith("/signals/stop")


def test_a_callback_waits_for_its_task_token() -> None:
    item = only(sequence("start > wait > end", **node("wait", parameters={"callback": True})))
    assert item["kind"] == "callback"
    assert item["canBeMovedBy"][0] == "POST /task-tokens/success"


def test_a_callback_that_a_condition_ends_says_so() -> None:
    both = {"callback": True, "until": "v > 0"}
    variables = [{"name": "v", "defaultValue": 0}]
    item = only(
        sequence("start > wait > end", variables=variables, **node("wait", parameters=both))
    )
    assert (item["kind"], item["expression"], item["values"]) == ("callback", "v > 0", {"v": 0})
    assert "or until 'v > 0' is true" in item["sentence"]
    assert item["canBeMovedBy"][-1].endswith("/variables")


def test_an_activity_says_who_polled_last() -> None:
    world = World()
    document = sequence("start > a > end", **node("a", taskDefinitionId="outside"))
    item = only(document, world)
    assert (item["kind"], item["activity"], item.get("lastPoll")) == ("activity", "outside", None)
    assert "nobody has polled for it" in item["sentence"]
    world.activities.record_poll(PROJECT, "outside", "w1", world.clock.now())
    key = world.log.keys()[0]
    item = waiting(world, key)["items"][0]
    assert item["lastPoll"]["workerId"] == "w1"
    assert "last polled for by 'w1'" in item["sentence"]


def test_an_activity_says_until_when_it_waits() -> None:
    outside = {"taskDefinitionId": "outside", "timeoutSeconds": 3}
    item = only(sequence("start > a > end", **node("a", **outside)))
    assert f"; it times out at {item['deadline']}" in item["sentence"]
    item = only(sequence("start > a > end", **node("a", **outside, queueTimeoutSeconds=9)))
    assert f"; it must be taken by {item['queueUntil']}" in item["sentence"]
    assert "deadline" not in item


def test_an_attempt_that_a_worker_has_is_a_task() -> None:
    world = World()
    world.publish(
        sequence("start > a > end", **node("a", taskDefinitionId="outside", heartbeatSeconds=60))
    )
    key = world.start()
    world.run(until_ms=world.clock.now())
    run = next(iter(world.state(key).active.values()))
    pickup = m.TaskPickup(number=run.number, attempt=1, worker_id="w1")
    world.wired.advancer.submit(key, pickup, "w")
    item = waiting(world, key)["items"][0]
    assert (item["kind"], item["workerId"], item["attempt"]) == ("task", "w1", 1)
    assert "worker 'w1' " in item["sentence"]
    assert "its next heartbeat must come by" in item["sentence"]


def test_a_task_in_process_is_a_task() -> None:
    world = World()
    world.publish(sequence("start > a > end"))
    item = waiting(world, world.start())["items"][0]
    assert (item["kind"], item["handedOut"]) == ("task", False)
    assert item["sentence"] == "Node 'a' runs attempt 1 in a worker, begun just now."


def test_a_retry_says_when_and_why() -> None:
    world = World()
    world.tasks.scripts["a"] = lambda _: Failed(Error("Oops", "it broke", retryable=True))
    policy = {"maxRetries": 1, "retryIntervalSeconds": 90}
    item = only(sequence("start > a > end", **node("a", retryPolicy=policy)), world)
    assert (item["kind"], item["attempt"], item["error"]["code"]) == ("retry", 2, "Oops")
    assert "after Oops: it broke." in item["sentence"]


def test_a_child_is_named_with_its_status() -> None:
    world = World()
    world.publish(
        sequence("start > signal > end", **node("signal", parameters={"signalName": "x"})), "c"
    )
    item = only(sequence("start > sub > end", **node("sub", parameters={"sequenceId": "c"})), world)
    assert item["kind"] == "child"
    assert item["executions"] == [{"id": item["executionIds"][0], "status": "waiting"}]
    assert "(waiting)." in item["sentence"]


def test_a_child_that_is_paused_is_said_to_be() -> None:
    world = World()
    world.publish(
        sequence("start > signal > end", **node("signal", parameters={"signalName": "x"})), "c"
    )
    world.publish(sequence("start > sub > end", **node("sub", parameters={"sequenceId": "c"})))
    key = world.start()
    world.run(until_ms=world.clock.now() + 10)
    child = waiting(world, key)["items"][0]["executionIds"][0]
    world.wired.executions.pause(ExecutionKey(PROJECT, child), None, "ann")
    item = waiting(world, key)["items"][0]
    assert item["executions"] == [{"id": child, "status": "waiting", "paused": True}]
    assert "(waiting, paused)." in item["sentence"]


def test_children_are_counted() -> None:
    world = World()
    world.publish(
        sequence("start > signal > end", **node("signal", parameters={"signalName": "x"})), "c"
    )
    parameters = {"sequenceId": "c", "forEach": "[1, 2, 3]", "maxConcurrency": 2}
    item = only(sequence("start > sub > end", **node("sub", parameters=parameters)), world)
    assert (item["kind"], item["items"], item["started"], item["ended"]) == ("children", 3, 2, 0)
    assert [one["status"] for one in item["executions"]] == ["waiting", "waiting"]
    assert "0 of 3 have ended, 2 of at most 2 are on their way" in item["sentence"]


def test_the_items_of_a_fork_are_counted() -> None:
    each = {"type": "fork", "parameters": {"forEach": "[1, 2]", "joinNodeId": "join"}}
    signal = {"parameters": {"signalName": "go"}}
    document = sequence(
        "start > each > signal > join > end", nodes={"each": each, "signal": signal}
    )
    items = begun(document)
    assert [(item["kind"], item.get("index")) for item in items] == [
        ("items", None),
        ("signal", 0),
        ("signal", 1),
    ]
    assert items[0]["sentence"] == (
        "Node 'each' waits for its items: 0 of 2 have ended, 2 are on their way."
    )


def test_a_join_says_what_it_expects_and_where_that_is() -> None:
    document = sequence(
        "start > fork > a > join > end",
        "fork > signal > b > join",
        **node("signal", parameters={"signalName": "go"}),
    )
    signal, join = begun(document)
    assert (signal["kind"], join["kind"]) == ("signal", "join")
    assert join["held"] == [{"transitionId": "a-join", "tokens": 1}]
    at = [{"nodeId": "signal", "status": "signal"}]
    assert join["expected"] == [{"transitionId": "b-join", "tokensAt": at}]
    assert join["sentence"] == (
        "Node 'join' holds 1 token (from 'a-join') and still expects one from 'b-join', which is"
        " at 'signal' (signal)."
    )


def test_a_join_whose_last_firing_is_still_awaiting_the_late_says_so() -> None:
    document = sequence(
        "start > fork > a > join > decide >[true]> join",
        "decide > end",
        "fork > signal > join",
        nodes={
            "signal": {"parameters": {"signalName": "go"}},
            "join": {"parameters": {"mode": "any"}},
        },
    )
    join = begun(document)[-1]
    assert join["sentence"] == (
        "Node 'join' holds 1 token (from 'decide-join') for its next firing, and the last one"
        " still expects one from 'signal-join', which is at 'signal' (signal)."
    )


def test_a_join_that_a_failure_keeps_from_firing_says_so_though_others_are_on_their_way() -> None:
    world = World()
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken", "it broke"))
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "fork > signal > join",
        nodes={
            "signal": {"parameters": {"signalName": "go"}},
            "join": {"parameters": {"mode": "any"}},
        },
        failurePolicy="finish_branches",
    )
    join = begun(document, world)[-1]
    assert "and does not fire, for a token that could have come has failed;" in join["sentence"]


def test_items_that_have_failed_are_not_on_their_way() -> None:
    world = World()
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken", "it broke"))
    fork = {"forEach": "[1, 2, 3]", "joinNodeId": "join", "maxConcurrency": 1}
    document = sequence(
        "start > fork > decide >[index == 0]> a > join > end",
        "decide > signal > join",
        nodes={"fork": {"parameters": fork}, "signal": {"parameters": {"signalName": "go"}}},
        failurePolicy="finish_branches",
    )
    items = begun(document, world)[0]
    assert (items["kind"], items["started"], items["ended"], items["failed"]) == ("items", 2, 0, 1)
    assert "0 of 3 have ended, 1 failed, 1 of at most 1 are on their way." in items["sentence"]


def test_an_attempt_counts_from_when_it_was_handed_out() -> None:
    world = World()
    retry = {"maxRetries": 1, "retryIntervalSeconds": 3_600, "retryableErrors": ["*"]}
    document = sequence(
        "start > a > end", **node("a", taskDefinitionId="outside", retryPolicy=retry)
    )
    world.publish(document)
    key = world.start()
    world.run(until_ms=world.clock.now())
    run = next(iter(world.state(key).active.values()))
    failure = m.TaskFailure(number=run.number, attempt=1, error=Error("Broken", "it broke"))
    world.wired.advancer.submit(key, failure, "w")
    world.clock.advance(3_600_000)
    world.wired.advancer.submit(key, m.TimerDue(at=world.clock.now()), "w")
    item = waiting(world, key)["items"][0]
    assert (item["kind"], item["attempt"]) == ("activity", 2)
    assert "offered just now" in item["sentence"]


def test_a_dependency_says_on_what() -> None:
    document = sequence(
        "start > fork > b > end",
        "fork > signal > end",
        nodes={
            "b": {"dependencies": [{"nodeId": "signal"}]},
            "signal": {"parameters": {"signalName": "go"}},
        },
    )
    items = begun(document)
    dependency = next(item for item in items if item["kind"] == "dependency")
    assert dependency["nodes"] == [{"nodeId": "signal", "on": "succeeded", "status": "waiting"}]
    assert "'signal' to have succeeded (it is waiting)" in dependency["sentence"]


def test_an_incident_says_what_an_operator_can_do() -> None:
    world = World()
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken", "it broke"))
    item = only(sequence("start > a > end", failurePolicy="incident"), world)
    assert (item["kind"], item["error"]["code"]) == ("incident", "Broken")
    verbs = [call.rpartition("/")[2] for call in item["canBeMovedBy"]]
    assert verbs == ["run-now", "skip", "complete", "fail"]


def test_a_pause_says_who_and_why() -> None:
    world = World()
    world.publish(sequence("start > a > b > end"))
    key = world.start()
    world.wired.executions.pause(key, "lunch", "ann")
    world.run()
    page = waiting(world, key)
    assert [item["kind"] for item in page["items"]] == ["paused"]
    assert page["items"][0]["nodeIds"] == ["b"]
    assert page["items"][0]["sentence"] == (
        "Paused by ann just now (lunch); no node begins until it is resumed, 1 token(s) would go"
        " on."
    )


def test_an_execution_that_has_ended_says_why_instead() -> None:
    world = World()
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken", "it broke"))
    world.publish(sequence("start > a > end"))
    key = world.start()
    world.run()
    page = waiting(world, key)
    assert page["items"] == []
    assert page["sentence"].endswith(": Broken: it broke.")


def test_a_large_execution_is_explained_page_by_page() -> None:
    ways = [f"fork > signal{n} > join" for n in range(5)]
    nodes = {f"signal{n}": {"parameters": {"signalName": "go"}} for n in range(5)}
    world = World()
    world.publish(sequence("start > fork", *ways, "fork > a > join > end", nodes=nodes))
    key = world.start()
    world.run()
    found: list[str] = []
    cursor = None
    while True:
        page = waiting(world, key, 2, cursor=cursor)
        found += [item["nodeId"] for item in page["items"]]
        cursor = page.get("cursor")
        if cursor is None:
            break
    assert found == [*nodes, "join"]


def test_a_cursor_of_another_list_is_refused() -> None:
    world = World()
    world.publish(sequence("start > a > end"))
    with pytest.raises(Invalid):
        waiting(world, world.start(), cursor="x")
