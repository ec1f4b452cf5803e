"""Sequences whose end is known beforehand: a tree of blocks, drawn; the document that says it; and
what a sequential interpreter of the tree makes of it. The interpreter knows no tokens, no log and
no joins: what it says and what the service does have nothing in common but the meaning.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.simulation.dice import Dice

TASKS: Final[dict[str, dict[str, Any]]] = {
    "plain": {"id": "plain", "integration": "python", "python": {"function": "f"}},
    "queue": {"id": "queue", "integration": "sqs", "sqs": {"queueUrl": "q"}},
    "outside": {"id": "outside", "integration": "activity", "activity": {"name": "n"}},
    "limited": {
        "id": "limited",
        "integration": "python",
        "python": {"function": "f"},
        "maxConcurrency": 2,
        "rateLimit": {"permits": 4, "perSeconds": 10},
        "balancing": "least_outstanding",
        "targets": [{"weight": 1}, {"weight": 2}],
    },
}
POOLS: Final = {"lock": 1, "pool": 3}
"""Resource pools of the project, with their capacities."""
CHILD: Final = "child"

Source = tuple[str, str]
"""A node that has surely run, and the name of an output of its."""


def value_of(node_id: str, inputs: Mapping[str, Any]) -> str:
    """What a task makes of its inputs."""
    text = json.dumps([node_id, inputs], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Task:
    """A task that fails a few times first; ``is_caught``: more often than it is tried again."""

    id: str
    kind: str
    fails: int = 0
    retries: int = 0
    is_caught: bool = False
    units: int = 0
    """Of ``pool``, while an attempt runs."""


@dataclass(frozen=True)
class Rest:
    """A timer or a signal: nothing but time, or a caller, lets the token go on."""

    id: str
    seconds: int | None = None


@dataclass(frozen=True)
class Chain:
    """One after the other."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True)
class Par:
    """All branches at once, then a join."""

    id: str
    branches: tuple[Chain, ...]


@dataclass(frozen=True)
class Choice:
    """``n > bound``: one way, else the other."""

    id: str
    bound: int
    high: Chain
    low: Chain


@dataclass(frozen=True)
class Loop:
    """The body, so many times."""

    id: str
    times: int
    body: Chain


@dataclass(frozen=True)
class Each:
    """The body once per item, side by side."""

    id: str
    items: tuple[int, ...]
    body: Chain
    concurrency_max: int | None


@dataclass(frozen=True)
class Sub:
    """A child execution, or one per item."""

    id: str
    items: tuple[int, ...] | None


@dataclass(frozen=True)
class Locked:
    """The body, with the lock in hand: nobody else is in such a place meanwhile."""

    id: str
    body: Chain


Block = Task | Rest | Chain | Par | Choice | Loop | Each | Sub | Locked


@dataclass
class Drawing:
    """Draws blocks; ids count up."""

    dice: Dice
    with_children: bool = True
    count: int = 0
    is_locked: bool = False
    """No lock within a lock: that would be a ring of one."""
    in_loop: bool = False
    """No signals: nobody would send as many as are waited for."""
    chain_max: int = 3
    """Blocks in a row."""

    def _id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def chain(self, depth: int, *, is_body: bool = False) -> Chain:
        """One block or more; what a ``forEach`` encloses ends with a plain task."""
        blocks: list[Block] = [
            self.block(depth, is_body=is_body) for _ in range(self.dice.between(1, self.chain_max))
        ]
        if is_body:
            blocks.append(Task(self._id("t"), "plain"))
        return Chain(tuple(blocks))

    def block(self, depth: int, *, is_body: bool) -> Block:
        """Any block; deep down, and in bodies, the simple ones."""
        kind = self.dice.below(11 if depth else 5)
        if kind == 3:
            return Rest(self._id("w"), self.dice.pick((0, 5, 40, 100, 2_000)))
        if kind == 4:
            return self.task() if is_body or self.in_loop else Rest(self._id("g"))
        if kind == 5:
            branches = self.dice.between(2, 4)
            chains = tuple(self.chain(depth - 1, is_body=is_body) for _ in range(branches))
            return Par(self._id("f"), chains)
        if kind == 6:
            high, low = (self.chain(depth - 1, is_body=is_body) for _ in range(2))
            return Choice(self._id("c"), self.dice.below(10), high, low)
        if kind == 7 and not is_body:
            before, self.in_loop = self.in_loop, True
            loop = Loop(self._id("l"), self.dice.between(1, 4), self.chain(0))
            self.in_loop = before
            return loop
        if kind == 8:
            items = tuple(range(self.dice.below(5)))
            limit = self.dice.pick((None, 1, 2))
            return Each(self._id("e"), items, self.chain(depth - 1, is_body=True), limit)
        if kind == 9 and self.with_children:
            is_one = self.dice.chance(0.5)
            return Sub(self._id("s"), None if is_one else tuple(range(self.dice.below(4))))
        if kind == 10 and not self.is_locked:
            self.is_locked = True
            locked = Locked(self._id("k"), self.chain(depth - 1, is_body=is_body))
            self.is_locked = False
            return locked
        return self.task()

    def task(self) -> Task:
        """A task, at times one that fails first."""
        fails = self.dice.pick((0, 0, 0, 1, 2))
        is_caught = fails > 0 and self.dice.chance(0.3)
        kind = self.dice.pick(("plain", "plain", "plain", "queue", "outside", "limited"))
        units = self.dice.pick((0, 0, 0, 1, 2))
        return Task(self._id("t"), kind, fails, 0 if is_caught else fails, is_caught, units)


@dataclass
class Document:
    """A definition in the making."""

    nodes: list[dict[str, Any]] = field(default_factory=list)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    variables: list[dict[str, Any]] = field(default_factory=list)

    def node(self, node_id: str, kind: str, **fields: Any) -> str:
        """One node more."""
        self.nodes.append({"id": node_id, "type": kind, **fields})
        return node_id

    def edge(self, source: str, target: str, **fields: Any) -> None:
        """One transition more."""
        number = len(self.transitions)
        edge = {"id": f"x{number}", "sourceNodeId": source, "targetNodeId": target, **fields}
        self.transitions.append(edge)


def mappings(sources: list[Source]) -> list[dict[str, Any]]:
    """Inputs ``r0``, ``r1``, … from what has run."""
    return [
        {"sourceNodeId": node, "sourceOutputName": output, "targetInputName": f"r{n}"}
        for n, (node, output) in enumerate(sources)
    ]
