"""Steps per second of a chain of 100 tasks, beside the floor of the same machine and emulator.

The floor is the same number of conditional puts of items of the same size, one after the other,
with nothing else: what durability alone costs here. Both are measured in turn in one process,
so that a machine that slows down slows down both.
"""

import statistics
import time
from itertools import pairwise
from typing import Any

from seriatim.local.service import LocalService

TASKS = 100
ROUNDS = 7
PROJECT = "bench"
ITEM_BODY_BYTES = 330
"""About the size of a step's item in this chain."""

Document = dict[str, Any]


def chain_of(tasks: int) -> Document:
    """A sequence of so many tasks in a row."""
    names = ["start", *(f"task-{i}" for i in range(tasks)), "end"]
    kinds = ["start", *["task"] * tasks, "end"]
    return {
        "name": "chain",
        "nodes": [
            {"id": name, "type": kind} | ({"taskDefinitionId": "echo"} if kind == "task" else {})
            for name, kind in zip(names, kinds, strict=True)
        ],
        "transitions": [
            {"id": f"to-{target}", "sourceNodeId": source, "targetNodeId": target}
            for source, target in pairwise(names)
        ],
    }


def publish(service: LocalService, document: Document) -> str:
    """Store and activate a sequence."""
    definitions = service.wiring.definitions
    definitions.put_task_definition(
        PROJECT,
        "echo",
        {"name": "echo", "integration": "python", "python": {"function": "builtin.echo"}},
    )
    stored = definitions.create(PROJECT, document)
    sequence_id: str = stored.document["id"]
    definitions.activate(PROJECT, sequence_id)
    return sequence_id


def chain_seconds(service: LocalService, sequence_id: str) -> float:
    """How long one execution takes, from the call that starts it to its last step."""
    begun = time.perf_counter()
    state = service.wiring.executions.start(PROJECT, sequence_id, variables={})
    service.wait_idle()
    seconds = time.perf_counter() - begun
    ended = service.wiring.executions.load(state.key)
    assert ended.status == "succeeded", ended.status
    assert ended.steps == TASKS + 1, f"one write per step: {ended.steps}"
    return seconds


def floor_seconds(service: LocalService, writes: int, round_: int) -> float:
    """How long so many conditional puts take, one after the other."""
    client = service.wiring.clients.dynamodb
    table = service.wiring.settings.log_table
    body = "x" * ITEM_BODY_BYTES
    begun = time.perf_counter()
    for number in range(writes):
        client.put_item(
            TableName=table,
            Item={
                "pk": {"S": f"floor#{round_}"},
                "sk": {"S": f"{number:012d}"},
                "body": {"S": body},
                "time": {"N": "1800000000000"},
            },
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    return time.perf_counter() - begun


def main() -> None:
    """Measure, and print the medians and the ratio of every round."""
    ratios, chains, floors = [], [], []
    with LocalService() as service:
        sequence_id = publish(service, chain_of(TASKS))
        chain_seconds(service, sequence_id)
        floor_seconds(service, TASKS, 0)
        for round_ in range(1, ROUNDS + 1):
            floor = floor_seconds(service, TASKS + 1, round_)
            chain = chain_seconds(service, sequence_id)
            ratios.append(chain / floor)
            chains.append((TASKS + 1) / chain)
            floors.append((TASKS + 1) / floor)
    print(f"chain of {TASKS} tasks, {ROUNDS} rounds, embedded AWS, one write per task")
    print(f"  floor (conditional puts alone): {statistics.median(floors):8.0f} writes/s (median)")
    print(f"  seriatim:                       {statistics.median(chains):8.0f} steps/s  (median)")
    print(
        f"  seriatim takes {statistics.median(ratios):.2f} times the floor"
        f" (rounds: {min(ratios):.2f} to {max(ratios):.2f})"
    )
