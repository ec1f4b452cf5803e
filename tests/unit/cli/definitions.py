"""Small definitions to run and to find fault with."""

from itertools import pairwise
from typing import Any

Document = dict[str, Any]


def line(*nodes: Document, **fields: Any) -> Document:
    """A sequence of nodes in a row, from ``start`` to ``end``."""
    row: list[Document] = [{"id": "start", "type": "start"}, *nodes]
    if row[-1].get("type") != "end":
        row.append({"id": "end", "type": "end"})
    transitions = [
        {"id": f"t{at}", "sourceNodeId": one["id"], "targetNodeId": other["id"]}
        for at, (one, other) in enumerate(pairwise(row))
    ]
    return {"name": "Line", "nodes": row, "transitions": transitions, **fields}


def task(node_id: str, definition: str, **parameters: Any) -> Document:
    return {
        "id": node_id,
        "type": "task",
        "taskDefinitionId": definition,
        "parameters": parameters,
    }


def signal(node_id: str, name: str) -> Document:
    return {"id": node_id, "type": "signal", "parameters": {"signalName": name}}


def timer(node_id: str, seconds: float) -> Document:
    return {"id": node_id, "type": "timer", "parameters": {"durationSeconds": seconds}}


def subprocess(node_id: str, sequence_id: str) -> Document:
    return {"id": node_id, "type": "subprocess", "parameters": {"sequenceId": sequence_id}}


def definition(definition_id: str, function: str) -> Document:
    return {
        "id": definition_id,
        "name": definition_id,
        "integration": "python",
        "python": {"function": function},
    }
