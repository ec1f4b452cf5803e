"""The sequences whose cost is counted, and how many tasks each runs."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from bench.shapes import chain_of, fan_out_of, loop_of

LOOPS: Final = 100
RETRIED_TASKS: Final = 10
ATTEMPTS: Final = 3
WAITS: Final = 20
SHORT_SECONDS: Final = 60
LONG_SECONDS: Final = 3_600
ITEMS: Final = 1_000
MANY: Final = 10_000

Document = dict[str, Any]

FLAKY: Final[Document] = {
    "type": "task",
    "taskDefinitionId": "flaky",
    "parameters": {"times": ATTEMPTS - 1},
}
CALLBACK: Final[Document] = {"type": "wait", "parameters": {"callback": True}}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A sequence, and by what its cost is divided."""

    name: str
    document: Document
    tasks: int
    """Attempts of tasks, waits or callbacks: what a user counts."""
    per: str = "task"
    variables: Document = field(default_factory=dict)
    has_callbacks: bool = False
    child: Document | None = None
    """What its subprocesses run."""
    is_long: bool = False
    """Whether counting takes minutes: only when it is asked for by name, or with ``--long``."""


def cases() -> tuple[Case, ...]:
    """All of them."""
    forks = tuple(
        Case(name=f"fork and join of {n:,}", document=fan_out_of(n), tasks=n)
        for n in (10, 100, 1_000)
    )
    return (
        Case(name="chain of 50", document=chain_of(50), tasks=50),
        Case(name="chain of 500", document=chain_of(500), tasks=500),
        *forks,
        Case(name=f"loop of {LOOPS}", document=loop_of(LOOPS), tasks=LOOPS),
        *(
            Case(
                name=f"forEach of {n:,}",
                document=for_each(),
                tasks=n,
                variables={"items": list(range(n))},
                is_long=n > ITEMS,
            )
            for n in (ITEMS, MANY)
        ),
        *(
            Case(
                name=f"{n:,} children",
                document=family(),
                tasks=n,
                per="child",
                variables={"items": list(range(n))},
                child=chain_of(1),
                is_long=n > ITEMS,
            )
            for n in (ITEMS, MANY)
        ),
        Case(
            name=f"{RETRIED_TASKS} tasks, each tried {ATTEMPTS} times",
            document=row("flaky", FLAKY, RETRIED_TASKS),
            tasks=RETRIED_TASKS * ATTEMPTS,
            per="attempt",
        ),
        Case(
            name=f"{WAITS} timers of a minute",
            document=timers(SHORT_SECONDS),
            tasks=WAITS,
            per="timer",
        ),
        Case(
            name=f"{WAITS} timers of an hour",
            document=timers(LONG_SECONDS),
            tasks=WAITS,
            per="timer",
        ),
        Case(
            name=f"{WAITS} callbacks",
            document=row("call", CALLBACK, WAITS),
            tasks=WAITS,
            per="callback",
            has_callbacks=True,
        ),
    )


def row(name: str, node: Document, count: int) -> Document:
    """So many nodes, one after the other."""
    names = [f"{name}-{i}" for i in range(count)]
    return {
        "name": name,
        "nodes": [
            {"id": "start", "type": "start"},
            *({"id": one, **node} for one in names),
            {"id": "end", "type": "end"},
        ],
        "transitions": [_edge(*pair) for pair in pairwise(["start", *names, "end"])],
    }


def timers(seconds: int) -> Document:
    """Timers in a row."""
    parameters = {"durationSeconds": seconds}
    return row("timer", {"type": "timer", "parameters": parameters}, WAITS)


def for_each() -> Document:
    """One task for every item of a list, and the join."""
    return {
        "name": "for-each",
        "variables": [{"name": "items", "type": "array"}],
        "nodes": [
            {"id": "start", "type": "start"},
            {
                "id": "split",
                "type": "fork",
                "parameters": {"forEach": "items", "joinNodeId": "together"},
            },
            {"id": "work", "type": "task", "taskDefinitionId": "echo"},
            {"id": "together", "type": "join"},
            {"id": "end", "type": "end"},
        ],
        "transitions": [
            _edge("start", "split"),
            _edge("split", "work"),
            _edge("work", "together"),
            _edge("together", "end"),
        ],
    }


def family() -> Document:
    """A child execution for every item of a list; whose, is for the caller to say."""
    return {
        "name": "family",
        "variables": [{"name": "items", "type": "array"}],
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "all", "type": "subprocess", "parameters": {"forEach": "items"}},
            {"id": "end", "type": "end"},
        ],
        "transitions": [_edge("start", "all"), _edge("all", "end")],
    }


def task_definitions() -> tuple[Document, ...]:
    """What the tasks of all of them are."""
    return (
        {
            "id": "echo",
            "name": "echo",
            "integration": "python",
            "python": {"function": "builtin.echo"},
        },
        {
            "id": "flaky",
            "name": "flaky",
            **_python("builtin.fail"),
            "retryPolicy": {"maxRetries": ATTEMPTS - 1},
        },
    )


def _python(function: str) -> Document:
    return {"integration": "python", "python": {"function": function}}


def _edge(source: str, target: str) -> Document:
    return {"id": f"{source}>{target}", "sourceNodeId": source, "targetNodeId": target}
