"""Documents to draw."""

from typing import Any


def node(node_id: str, kind: str = "task", **fields: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, **fields}


def transition(source: str, target: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"{source}-{target}", "sourceNodeId": source, "targetNodeId": target, **fields}


def sequence(
    nodes: list[dict[str, Any]], transitions: list[dict[str, Any]], **fields: Any
) -> dict[str, Any]:
    return {"name": "Example", "nodes": nodes, "transitions": transitions, **fields}


def chain(length: int) -> dict[str, Any]:
    nodes = [node("n0", "start"), *(node(f"n{i}") for i in range(1, length))]
    return sequence(nodes, [transition(f"n{i}", f"n{i + 1}") for i in range(length - 1)])


def every_kind() -> dict[str, Any]:
    """A sequence with each kind of node, each trigger, a loop, a self-loop and a dependency."""
    return sequence(
        [
            node("start", "start"),
            node("charge", name="Charge the card", taskDefinitionId="charge-card"),
            node("choice", "decision"),
            node("split", "fork"),
            node("left", dependencies=[{"nodeId": "charge"}]),
            node("child", "subprocess", parameters={"sequenceId": "invoice", "forEach": "items"}),
            node("sync", "join", parameters={"mode": "count", "count": 2}),
            node("hold", "wait", parameters={"until": "ready"}),
            node("cool", "timer", parameters={"durationSeconds": 90}),
            node("ask", "signal", parameters={"signalName": "answer"}),
            node("tell", "signal", parameters={"signalName": "done", "mode": "send"}),
            node("bad", "end", parameters={"status": "failed"}),
            node("good", "end", parameters={"terminate": True}),
        ],
        [
            transition("start", "charge"),
            transition("charge", "charge", trigger="error", condition="error.code == 'Busy'"),
            transition("charge", "bad", trigger="error"),
            transition("charge", "choice"),
            transition("choice", "split", condition="total > 100", priority=3),
            transition("choice", "hold"),
            transition("split", "left"),
            transition("split", "child"),
            transition("left", "sync"),
            transition("child", "sync"),
            transition("sync", "hold"),
            transition("hold", "ask"),
            transition("hold", "cool", trigger="timer", afterSeconds=3690),
            transition("cool", "hold", name="again"),
            transition("ask", "tell"),
            transition("ask", "charge", trigger="signal", signalName="redo", interrupting=False),
            transition("tell", "good"),
        ],
        version="2",
        revision=7,
    )
