"""An execution whose fork goes over a list."""

from typing import Any

from tests.builders import Driver, sequence

BODY = ("start > fork > a > join > end",)
Nodes = dict[str, Any]


def over(
    items: Any, *paths: str, join: Any = None, nodes: Nodes | None = None, **fields: Any
) -> Driver:
    """An execution whose ``fork`` goes over ``xs`` = ``items``; ``fields`` are the fork's
    parameters, ``join`` those of the closing join.
    """
    document = sequence(*(paths or BODY), nodes={"fork": {}, **(nodes or {})})
    found = {node["id"]: node for node in document["nodes"]}
    found["fork"]["parameters"] = {"forEach": "xs", "joinNodeId": "join", **fields}
    found["join"].setdefault("parameters", {}).update(join or {})
    return Driver(document, {"xs": items})
