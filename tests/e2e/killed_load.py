"""What runs while a service is killed: sequences of each kind, and what each must give."""

from collections.abc import Callable
from typing import Any

import yaml

Document = dict[str, Any]

LONG_SECONDS = 7_200
"""A time-out that is never reached: its timer is a schedule, which must be gone after the end."""


def _task(task_id: str, function: str, **more: Any) -> Document:
    python = {"function": f"builtin.{function}"}
    return {"id": task_id, "name": task_id, "integration": "python", "python": python, **more}


def _sequence(sequence_id: str, nodes: Document, *paths: str, **more: Any) -> Document:
    """``nodes`` by id; ``paths`` like ``"s > a > e"``."""
    links = [
        (source, target)
        for path in paths
        for source, target in zip(path.split(" > "), path.split(" > ")[1:], strict=False)
    ]
    return {
        "id": sequence_id,
        "name": sequence_id,
        "timeoutSeconds": LONG_SECONDS,
        "variables": [{"name": "n", "type": "integer", "defaultValue": 0}],
        "nodes": [{"id": node_id, **node} for node_id, node in nodes.items()],
        "transitions": [
            {"id": f"{source}-{target}", "sourceNodeId": source, "targetNodeId": target}
            for source, target in links
        ],
        **more,
    }


def _runs(task_id: str, parameters: Document | None = None, **more: Any) -> Document:
    return {
        "type": "task",
        "taskDefinitionId": task_id,
        "parameters": parameters or {},
        **more,
    }


def _end(**outputs: str) -> Document:
    mappings = [{"outputName": name, "valueExpression": text} for name, text in outputs.items()]
    return {"type": "end", "outputMappings": mappings}


START = {"type": "start"}
COUNTS = _runs(
    "echo",
    outputMappings=[{"outputName": "n", "valueExpression": "n + 1", "targetVariable": "n"}],
)
ANSWER = {"type": "signal", "parameters": {"signalName": "answer"}}

BRANCHES = {
    "s": START,
    "f": {"type": "fork"},
    "a": _runs("echo", {"v": "${n}"}),
    "a2": _runs("sleep", {"seconds": 0.2, "v": "${nodes.a.outputs.v}"}),
    "b": {"type": "timer", "parameters": {"durationSeconds": 1}},
    "c": _runs(
        "fail",
        {"times": 2, "v": "${n}"},
        retryPolicy={"maxRetries": 2, "retryIntervalSeconds": 0.5},
    ),
    "j": {"type": "join"},
    "e": _end(a="nodes.a2.outputs.v", c="nodes.c.outputs.v"),
}
CHILD = {"sequenceId": "chain", "variables": {"n": "${n}"}}
CREW = {"sequenceId": "chain", "forEach": "[n, n + 10, n + 20]", "variables": {"n": "${item}"}}
ITEMS = {"forEach": "[n, n + 1, n + 2]", "joinNodeId": "j", "maxConcurrency": 2}

BUNDLE: Document = {
    "taskDefinitions": [
        _task("echo", "echo"),
        _task("sleep", "sleep"),
        _task("fail", "fail"),
        {
            "id": "pack",
            "name": "pack",
            "integration": "activity",
            "activity": {"name": "packing"},
            # Who polled may have been told nothing: the service died, or its answer was lost.
            "timeoutSeconds": 3,
            "retryPolicy": {"maxRetries": 1_000, "retryIntervalSeconds": 0},
        },
    ],
    "resourcePools": [{"id": "seats", "capacity": 3}, {"id": "lock", "capacity": 1}],
    "sequences": [
        _sequence(
            "chain",
            {"s": START, "a": COUNTS, "b": COUNTS, "c": COUNTS, "e": _end(n="n")},
            "s > a > b > c > e",
        ),
        _sequence("branches", BRANCHES, "s > f > a > a2 > j > e", "f > b > j", "f > c > j"),
        _sequence(
            "asking",
            {
                "s": START,
                "first": ANSWER,
                "second": ANSWER,
                "e": _end(first="nodes.first.outputs.n", second="nodes.second.outputs.n"),
            },
            "s > first > second > e",
        ),
        _sequence(
            "packing",
            {"s": START, "p": _runs("pack", {"n": "${n}"}), "e": _end(n="nodes.p.outputs.packed")},
            "s > p > e",
        ),
        _sequence(
            "parent",
            {
                "s": START,
                "before": _runs("echo"),
                "child": {"type": "subprocess", "parameters": CHILD},
                "after": _runs("echo"),
                "e": _end(n="nodes.child.outputs.n"),
            },
            "s > before > child > after > e",
        ),
        _sequence(
            "crew",
            {
                "s": START,
                "children": {"type": "subprocess", "parameters": CREW},
                "e": _end(all="nodes.children.outputs.items"),
            },
            "s > children > e",
        ),
        _sequence(
            "items",
            {
                "s": START,
                "f": {"type": "fork", "parameters": ITEMS},
                "a": _runs("echo", {"v": "${item * 2}"}),
                "j": {"type": "join"},
                "e": _end(all="nodes.j.outputs.items"),
            },
            "s > f > a > j > e",
        ),
        _sequence(
            "sharing",
            {
                "s": START,
                "k1": _runs("sleep", {"seconds": 0.05}, acquire={"lock": 1}),
                "k1m": _runs("echo", {"v": "${n}"}, release={"lock": 1}, resources={"seats": 1}),
                "e": _end(n="nodes.k1m.outputs.v"),
            },
            "s > k1 > k1m > e",
        ),
    ],
}

KINDS: dict[str, Callable[[int], Document]] = {
    "chain": lambda n: {"n": n + 3},
    "branches": lambda n: {"a": n, "c": n},
    "asking": lambda n: {"first": n, "second": n + 1},
    "packing": lambda n: {"n": n},
    "parent": lambda n: {"n": n + 3},
    "crew": lambda n: {"all": [{"n": n + 3 + more} for more in (0, 10, 20)]},
    "items": lambda n: {"all": [{"v": 2 * (n + more)} for more in range(3)]},
    "sharing": lambda n: {"n": n},
}
"""The sequences that are started, and what one that was started as number ``n`` must give."""

CHILDREN = {"parent": 1, "crew": 3}
"""How many executions one starts."""


def bundle() -> str:
    """The file of definitions."""
    return yaml.safe_dump(BUNDLE)
