"""The bodies of ``forEach`` forks: which nodes each encloses."""

from collections.abc import Mapping
from typing import Any

Bodies = dict[str, tuple[str, ...]]
"""By node in a ``forEach`` body: the joins that end the bodies around it, outermost first."""


def bodies_of(document: Mapping[str, Any]) -> Bodies:
    """The bodies that each node of a valid sequence is in; one that is in none has no entry."""
    ends = {
        node["id"]: node["parameters"]["joinNodeId"]
        for node in document["nodes"]
        if node["type"] == "fork" and (node.get("parameters") or {}).get("joinNodeId")
    }
    if not ends:
        return {}
    ways_in: dict[str, list[str]] = {}
    ways_on: dict[str, list[str]] = {}
    for transition in document["transitions"]:
        source, target = transition["sourceNodeId"], transition["targetNodeId"]
        ways_on.setdefault(source, []).append(target)
        if source in ends and transition.get("trigger", "success") == "success":
            ways_in.setdefault(source, []).append(target)
    insides = [(join, _inside(ways_in.get(fork, []), ways_on, join)) for fork, join in ends.items()]
    insides.sort(key=lambda body: len(body[1]), reverse=True)
    bodies: Bodies = {}
    for join, inside in insides:
        for node_id in inside:
            bodies[node_id] = (*bodies.get(node_id, ()), join)
    return bodies


def fork_of(document: Mapping[str, Any], join: str) -> str | None:
    """The fork whose body a join of a valid sequence ends, if it ends one."""
    for node in document["nodes"]:
        if node["type"] == "fork" and (node.get("parameters") or {}).get("joinNodeId") == join:
            fork_id: str = node["id"]
            return fork_id
    return None


def _inside(ways_in: list[str], ways_on: Mapping[str, list[str]], join: str) -> set[str]:
    """What is reached from a fork's way in without passing the join."""
    inside: set[str] = set()
    frontier = list(ways_in)
    while frontier:
        node_id = frontier.pop()
        if node_id != join and node_id not in inside:
            inside.add(node_id)
            frontier += ways_on.get(node_id, ())
    return inside
