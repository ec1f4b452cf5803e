"""More executions that are recorded in the middle of their lives: begun by a trigger, told by a
bulk, held up by limits, moved or redriven with units in hand, retired; and what is told of
children, items and late tokens.

With ``scenarios`` together they have every kind of event and command. The same holds here: what a
release has recorded is not changed.
"""

from typing import Any

from seriatim.application.bulk import BulkAction
from seriatim.domain.values import Error
from tests.builders import sequence
from tests.replay.acts import (
    another,
    archived,
    bulk,
    children_fail,
    fired,
    fires_again,
    let_time_pass,
    one,
    polled,
    retire,
    rounds,
    second,
    some_are_gone,
    stays_retired,
    turned_away,
)
from tests.replay.scenarios import (
    CHILD,
    EACH_CHILD,
    EACH_ITEM,
    OUTSIDE,
    SCENARIOS,
    Scenario,
    call,
    done,
    fails,
    move,
    order,
    redrive,
)


def joined(**parameters: Any) -> dict[str, Any]:
    """Three branches into a join that does not wait for all, and something after it."""
    return sequence(
        "start > fork > a > join > b > end",
        "fork > a2 > join",
        "fork > a3 > join",
        nodes=dict.fromkeys(("a", "a2", "a3", "b"), OUTSIDE) | {"join": {"parameters": parameters}},
    )


def items(**join: Any) -> dict[str, Any]:
    return sequence(
        "start > fork > a > join > b > end",
        nodes={"fork": EACH_ITEM, "a": OUTSIDE, "b": OUTSIDE, "join": {"parameters": join}},
    )


LIMITED = {
    "id": "limited",
    "integration": "activity",
    "activity": {"name": "limited"},
    "maxConcurrency": 2,
    "rateLimit": {"permits": 1, "perSeconds": 20},
    "targets": [{"weight": 1, "name": "x"}, {"weight": 1, "name": "y"}],
}
V = [{"name": "v", "type": "any"}]
ONE = sequence("start > a > end", nodes={"a": OUTSIDE})
ALONE = sequence("start > a > end", nodes={"a": OUTSIDE}, maxConcurrentExecutions=1)
ENDED = sequence("start > a > end", variables=V, retentionDays=1)
HOLDING = sequence(
    "start > a > b > c > end",
    nodes={
        "a": {"acquire": {"db": 2}},
        "b": {**OUTSIDE, "release": {"db": 1}},
        "c": {**OUTSIDE, "release": {"db": 1}},
    },
)
HOLDING_LONGER = sequence(
    "start > a > b > d > c > end",
    nodes={
        "a": {"acquire": {"db": 2}},
        "b": {**OUTSIDE, "release": {"db": 1}},
        "c": {**OUTSIDE, "release": {"db": 1}},
        "d": OUTSIDE,
    },
)
CHILDREN = sequence(
    "start > sub > b > end", nodes={"sub": {"parameters": EACH_CHILD}, "b": OUTSIDE}
)
ASKING = {"maxRetries": 2, "retryIntervalSeconds": 600, "retryableErrors": ["*"]}

GUARDED = sequence("start > a > end", "a >!timer> b > end", nodes={"a": OUTSIDE}, variables=V)
GUARDED["transitions"][2] |= {"afterSeconds": 60, "condition": "v == 1"}

COUNTING = sequence(
    "start > fork > a > join > end",
    "fork > b > join",
    nodes={
        "a": OUTSIDE,
        "b": OUTSIDE,
        "join": {"parameters": {"mode": "count", "count": "v"}},
    },
    variables=V,
    failurePolicy="incident",
)

LIVES: dict[str, Scenario] = {
    "firing-undone": Scenario(
        COUNTING,
        before=(done("a"), call("set_variables", {"v": 2}), order("join", "run-now")),
        after=(done("b"),),
    ),
    "passed-over": Scenario(GUARDED, before=(let_time_pass,), after=(done(),)),
    "triggered": Scenario(
        sequence("start > a > end", nodes={"a": OUTSIDE}, variables=V),
        begin=fired,
        after=(fires_again, done()),
    ),
    "bulk-paused": Scenario(
        ONE, before=(bulk(BulkAction.PAUSE),), after=(bulk(BulkAction.RESUME), done())
    ),
    "bulk-resumed": Scenario(
        ONE, before=(bulk(BulkAction.PAUSE), bulk(BulkAction.RESUME)), after=(done(),)
    ),
    "bulk-cancelled": Scenario(
        ONE, before=(bulk(BulkAction.CANCEL),), after=(bulk(BulkAction.REDRIVE), done())
    ),
    "bulk-redriven": Scenario(
        ONE, before=(fails("Broken"), bulk(BulkAction.REDRIVE)), after=(done(),)
    ),
    "pending": Scenario(ALONE, begin=second, after=(done(), done())),
    "admitted": Scenario(ALONE, begin=second, before=(done(),), after=(done(),)),
    "limited": Scenario(
        sequence(
            "start > fork > a > join > end",
            "fork > b > join",
            nodes={name: {"taskDefinitionId": "limited"} for name in ("a", "b")},
        ),
        tasks=(LIMITED,),
        after=(done("a"), rounds, done("b")),
    ),
    "denied": Scenario(
        sequence(
            "start > a > sub > end",
            nodes={
                "a": {"acquire": {"db": 1}},
                "sub": {"parameters": {"sequenceId": "child", "waitForCompletion": True}},
            },
        ),
        child=sequence(
            "start > a > end", nodes={"a": {"acquire": {"db": 1}, "retryPolicy": ASKING}}
        ),
        pools={"db": 1},
    ),
    "turned-away": Scenario(
        sequence(
            "start > a > b > end",
            nodes={
                "a": {"acquire": {"db": 1}, "retryPolicy": ASKING},
                "b": {**OUTSIDE, "release": {"db": 1}},
            },
        ),
        pools={"db": 1},
        begin=second,
        before=(turned_away,),
        after=(done("b"), rounds, done("b")),
    ),
    "holding-redriven": Scenario(
        HOLDING, pools={"db": 2}, before=(fails("Broken"), redrive, done("b")), after=(done("c"),)
    ),
    "holding-waits": Scenario(
        HOLDING,
        pools={"db": 2},
        before=(fails("Broken"), another, redrive),
        after=(done(), done(), done(), done()),
    ),
    "holding-moved": Scenario(
        HOLDING,
        later=(HOLDING_LONGER,),
        pools={"db": 2},
        before=(move,),
        after=(done(), done(), done()),
    ),
    "items-redriven": Scenario(
        items(),
        before=(one("a", Error("Broken")), redrive),
        after=(done("a"), done("a"), done("b")),
    ),
    "items-cancelled": Scenario(
        items(mode="any", onReached="cancel"), before=(one("a"),), after=(done("b"),)
    ),
    "children-redriven": Scenario(
        CHILDREN,
        child=CHILD,
        before=(children_fail, redrive),
        after=(done("c"), done("b")),
    ),
    "children-ended": Scenario(CHILDREN, child=CHILD, before=(done("c"),), after=(done("b"),)),
    "child-ended": Scenario(
        sequence(
            "start > sub > b > end",
            nodes={"sub": {"parameters": {"sequenceId": "child"}}, "b": OUTSIDE},
        ),
        child=CHILD,
        before=(done("c"),),
        after=(done("b"),),
    ),
    "cancelled-with-children": Scenario(
        sequence(
            "start > fork > sub > join > end",
            "fork > sub2 > join",
            nodes={
                "sub": {"parameters": EACH_CHILD},
                "sub2": {"parameters": {"sequenceId": "child"}},
            },
        ),
        child=CHILD,
        before=(call("cancel", "enough", "ann"),),
        after=(rounds,),
    ),
    "polled": Scenario(
        sequence("start > a > end", nodes={"a": {**OUTSIDE, "heartbeatSeconds": 600}}),
        before=(polled,),
        after=(done(),),
    ),
    "sent": Scenario(
        sequence(
            "start > signal > a > end",
            nodes={
                "signal": {
                    "parameters": {
                        "mode": "send",
                        "signalName": "go",
                        "targetExecutionId": "${execution.id}",
                        "payload": [1],
                    }
                },
                "a": OUTSIDE,
            },
        ),
        after=(done(),),
    ),
    "on-failure": Scenario(
        sequence("start > a > end", nodes={"a": OUTSIDE}, onFailureSequenceId="child"),
        child=sequence("start > c > end", nodes={"c": OUTSIDE}),
        before=(fails("Broken"),),
        after=(redrive, done(), done()),
    ),
    "absorbed": Scenario(
        joined(mode="any"), before=(done("a"), done("a2"), done("a3")), after=(done("b"),)
    ),
    "late-cancelled": Scenario(
        joined(mode="any", onReached="cancel"), before=(one("a"),), after=(done("b"),)
    ),
    "wave-ended": Scenario(
        sequence(
            "start > fork > a > join > b > end",
            "fork > a2 > decide >[1 == 2]> join",
            "decide > c > end",
            nodes=dict.fromkeys(("a", "a2", "b", "c"), OUTSIDE)
            | {"join": {"parameters": {"mode": "any"}}},
        ),
        before=(one("a"), one("a2")),
        after=(done("b", "c"),),
    ),
    "tokens-dropped": Scenario(
        sequence(
            "start > fork > a > join > b > end",
            "fork > a2 > join",
            "fork > a3 > c > end",
            nodes=dict.fromkeys(("a", "a2", "b", "c"), OUTSIDE)
            | {"a3": {**OUTSIDE, "cancelNodeIds": ["join"]}},
        ),
        before=(one("a"), one("a3")),
        after=(done("a2", "c"), done("b")),
    ),
    "dependency-met": Scenario(
        sequence(
            "start > fork > a > join > end",
            "fork > b > join",
            nodes={"a": OUTSIDE, "b": {**OUTSIDE, "dependencies": [{"nodeId": "a"}]}},
        ),
        before=(done("a"),),
        after=(done("b"),),
    ),
    "completed-by-hand": Scenario(
        sequence("start > a > b > end", nodes={"a": OUTSIDE, "b": OUTSIDE}),
        before=(order("a", "complete"),),
        after=(done("b"),),
    ),
    "retired": Scenario(ENDED, begin=archived, before=(retire,), after=(stays_retired,)),
    "retired-and-gone": Scenario(
        ENDED, begin=archived, before=(retire, some_are_gone), after=(stays_retired,)
    ),
}

ALL: dict[str, Scenario] = SCENARIOS | LIVES
