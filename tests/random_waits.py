"""Random lists whose items wait: for conditions over all that an expression may read, for other
nodes, at joins that ask an expression, for signals and times with a condition. Beside them tasks
run that change what is read. Every choice comes from outside.
"""

from itertools import pairwise
from typing import Any

from tests.builders import sequence
from tests.random_sequences import TASKS, VARIABLES, Choose

GIVES_V = [{"outputName": "v", "valueExpression": "result.v"}]
OTHERS = ("gate", "side", "last")
"""Tasks outside of the lists, of which conditions and dependencies are told."""


class Waits:
    """A sequence in the making: blocks one after the other, in items of lists."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.paths: list[str] = []
        self.nodes: dict[str, dict[str, Any]] = {}
        self.transitions: list[dict[str, Any]] = []

    def document(self) -> dict[str, Any]:
        """See the module's docstring."""
        choose = self.choose
        self.nodes |= {name: self._task() for name in OTHERS}
        for _ in range(1 + choose(2)):
            fork, join = self.each(0)
            self.paths.append(f"fork > {fork}")
            self.paths.append(f"{join} > joinall")
        for condition in (self.condition(), self.condition()):
            wait = self.new("wait", parameters={"until": _outside(condition)})
            self.paths.append(f"fork > {wait} > joinall")
        writer, closing = self._list([self.new("task", **self._task())])
        self.paths += ["start > fork", f"fork > {writer}", f"{closing} > joinall > end"]
        self.paths += ["fork > gate > last > joinall", "fork > side > joinall"]
        document = sequence(
            *self.paths,
            nodes=self.nodes,
            variables=VARIABLES,
            failurePolicy=("fail_fast", "finish_branches", "incident")[choose(3)],
            maxNodeRuns=15,
        )
        document["transitions"] += self.transitions
        return document

    def new(self, kind: str, **fields: Any) -> str:
        """A node of its own."""
        name = f"{kind}{len(self.nodes)}"
        self.nodes[name] = fields
        return name

    def each(self, depth: int) -> tuple[str, str]:
        """The fork and the join of a list whose items go through some blocks."""
        blocks: list[tuple[str, str]] = []
        for _ in range(1 + self.choose(3)):
            blocks.append(self.block(depth, blocks[-1][1] if blocks else None))
        for (_, end), (start, _) in pairwise(blocks):
            self.paths.append(f"{end} > {start}")
        fork, join = self._list([])
        self.paths.append(f"{fork} > {blocks[0][0]}")
        self.paths.append(f"{blocks[-1][1]} > {join}")
        return fork, join

    def _list(self, body: list[str]) -> tuple[str, str]:
        join = self.new("join", parameters=self._mode())
        parameters: dict[str, Any] = {"forEach": f"range({1 + self.choose(6)})", "joinNodeId": join}
        if self.choose(3) == 1:
            parameters["maxConcurrency"] = 1 + self.choose(2)
        fork = self.new("fork", parameters=parameters)
        if body:
            self.paths.append(" > ".join([fork, *body, join]))
        return fork, join

    def block(self, depth: int, before: str | None) -> tuple[str, str]:
        """The first and the last node of something that waits; ``before`` is a node before it."""
        kind = self.choose(6)
        if kind == 0:
            wait = self.new("wait", parameters={"until": self.condition(before)})
            return wait, wait
        if kind == 1:
            task = self.new("task", **self._task(), **self._depends(before))
            return task, task
        if kind == 2:
            return self._guarded(before)
        if kind == 3 and depth < 1:
            return self.each(depth + 1)
        return self._branches(before)

    def _branches(self, before: str | None) -> tuple[str, str]:
        """Two branches, of which one may depend on the other, and the join of both."""
        fork, join = self.new("fork"), self.new("join", parameters=self._mode(before))
        first = self.new("task", **self._task())
        second = self.new("task", **self._task(), **self._depends(first))
        self.paths += [f"{fork} > {first} > {join}", f"{fork} > {second} > {join}"]
        return fork, join

    def _guarded(self, before: str | None) -> tuple[str, str]:
        """A node that a signal or a time takes a token from, on a condition."""
        parameters: dict[str, Any] = {"callback": True}
        if self.choose(2):
            parameters["until"] = self.condition(before)
        wait, after = self.new("wait", parameters=parameters), self.new("decide")
        self.paths.append(f"{wait} > {after}")
        for number in range(1 + self.choose(2)):
            how: dict[str, Any] = {"trigger": "signal", "signalName": f"s{self.choose(2)}"}
            if self.choose(4) == 1:
                how = {"trigger": "timer", "afterSeconds": 1 + self.choose(20)}
            ends = {"sourceNodeId": wait, "targetNodeId": after, "interrupting": True}
            way = {"id": f"{wait}by{number}", "condition": self.condition(before)}
            self.transitions.append(ends | way | how)
        return wait, after

    def condition(self, before: str | None = None) -> str:
        """One that holds at the latest when ``flag`` does."""
        other = OTHERS[self.choose(3)]
        inner = sorted(name for name in self.nodes if name.startswith(("task", "wait")))
        within = inner[self.choose(len(inner))] if inner else other
        conditions = [
            f"nodes.{within}.status == 'succeeded'",
            f"nodes.{within}.outputs.v == 1",
            f"nodes.{within}.status == 'cancelled'",
            "v == 1",
            f"nodes.{other}.status == 'succeeded'",
            f"nodes.{other}.outputs.v == v",
            "item < v",
            "index == v and v > 0",
            f"nodes['{other}' if v > 0 else 'gate'].status == 'running'",
            "execution.name == 'q'",
            "1 / (v - 2) > 5",
            f"nodes.{before or other}.outputs.v == 1",
            f"nodes.{before or other}.status == 'failed'",
        ]
        return f"flag or {conditions[self.choose(len(conditions))]}"

    def _mode(self, before: str | None = None) -> dict[str, Any]:
        asked = self.condition(before).replace("item", "expected").replace("index", "expected")
        modes: list[dict[str, Any]] = [
            {"mode": "expression", "completeWhen": f"{asked} or len(arrived) == expected"},
            {"mode": "count", "count": "1 + v"},
            {"mode": "all"},
            {"mode": "expression", "completeWhen": asked},
        ]
        reached = {"onReached": "cancel"} if self.choose(4) == 1 else {}
        return modes[self.choose(4)] | reached

    def _task(self) -> dict[str, Any]:
        name = sorted(TASKS)[1 + self.choose(3)]  # all but the limited one
        return {"taskDefinitionId": name, "outputMappings": GIVES_V if self.choose(3) else []}

    def _depends(self, before: str | None) -> dict[str, Any]:
        if self.choose(3) == 0:
            return {}
        ids = [*OTHERS, *([before] if before else [])]
        on = ("succeeded", "completed", "started")[self.choose(3)]
        one = {"nodeId": ids[self.choose(len(ids))], "type": "blocking", "on": on}
        other = {"nodeId": ids[-1], "type": "blocking", "on": "completed"}
        return {"dependencies": [one, other][: 1 + self.choose(2)]}


def random_waits(choose: Choose) -> dict[str, Any]:
    """A document."""
    return Waits(choose).document()


def _outside(condition: str) -> str:
    """The condition where there is no item."""
    return condition.replace("item", "v").replace("index", "v")
