"""Executions as files: what is recorded of one, and a world that goes on with it."""

import base64
import json
from pathlib import Path
from typing import Any

import msgspec

from seriatim.adapters.dynamodb.step_codec import StepRecord
from seriatim.application.wire import execution_document
from seriatim.domain.values import ExecutionKey
from seriatim.ports.ledgers import LedgerName
from tests.permit_worlds import with_task
from tests.replay.scenarios import Scenario
from tests.world import PROJECT, World

HISTORIES = Path(__file__).parent / "histories"

Json = Any


def made(scenario: Scenario) -> World:
    """A world in which the scenario may run: its definitions and pools."""
    world = World()
    if scenario.child is not None:
        world.publish(scenario.child, "child")
    for pool_id, capacity in scenario.pools.items():
        world.wired.resource_pools.put(PROJECT, pool_id, capacity)
    for definition in scenario.tasks:
        with_task(world, definition)
    world.publish(scenario.document)
    return world


def publish_later(world: World, scenario: Scenario) -> None:
    """Publish the further revisions."""
    for document in scenario.later:
        changed = {name: document[name] for name in ("nodes", "transitions")}
        world.wired.definitions.change(PROJECT, "s", changed)


def recorded(scenario: Scenario) -> Json:
    """The scenario up to where it is recorded, and how it went on."""
    world = made(scenario)
    begin = scenario.begin or (lambda w: w.start(name="recorded", variables=scenario.variables))
    key = begin(world)
    while world.deliver_next():
        pass
    publish_later(world, scenario)
    for act in scenario.before:
        act(world, key)
    found: Json = {
        "executionId": key.execution_id,
        "now": world.clock.now(),
        "logs": {each.execution_id: _records(world, each) for each in sorted(world.log._steps)},
        "payloads": {
            name: base64.b64encode(body).decode()
            for (_, name), body in sorted(world.payloads._bodies.items())
        },
        "kept": kept(world),
        "shown": shown(world, key),
    }
    for act in scenario.after:
        act(world, key)
    world.run()
    return found | {"ended": outcome(world, key)}


def _records(world: World, key: ExecutionKey) -> list[Json]:
    return [msgspec.to_builtins(record) for record in world.log._steps[key]]


def kept(world: World) -> Json:
    """What lies beside the logs: ledgers, lists, the archive, and which steps have expired."""
    summaries = world.summaries
    return {
        "ledgers": {one.name: body.decode() for one, body in world.ledgers._ledgers.items()},
        "summaries": {name: body.decode() for (_, name), body in summaries._bodies.items()},
        "watches": {key.execution_id: at for key, at in summaries._watches.items()},
        "forgotten": sorted(name for _, name in summaries._forgotten),
        "archive": {
            key.execution_id: base64.b64encode(body).decode()
            for key, body in world.archive._bodies.items()
        },
        "gone": {key.execution_id: sorted(numbers) for key, numbers in world.log._gone.items()},
    }


def put_back(world: World, found: Json) -> None:
    """The other way round."""
    for name, body in found["ledgers"].items():
        world.ledgers._ledgers[LedgerName(PROJECT, name)] = body.encode()
    for name, body in found["summaries"].items():
        world.summaries._bodies[PROJECT, name] = body.encode()
    for name, at in found["watches"].items():
        world.summaries._watches[ExecutionKey(PROJECT, name)] = at
    world.summaries._forgotten |= {(PROJECT, name) for name in found["forgotten"]}
    for name, body in found["archive"].items():
        world.archive.put(ExecutionKey(PROJECT, name), base64.b64decode(body))
    for name, numbers in found["gone"].items():
        world.log._gone[ExecutionKey(PROJECT, name)] = set(numbers)


def loaded(scenario: Scenario, history: Json) -> tuple[World, ExecutionKey]:
    """A world that holds what was recorded, and nothing else of the execution."""
    world = made(scenario)
    world.clock.advance(history["now"] - world.clock.now())
    for name, body in history["payloads"].items():
        assert world.payloads.put(PROJECT, base64.b64decode(body)) == name
    publish_later(world, scenario)
    pinned = [("s", 1 + number) for number in range(1 + len(scenario.later))]
    for sequence_id, revision in [*pinned, *([("child", 1)] if scenario.child else [])]:
        world.wired.starter.pin_of(PROJECT, sequence_id, revision)
    for execution_id, records in history["logs"].items():
        steps = [msgspec.convert(record, StepRecord) for record in records]
        world.log._steps[ExecutionKey(PROJECT, execution_id)] = steps
    if "kept" in history:  # the first ones have the logs alone
        put_back(world, history["kept"])
    return world, ExecutionKey(PROJECT, history["executionId"])


def shown(world: World, key: ExecutionKey) -> Json:
    """The execution as a caller sees it, with its whole history."""
    history: list[Json] = []
    cursor = None
    while True:
        page = world.wired.reading_back.history(key, 200, cursor)
        history += page["items"]
        cursor = page.get("cursor")
        if cursor is None:
            break
    state = world.state(key)
    is_gone = state.retired_at is not None
    document = world.wired.reading_back.execution(key) if is_gone else execution_document(state)
    return json.loads(msgspec.json.encode({**document, "history": history}))


def outcome(world: World, key: ExecutionKey) -> Json:
    """How it ended: what depends on neither times nor the number of steps."""
    document = shown(world, key)
    runs = document["nodeExecutions"].items()
    return {
        "status": document["status"],
        "outputs": document["outputs"],
        "variables": document["variables"],
        "nodes": {node_id: [run["status"], run["outputs"]] for node_id, run in runs},
    }
