"""Small sequences, as text, and how a test runs them."""

import json
from collections.abc import Sequence
from typing import Any

from functions.wiring import Wiring
from seriatim.authoring.files import LoadedFile, load_text
from seriatim.domain.state import State
from seriatim.local.publishing import PROJECT, publish
from seriatim.local.service import LocalService

Document = dict[str, Any]


def task_definition(name: str, function: str, **more: Any) -> Document:
    return {
        "id": name,
        "name": name,
        "integration": "python",
        "python": {"function": function},
        **more,
    }


TASKS = [
    task_definition("echo", "builtin.echo"),
    task_definition("sleep", "builtin.sleep"),
    task_definition("fail", "builtin.fail"),
]


def task(task_id: str, **parameters: Any) -> Document:
    return {
        "id": task_id,
        "type": "task",
        "taskDefinitionId": task_id.partition("-")[0],
        "parameters": parameters,
    }


def timer(node_id: str, seconds: int) -> Document:
    return {"id": node_id, "type": "timer", "parameters": {"durationSeconds": seconds}}


def sequence(sequence_id: str, nodes: Sequence[Document], *edges: str) -> Document:
    """``edges`` are like ``"a b c"``: from a to b, from b to c; start is ``s``, end is ``e``."""
    pairs = [pair for edge in edges for pair in zip(edge.split(), edge.split()[1:], strict=False)]
    return {
        "id": sequence_id,
        "name": sequence_id,
        "version": "1",
        "nodes": [{"id": "s", "type": "start"}, *nodes, {"id": "e", "type": "end"}],
        "transitions": [
            {"id": f"{source}-{target}", "sourceNodeId": source, "targetNodeId": target}
            for source, target in pairs
        ],
    }


def chain(sequence_id: str, *nodes: Document) -> Document:
    return sequence(sequence_id, nodes, " ".join(["s", *(node["id"] for node in nodes), "e"]))


def fork(sequence_id: str, *branches: Document) -> Document:
    nodes = [{"id": "f", "type": "fork"}, *branches, {"id": "j", "type": "join"}]
    return sequence(sequence_id, nodes, "s f", "j e", *(f"f {b['id']} j" for b in branches))


def bundle(*sequences: Document, tasks: Sequence[Document] = TASKS) -> LoadedFile:
    text = json.dumps({"taskDefinitions": list(tasks), "sequences": list(sequences)})
    loaded = load_text(text, "bundle.json")
    assert not loaded.has_errors, "\n".join(map(str, loaded.problems))
    return loaded


def publish_all(wiring: Wiring, *sequences: Document, tasks: Sequence[Document] = TASKS) -> None:
    publish(wiring, [bundle(*sequences, tasks=tasks)])


def run(service: LocalService, sequence_id: str) -> State:
    """Start an execution, and wait until nothing more happens."""
    state = service.wiring.executions.start(PROJECT, sequence_id, variables={})
    service.wait_idle()
    return service.wiring.executions.load(state.key)
