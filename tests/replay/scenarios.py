"""Executions that are recorded in the middle of their lives, and how each goes on.

Every type of node is in one of them, and every way in which an execution stands still. A scenario
is never changed once a release has recorded it: add another.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from seriatim.application.moving import MoveInput
from seriatim.application.redriving import RedriveOrder
from seriatim.domain.messages import NodeOrder
from seriatim.domain.state import State
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.task_tokens import TokenClaims
from tests.builders import sequence
from tests.world import PROJECT, World

Act = Callable[[World, ExecutionKey], object]

OUTSIDE: dict[str, Any] = {"taskDefinitionId": "outside"}


@dataclass(frozen=True)
class Scenario:
    """One execution of ``s``: what is done before it is recorded, and what is done after."""

    document: dict[str, Any]
    before: tuple[Act, ...] = ()
    after: tuple[Act, ...] = ()
    later: tuple[dict[str, Any], ...] = ()
    """Documents of further revisions, published once it has begun."""
    child: dict[str, Any] | None = None
    pools: dict[str, int] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    tasks: tuple[dict[str, Any], ...] = ()
    """Task definitions of its own."""
    begin: Callable[[World], ExecutionKey] | None = None
    """How it comes to be, if not by a caller alone."""


def tokens_of(world: World, key: ExecutionKey, *node_ids: str) -> list[tuple[str, str]]:
    """Ids of nodes that somebody works on, in order, each with its task token."""
    runs = sorted(world.state(key).active.values(), key=lambda run: run.number)
    return [
        (run.node_id, world.tokens.issue(TokenClaims(key, run.number, run.attempts)))
        for run in runs
        if run.attempts and (not node_ids or run.node_id in node_ids)
    ]


def done(*node_ids: str) -> Act:
    """Report success on what is worked on, of the execution and of its children."""

    def act(world: World, key: ExecutionKey) -> None:
        for each in world.log.keys():  # noqa: SIM118 - a method of the fake's
            if each.project_id == key.project_id:
                for node_id, token in tokens_of(world, each, *node_ids):
                    world.wired.executions.task_success(token, {"by": node_id})
        world.run()

    return act


def fails(code: str, *, retryable: bool = False) -> Act:
    """Report failure on what is worked on."""

    def act(world: World, key: ExecutionKey) -> None:
        error = Error(code, "it broke", details={"n": 1}, retryable=retryable)
        for _, token in tokens_of(world, key):
            world.wired.executions.task_failure(token, error)
        while world.deliver_next():
            pass

    return act


def signal(name: str, payload: Any = None) -> Act:
    """Send a signal."""

    def act(world: World, key: ExecutionKey) -> None:
        world.wired.executions.signal(key, name, payload, f"key of {name}", "ann")
        while world.deliver_next():
            pass

    return act


def order(node_id: str, action: Any) -> Act:
    """An operator's hand."""

    def act(world: World, key: ExecutionKey) -> None:
        given = NodeOrder(node_id=node_id, action=action, by="ann", reason="by hand")
        world.wired.executions.order(key, given)
        world.run()

    return act


def call(method: str, *args: Any) -> Act:
    """One of the other calls: ``pause``, ``resume``, ``cancel``, ``set_variables``."""

    def act(world: World, key: ExecutionKey) -> State:
        found: State = getattr(world.wired.executions, method)(key, *args)
        return found

    return act


def redrive(world: World, key: ExecutionKey) -> None:
    """Let it go on where it ended."""
    world.wired.executions.redrive(key, RedriveOrder(reason="mended", by="ann"))
    while world.deliver_next():
        pass


def move(world: World, key: ExecutionKey) -> None:
    """Move it to revision 2."""
    report = world.wired.moving.move(PROJECT, "s", MoveInput(to_revision=2, is_dry_run=False))
    assert [one["outcome"] for one in report["executions"]] == ["moved"]


def with_boundaries() -> dict[str, Any]:
    document = sequence(
        "start > a > end", "a >!timer> late > end", "a >!signal> told > end", nodes={"a": OUTSIDE}
    )
    for edge in document["transitions"]:
        if edge.get("trigger") == "timer":
            edge["afterSeconds"] = 3_600
        if edge.get("trigger") == "signal":
            edge |= {"signalName": "tell", "interrupting": False}
    return document


RETRY = {"retryPolicy": {"maxRetries": 3, "retryIntervalSeconds": 600, "backoffMultiplier": 3}}
COUNTED = {"name": "n", "type": "integer", "defaultValue": 0}
COUNT = {"outputName": "n", "valueExpression": "n + 1", "targetVariable": "n"}
EACH_ITEM = {"parameters": {"forEach": "[10, 20, 30]", "joinNodeId": "join", "maxConcurrency": 2}}
BODY = {"parameters": {"item": "${item}", "index": "${index}"}}
EACH_CHILD = {"sequenceId": "child", "forEach": "[1, 2]", "variables": {"v": "${item}"}}
ONE_CHILD = {"sequenceId": "child", "variables": {"v": 7}}
CHILD = sequence("start > c > end", nodes={"c": OUTSIDE}, variables=[{"name": "v"}])

SCENARIOS: dict[str, Scenario] = {
    "ended": Scenario(
        sequence(
            "start > a > end", nodes={"a": {"parameters": {"x": "${v}"}}}, variables=[{"name": "v"}]
        ),
        variables={"v": {"deep": [1, None, "é"]}},
    ),
    "signals": Scenario(
        sequence(
            "start > signal > signal2 > end",
            nodes={
                "signal": {"parameters": {"signalName": "go"}},
                "signal2": {"parameters": {"signalName": "early"}},
            },
        ),
        before=(signal("early", {"kept": True}),),
        after=(signal("go", 1),),
    ),
    "join-waves": Scenario(
        sequence(
            "start > fork > a > join > b > end",
            "fork > a2 > join",
            "fork > a3 > join",
            nodes={
                "a": OUTSIDE,
                "a2": OUTSIDE,
                "a3": OUTSIDE,
                "b": OUTSIDE,
                "join": {"parameters": {"mode": "count", "count": 2}},
            },
        ),
        before=(done("a"), done("a2")),
        after=(done("a3"), done("b")),
    ),
    "loop": Scenario(
        sequence(
            "start > a > decide >[n < 3]> a",
            "decide > b > end",
            nodes={"a": {"outputMappings": [COUNT]}, "b": OUTSIDE},
            variables=[COUNTED],
        ),
        after=(done(),),
    ),
    "for-each": Scenario(
        sequence(
            "start > fork > a > join > end", nodes={"fork": EACH_ITEM, "a": {**OUTSIDE, **BODY}}
        ),
        before=(done(),),
        after=(done(),),
    ),
    "child": Scenario(
        sequence("start > sub > end", nodes={"sub": {"parameters": ONE_CHILD}}),
        child=CHILD,
        after=(done(),),
    ),
    "children": Scenario(
        sequence("start > sub > end", nodes={"sub": {"parameters": EACH_CHILD}}),
        child=CHILD,
        after=(done(),),
    ),
    "boundaries": Scenario(with_boundaries(), before=(signal("tell", "x"),), after=(done("a"),)),
    "timer": Scenario(
        sequence(
            "start > timer > end", nodes={"timer": {"parameters": {"durationSeconds": 9_000}}}
        ),
        after=(order("timer", "run-now"),),
    ),
    "back-off": Scenario(
        sequence("start > a > end", nodes={"a": {**OUTSIDE, **RETRY}}),
        before=(fails("Busy", retryable=True),),
        after=(order("a", "run-now"), done()),
    ),
    "redriven": Scenario(
        sequence("start > fork > a > join > end", "fork > b > join", nodes={"a": OUTSIDE}),
        before=(fails("Broken"), redrive),
        after=(done(),),
    ),
    "failed": Scenario(
        sequence("start > a > end", nodes={"a": OUTSIDE}),
        before=(fails("Broken"),),
        after=(redrive, done()),
    ),
    "incident": Scenario(
        sequence("start > a > end", nodes={"a": OUTSIDE}, failurePolicy="incident"),
        before=(fails("Broken"),),
        after=(order("a", "skip"),),
    ),
    "caught": Scenario(
        sequence("start > a > end", "a >!error> b > end", nodes={"a": OUTSIDE, "b": OUTSIDE}),
        before=(fails("Broken"),),
        after=(done(),),
    ),
    "moved": Scenario(
        sequence("start > a > end", nodes={"a": OUTSIDE}),
        later=(sequence("start > a > b > end", nodes={"a": OUTSIDE}),),
        before=(move,),
        after=(done(),),
    ),
    "paused": Scenario(
        sequence("start > a > b > end", nodes={"a": OUTSIDE}, variables=[{"name": "v"}]),
        before=(call("set_variables", {"v": [1]}), call("pause", "lunch", "ann"), done()),
        after=(call("resume", None, "ann"),),
    ),
    "waits": Scenario(
        sequence(
            "start > fork > wait > join > end",
            "fork > wait2 > join",
            nodes={
                "wait": {"parameters": {"until": "v == 1"}},
                "wait2": {"parameters": {"callback": True}},
            },
            variables=[{"name": "v"}],
        ),
        after=(call("set_variables", {"v": 1}), order("wait2", "complete")),
    ),
    "dependency": Scenario(
        sequence(
            "start > fork > a > join > end",
            "fork > b > join",
            nodes={"a": OUTSIDE, "b": {"dependencies": [{"nodeId": "a"}]}},
        ),
        after=(done(),),
    ),
    "permits": Scenario(
        sequence(
            "start > a > b > end",
            nodes={
                "a": {**OUTSIDE, "acquire": {"db": 1}},
                "b": {**OUTSIDE, "release": {"db": 1}, "resources": {"db": 1}},
            },
        ),
        pools={"db": 2},
        before=(done("a"),),
        after=(done("b"),),
    ),
    "cancelled": Scenario(
        sequence("start > a > end", nodes={"a": OUTSIDE}),
        before=(call("cancel", "enough", "ann"),),
        after=(redrive, done()),
    ),
}
