"""Random sequences of all node types, valid for activation. Every choice comes from outside."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.dependencies import check_blocking_cycles
from seriatim.domain.validation.inspection import Inspection
from tests.builders import sequence

Choose = Callable[[int], int]
"""``choose(n)`` is a number from 0 to n - 1; 0 is the plain choice."""

TASKS: dict[str, Any] = {
    "plain": {"id": "plain", "integration": "python", "python": {"function": "f"}},
    "queue": {"id": "queue", "integration": "sqs", "sqs": {"queueUrl": "q"}},
    "outside": {"id": "outside", "integration": "activity", "activity": {"name": "n"}},
    "limited": {
        "id": "limited",
        "integration": "python",
        "python": {"function": "f"},
        "maxConcurrency": 2,
        "rateLimit": {"permits": 1, "perSeconds": 2},
    },
}

VARIABLES = [
    {"name": "v", "type": "integer", "defaultValue": 0},
    {"name": "flag", "type": "boolean", "defaultValue": False},
]

KINDS = (
    "task",
    "fork",
    "join",
    "decide",
    "task",
    "join",
    "fork",
    "timer",
    "signal",
    "wait",
    "sub",
    "each",
)
LISTS = ("[1, 2]", "[]", "[1, 2, 3]")
RESTING = ("task", "timer", "signal", "wait", "sub")
CONDITIONS = ("v == 0", "v == 1", "v == 2", "flag", "not flag", "true", "false")


def chosen_from(choices: Iterable[int]) -> Choose:
    """Choices from a list of numbers; when it is used up, the plain ones."""
    source = iter(choices)
    return lambda n: next(source, 0) % n


def chosen_by(seed: str) -> Choose:
    """Choices from a seed, the same on every machine."""
    drawn = (hashlib.sha256(f"{seed}/{count}".encode()).digest() for count in range(1_000_000))
    return lambda n: int.from_bytes(next(drawn)[:4], "big") % n


def random_sequence(choose: Choose, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """A document whose every node is on a way from the start to an end."""
    count = 2 + choose(13)
    nodes = [f"{kinds[choose(len(kinds))]}{n}" for n in range(count)]
    ends = [f"end{n}" for n in range(1 + choose(2))]
    edges = _edges(nodes, ends, choose)
    _put_conditions(edges, choose)
    edges += _side_ways(nodes, [*ends, *nodes], choose)
    document = sequence(
        *(edge.path for edge in edges),
        *(f"{node} > {node}body > {_way_out(node)}" for node in nodes if node.startswith("each")),
        nodes={
            **{
                node: _details(node, choose)
                | _dependency(node, nodes[:n], choose)
                | _permits(node, choose)
                for n, node in enumerate(nodes)
            },
            **{_way_out(node): _closing(choose) for node in nodes if node.startswith("each")},
            **{end: {"parameters": _end(choose)} for end in ends},
        },
        variables=VARIABLES,
        failurePolicy=("fail_fast", "finish_branches", "incident")[choose(3)],
        maxNodeRuns=15,
    )
    for edge, transition in zip(edges, document["transitions"], strict=False):
        transition.update(edge.fields)
    if choose(6) == 1:
        document["nodes"][1]["cancelNodeIds"] = [nodes[choose(count)]]
    if choose(8) == 1:
        document["timeoutSeconds"] = 300
    if choose(5) == 1:
        document["maxConcurrentExecutions"] = 1
    if any(check_blocking_cycles(Inspection(TaskSequence.model_validate(document)))):
        for node in document["nodes"]:
            node.pop("dependencies", None)
    return document


def _edges(nodes: list[str], ends: list[str], choose: Choose) -> list["Edge"]:
    """A tree from the start, a way on from its leaves, and more at random: forks lead to many nodes
    and many nodes lead to joins.
    """
    edges = [Edge("start", nodes[0])]
    for n in range(1, len(nodes)):
        forks = [node for node in nodes[:n] if node.startswith("fork")]
        before = forks if forks and choose(2) == 0 else nodes[max(0, n - 3) : n]
        edges.append(Edge(_way_out(before[-1 - choose(len(before))]), nodes[n]))
    for n, node in enumerate(nodes):
        if not any(edge.source == _way_out(node) for edge in edges):
            joins = [other for other in nodes[n + 1 :] if other.startswith("join")]
            later = joins if joins and choose(4) else [*ends, *nodes[n + 1 :]]
            edges.append(Edge(_way_out(node), later[choose(len(later))]))
    for _ in range(choose(len(nodes))):
        source = nodes[choose(len(nodes))]
        joins = [node for node in nodes if node.startswith("join")]
        targets = joins if joins and choose(2) else [*ends, *nodes]
        edges.append(Edge(_way_out(source), targets[choose(len(targets))]))
    unreached = [end for end in ends if not any(edge.target == end for edge in edges)]
    return edges + [Edge(_way_out(nodes[choose(len(nodes))]), end) for end in unreached]


class Edge:
    """A transition in the making."""

    def __init__(self, source: str, target: str, arrow: str = ">", **fields: Any) -> None:
        self.source, self.target, self.arrow, self.fields = source, target, arrow, fields

    @property
    def path(self) -> str:
        """As ``builders.sequence`` reads it."""
        return f"{self.source} {self.arrow} {self.target}"


def _way_out(node: str) -> str:
    """The node from which tokens leave: of a ``forEach`` fork, the join that ends its body."""
    return f"join{node}" if node.startswith("each") else node


def _put_conditions(edges: list[Edge], choose: Choose) -> None:
    """Of every node that is no fork, all ways out but the first get a condition."""
    seen: set[str] = set()
    for edge in edges:
        is_fork = edge.source.startswith("fork")
        if edge.source in seen and (not is_fork or choose(3) == 1):
            edge.fields["condition"] = CONDITIONS[choose(len(CONDITIONS))]
            edge.fields["priority"] = choose(3)
        seen.add(edge.source)


def _side_ways(nodes: list[str], targets: list[str], choose: Choose) -> list[Edge]:
    """Error and boundary transitions."""
    edges: list[Edge] = []
    fields: dict[str, Any]
    for node in nodes:
        if node.startswith("join") and choose(3):
            edges.append(Edge(node, targets[choose(len(targets))], ">!error>"))
        if not node.startswith(RESTING):
            continue
        if choose(2) == 1:
            fields = {"condition": "error.code == 'E1'"} if choose(3) == 1 else {}
            edges.append(Edge(node, targets[choose(len(targets))], ">!error>", **fields))
        if choose(5) == 1:
            after = 1 + choose(40)
            fields = {"afterSeconds": after, "interrupting": choose(2) == 0, **_guard(after)}
            edges.append(Edge(node, targets[choose(len(targets))], ">!timer>", **fields))
        if choose(5) == 1:
            fields = {"signalName": f"s{choose(2)}", "interrupting": choose(2) == 0}
            fields |= _guard(len(edges))
            edges.append(Edge(node, targets[choose(len(targets))], ">!signal>", **fields))
    return edges


def _guard(number: int) -> dict[str, Any]:
    """Of some boundary transitions, a condition."""
    return {"condition": CONDITIONS[number // 2 % len(CONDITIONS)]} if number % 2 else {}


def _details(node: str, choose: Choose) -> dict[str, Any]:
    kind = node.rstrip("0123456789")
    details: dict[str, Any] = {}
    parameters: dict[str, Any]
    match kind:
        case "task":
            details = _task(choose)
        case "join":
            details["parameters"] = _join(choose)
        case "timer":
            details["parameters"] = {"durationSeconds": choose(30)}
        case "signal" if choose(4) == 1:
            target = {"targetExecutionId": "exec-9", "mode": "send"}
            details["parameters"] = {"signalName": "s0", **target}
        case "signal":
            details["parameters"] = {"signalName": f"s{choose(2)}"}
        case "wait":
            waits: list[dict[str, Any]] = [
                {"until": "flag"},
                {"callback": True},
                {"until": "v > 0"},
            ]
            details["parameters"] = waits[choose(3)]
            if "callback" in details["parameters"] and node.endswith(tuple("13579")):
                details["parameters"] = {"callback": True, "until": "v > 1"}
        case "sub" if choose(3) == 1:
            parameters = {"forEach": LISTS[choose(3)], "sequenceId": "child"}
            parameters["toleratedFailurePercentage"] = (0, 50, 100)[choose(3)]
            details["parameters"] = parameters | _concurrency(choose)
        case "sub":
            details["parameters"] = {"sequenceId": "child", "waitForCompletion": choose(4) != 1}
        case "each":
            details["type"] = "fork"
            parameters = {"forEach": LISTS[choose(3)], "joinNodeId": _way_out(node)}
            details["parameters"] = parameters | _concurrency(choose)
        case _:
            pass
    if kind in RESTING and choose(3) == 1:
        details["retryPolicy"] = _policy(choose)
    if kind in RESTING and choose(4) == 1:
        details["timeoutSeconds"] = 5 + choose(60)
    return details


def _concurrency(choose: Choose) -> dict[str, Any]:
    return {"maxConcurrency": 1 + choose(2)} if choose(2) == 1 else {}


def _dependency(node: str, before: list[str], choose: Choose) -> dict[str, Any]:
    """A dependency on a node that comes earlier in the document."""
    others = [other for other in before if not other.startswith("each")]
    if not others or choose(6) != 1:
        return {}
    kind = ("blocking", "non_blocking")[choose(2)]
    on = ("succeeded", "completed", "started")[choose(3)]
    return {"dependencies": [{"nodeId": others[choose(len(others))], "type": kind, "on": on}]}


def _permits(node: str, choose: Choose) -> dict[str, Any]:
    """What a node's attempts need, and what it acquires and releases."""
    details: dict[str, Any] = {}
    if node.startswith("task") and choose(4) == 1:
        details["resources"] = {"db": 1 + choose(2)}
    if choose(9) == 1:
        details["acquire"] = ({"lock": 1}, {"db": 1}, {"db": 1, "lock": 1})[choose(3)]
    if choose(5) == 1:
        details["release"] = ({"lock": 1}, {"db": 2}, {"db": 1, "lock": 1})[choose(3)]
    return details


def _task(choose: Choose) -> dict[str, Any]:
    task = ("plain", "queue", "outside", "limited")[choose(4)]
    details: dict[str, Any] = {
        "taskDefinitionId": task,
        "outputMappings": [{"outputName": "v", "valueExpression": "result.v"}],
    }
    if task != "plain" and choose(3) == 1:
        details["heartbeatSeconds"] = 3 + choose(20)
    return details


def _join(choose: Choose) -> dict[str, Any]:
    reached = "cancel" if choose(3) == 1 else "absorb"
    modes: list[dict[str, Any]] = [
        *[{"mode": "all"}] * 4,
        {"mode": "gather"},
        *[{"mode": "any", "onReached": reached}] * 3,
        {"mode": "count", "count": "1 + v", "onReached": reached},
        {"mode": "expression", "completeWhen": "flag or len(arrived) > 1", "onReached": reached},
    ]
    return modes[choose(len(modes))]


def _closing(choose: Choose) -> dict[str, Any]:
    modes: list[dict[str, Any]] = [
        {"mode": "all"},
        {"mode": "any", "onReached": ("absorb", "cancel")[choose(2)]},
        {"mode": "count", "count": 2},
    ]
    return {"parameters": modes[choose(len(modes))]}


def _policy(choose: Choose) -> dict[str, Any]:
    return {
        "maxRetries": choose(3),
        "retryIntervalSeconds": (0, 1, 10)[choose(3)],
        "backoffMultiplier": 1 + choose(2),
        "jitter": ("none", "full")[choose(2)],
        "retryableErrors": (None, ["E1", "Timeout"], ["*"])[choose(3)],
    }


def _end(choose: Choose) -> dict[str, Any]:
    ends: list[dict[str, Any]] = [*[{}] * 8, {"status": "failed"}, {"terminate": True}]
    return ends[choose(len(ends))]
