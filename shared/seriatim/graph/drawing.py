"""What a picture shows: the nodes and edges of a sequence, read from its document, whether that is
valid or not.

Reading is lenient on purpose: a picture is the quickest way to see what is wrong with a definition,
so what is missing is drawn as missing. Only a document without a list of nodes is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_PLAIN_KINDS = ("task", "start", "end", "decision", "fork", "join")
NODE_KINDS = frozenset([*_PLAIN_KINDS, "subprocess", "wait", "timer", "signal"])
EDGE_KINDS = ("success", "error", "timer", "signal", "dependency")
UNKNOWN = "unknown"
"""Kind of a node that the document does not have, or whose type is none of ours."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node: ``title`` is what a person calls it, ``notes`` say what it does."""

    id: str
    kind: str
    title: str
    notes: tuple[str, ...] = ()
    variant: str = ""
    """What changes its looks: ``failed`` or ``terminate`` of an end, ``send`` of a signal, ``each``
    of a fan-out.
    """
    status: str | None = None
    """Status of its latest run, where the picture is of an execution."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One transition, or (``dependency``) a wait for another node."""

    id: str
    source: str
    target: str
    kind: str
    label: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A sequence as it is drawn. Every edge ends at vertices that are there."""

    title: str
    subtitle: str
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    is_execution: bool = False


def read_drawing(document: Mapping[str, Any], overlay: Mapping[str, str] | None = None) -> Drawing:
    """Read a sequence's document, canonical or as its author wrote it.

    Args:
        document: the ``TaskSequence``.
        overlay: status by node id, for the picture of an execution; nodes that are not named have
            not run.

    Raises:
        ValueError: ``nodes`` is no list of objects with an ``id``.
    """
    transitions = [t for t in _objects(document.get("transitions")) if _ends(t)]
    nodes = document.get("nodes")
    if not isinstance(nodes, list) or not all(
        isinstance(node, Mapping) and isinstance(node.get("id"), str) for node in nodes
    ):
        raise ValueError(
            "There is nothing to draw: `nodes` must be a list of objects with an `id`."
        )
    vertices = {node["id"]: _vertex(node, (overlay or {}).get(node["id"])) for node in nodes}
    edges = [*_flow(transitions, vertices), *_dependencies(nodes)]
    for edge in edges:
        for node_id in (edge.source, edge.target):
            vertices.setdefault(node_id, Vertex(node_id, UNKNOWN, node_id, ("no such node",)))
    return Drawing(
        title=_text(document.get("name")) or _text(document.get("id")),
        subtitle=_subtitle(document),
        vertices=tuple(vertices.values()),
        edges=tuple(edges),
        is_execution=overlay is not None,
    )


def _subtitle(document: Mapping[str, Any]) -> str:
    version, revision = _text(document.get("version")), document.get("revision")
    parts = [f"version {version}"] if version else []
    if isinstance(revision, int) and revision > 0:
        parts.append(f"revision {revision}")
    return ", ".join(parts)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _ends(transition: Mapping[str, Any]) -> bool:
    return all(isinstance(transition.get(end), str) for end in ("sourceNodeId", "targetNodeId"))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _vertex(node: Mapping[str, Any], status: str | None) -> Vertex:
    kind = _text(node.get("type"))
    kind = kind if kind in NODE_KINDS else UNKNOWN
    parameters = node.get("parameters")
    parameters = parameters if isinstance(parameters, Mapping) else {}
    title = _text(node.get("name")) or node["id"]
    notes = [node["id"]] if title != node["id"] else []
    notes += _notes(kind, node, parameters)
    return Vertex(node["id"], kind, title, tuple(notes), _variant(kind, parameters), status)


def _notes(kind: str, node: Mapping[str, Any], parameters: Mapping[str, Any]) -> Iterable[str]:
    each = [f"each {parameters['forEach']}"] if parameters.get("forEach") else []
    match kind:
        case "task":
            definition = _text(node.get("taskDefinitionId"))
            return [f"task {definition}"] if definition else []
        case "subprocess":
            return [f"sequence {parameters.get('sequenceId', '?')}", *each]
        case "fork":
            return each
        case "join":
            return _join_notes(parameters)
        case "wait":
            if parameters.get("until"):
                return [f"until {parameters['until']}"]
            return ["callback"] if parameters.get("callback") else []
        case "timer":
            if parameters.get("at"):
                return [f"at {parameters['at']}"]
            return [duration(parameters.get("durationSeconds"))]
        case "signal":
            verb = "send" if parameters.get("mode") == "send" else "receive"
            return [f"{verb} {parameters.get('signalName', '?')}"]
        case "end":
            code = _text(parameters.get("errorCode"))
            return [code] if code else []
        case _:
            return [f"type {node.get('type')!s}"] if kind == UNKNOWN else []


def _join_notes(parameters: Mapping[str, Any]) -> list[str]:
    match parameters.get("mode", "all"):
        case "all":
            return []
        case "count":
            return [f"count {parameters.get('count', '?')}"]
        case "expression":
            return [f"when {parameters.get('completeWhen', '?')}"]
        case mode:
            return [str(mode)]


def _variant(kind: str, parameters: Mapping[str, Any]) -> str:
    match kind:
        case "end":
            if parameters.get("status") == "failed":
                return "failed"
            return "terminate" if parameters.get("terminate") is True else ""
        case "signal":
            return "send" if parameters.get("mode") == "send" else ""
        case "fork" | "subprocess":
            return "each" if parameters.get("forEach") else ""
        case _:
            return ""


def duration(seconds: Any) -> str:
    """``3690`` as ``1 h 1 min 30 s``; an expression or nonsense as it stands."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return "?" if seconds is None else str(seconds)
    if seconds < 1 or seconds != int(seconds):
        return f"{seconds:g} s"
    parts, rest = [], int(seconds)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def _flow(transitions: list[Mapping[str, Any]], vertices: Mapping[str, Vertex]) -> list[Edge]:
    chosen = {(t["sourceNodeId"], _trigger(t)) for t in transitions if _text(t.get("condition"))}
    edges = []
    for number, transition in enumerate(transitions, start=1):
        source, trigger = transition["sourceNodeId"], _trigger(transition)
        is_fork = source in vertices and vertices[source].kind == "fork"
        edges.append(
            Edge(
                id=_text(transition.get("id")) or f"transition {number}",
                source=source,
                target=transition["targetNodeId"],
                kind=trigger,
                label=_label(transition, trigger, (source, trigger) in chosen and not is_fork),
            )
        )
    return edges


def _trigger(transition: Mapping[str, Any]) -> str:
    trigger = transition.get("trigger")
    return trigger if trigger in EDGE_KINDS and trigger != "dependency" else "success"


def _label(transition: Mapping[str, Any], trigger: str, has_siblings: bool) -> tuple[str, ...]:
    lines = [_text(transition.get("name"))]
    if trigger == "error":
        lines.append("on error")
    elif trigger == "timer":
        lines.append(f"after {duration(transition.get('afterSeconds'))}")
    elif trigger == "signal":
        lines.append(f"on signal {transition.get('signalName', '?')}")
    if trigger in ("timer", "signal") and transition.get("interrupting") is False:
        lines[-1] += ", goes on"
    condition = _text(transition.get("condition"))
    if condition:
        priority = transition.get("priority")
        lines.append(f"[{priority}] {condition}" if priority else condition)
    elif has_siblings:
        lines.append("otherwise")
    return tuple(line for line in lines if line)


def _dependencies(nodes: list[Mapping[str, Any]]) -> list[Edge]:
    edges = []
    for node in nodes:
        for number, dependency in enumerate(_objects(node.get("dependencies")), start=1):
            source = dependency.get("nodeId")
            if not isinstance(source, str):
                continue
            verb = "reads if" if dependency.get("type") == "non_blocking" else "waits until"
            on = dependency.get("on") or "succeeded"
            edges.append(
                Edge(
                    id=f"{node['id']} dependency {number}",
                    source=source,
                    target=node["id"],
                    kind="dependency",
                    label=(f"{verb} {on}",),
                )
            )
    return edges
