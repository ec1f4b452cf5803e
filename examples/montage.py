"""A task graph as a sequence: a task with several parents gets a join in front, one with
several children a fork behind.

Each task then runs exactly once, after all its parents. The graph is the real Montage run in
``data`` (see its README).
"""

import gzip
import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "montage-chameleon-2mass-005d-001.json.gz"

Document = dict[str, Any]


def load(path: Path = DATA) -> Document:
    """The task graph: ``{"name", "tasks": [[id, seconds, [indexes of parents], program], …]}``."""
    with gzip.open(path) as file:
        graph: Document = json.load(file)
    return graph


def to_sequence(graph: Document, time_scale: float = 1.0) -> Document:
    """The graph as a sequence whose tasks sleep for their real run times, divided by
    ``time_scale``.
    """
    tasks = graph["tasks"]
    children: list[list[int]] = [[] for _ in tasks]
    for index, (_, _, parents, _) in enumerate(tasks):
        for parent in parents:
            children[parent].append(index)
    graph_ = _Graph()
    graph_.node("start", "start")
    graph_.node("begin", "fork")
    graph_.edge("start", "begin")
    for index, (task_id, seconds, parents, program) in enumerate(tasks):
        graph_.task(task_id, program, seconds / time_scale)
        entry, leaving = task_id, task_id
        if len(parents) > 1:
            entry = graph_.node(f"join {task_id}", "join")
            graph_.edge(entry, task_id)
        if len(children[index]) > 1:
            leaving = graph_.node(f"fork {task_id}", "fork")
            graph_.edge(task_id, leaving)
        graph_.entries.append(entry)
        graph_.exits.append(leaving)
    graph_.node("finish", "join")
    leaves = [tasks[index][0] for index in range(len(tasks)) if not children[index]]
    graph_.end("end", leaves)
    for index, (_, _, parents, _) in enumerate(tasks):
        for parent in parents:
            graph_.edge(graph_.exits[parent], graph_.entries[index])
        if not parents:
            graph_.edge("begin", graph_.entries[index])
        if not children[index]:
            graph_.edge(graph_.exits[index], "finish")
    graph_.edge("finish", "end")
    return {
        "name": "montage",
        "description": f"{graph['name']}: {len(tasks)} tasks of a real astronomy workflow",
        "nodes": graph_.nodes,
        "transitions": graph_.transitions,
    }


class _Graph:
    """Nodes and transitions as they come."""

    def __init__(self) -> None:
        self.nodes: list[Document] = []
        self.transitions: list[Document] = []
        self.entries: list[str] = []
        self.exits: list[str] = []

    def node(self, node_id: str, kind: str) -> str:
        self.nodes.append({"id": node_id, "type": kind})
        return node_id

    def task(self, node_id: str, program: str, seconds: float) -> None:
        self.nodes.append(
            {
                "id": node_id,
                "name": program,
                "type": "task",
                "taskDefinitionId": "run-for",
                "parameters": {"seconds": round(seconds, 4)},
                "outputMappings": [{"outputName": "seconds", "valueExpression": "inputs.seconds"}],
            }
        )

    def end(self, node_id: str, leaves: list[str]) -> None:
        mappings = [
            {"sourceNodeId": leaf, "sourceOutputName": "seconds", "targetInputName": leaf}
            for leaf in leaves
        ]
        self.nodes.append({"id": node_id, "type": "end", "inputMappings": mappings})

    def edge(self, source: str, target: str) -> None:
        edge_id = f"t{len(self.transitions) + 1}"  # ids of tasks may be too long for two of them
        self.transitions.append({"id": edge_id, "sourceNodeId": source, "targetNodeId": target})


TASK_DEFINITION: Document = {
    "id": "run-for",
    "name": "Run for a while",
    "integration": "python",
    "python": {"function": "builtin.sleep"},
}
