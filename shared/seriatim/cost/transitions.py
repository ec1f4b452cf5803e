"""What AWS Step Functions (Standard workflows) would count for the same run.

It counts a transition each time a state is entered, and one for each retry. A node of ours is a
state there, but for those that are no states: the start, a join, and an end that only succeeds. In
doubt the count is lower than Step Functions' own.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from seriatim.domain import events as e
from seriatim.domain.plan import Plan
from seriatim.domain.step import Step

NO_STATES: Final = frozenset({"start", "join", "end"})


@dataclass(kw_only=True)
class Counted:
    """Of one execution."""

    transitions: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    """By task definition."""


def count(steps: Iterable[Step], plan: Plan) -> Counted:
    """Count what the steps of an execution tell."""
    counted = Counted()
    nodes: dict[int, str] = {}
    for step in steps:
        for event in step.events:
            match event:
                case e.NodeStarted():
                    nodes[event.number] = event.node_id
                    counted.transitions += plan.node(event.node_id).type not in NO_STATES
                case e.TaskScheduled():
                    # The first attempt came with the state; every further one is a retry.
                    counted.transitions += event.attempt > 1
                    task = plan.node(nodes[event.number]).task or {}
                    counted.attempts[str(task.get("id"))] += 1
                case _:
                    pass
    return counted
