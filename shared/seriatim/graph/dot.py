"""The picture as DOT, for Graphviz."""

from seriatim.graph import palette
from seriatim.graph.drawing import Drawing, Edge, Vertex
from seriatim.graph.layering import find_back_edges
from seriatim.graph.measure import plain

_SHAPES = {
    "start": "circle",
    "end": "doublecircle",
    "decision": "diamond",
    "fork": "box",
    "join": "box",
    "subprocess": "box",
    "wait": "hexagon",
    "timer": "octagon",
    "signal": "cds",
}
_STYLES = {"error": "dashed", "timer": "dashed", "signal": "dashed", "dependency": "dotted"}


def to_dot(drawing: Drawing) -> str:
    """A ``digraph``. Nodes are ``n0``, ``n1``, …; edges that close a loop do not pull their nodes'
    ranks about.
    """
    number = {vertex.id: index for index, vertex in enumerate(drawing.vertices)}
    pairs = [(number[edge.source], number[edge.target]) for edge in drawing.edges]
    starts = [i for i, vertex in enumerate(drawing.vertices) if vertex.kind == "start"]
    back = find_back_edges(len(number), pairs, starts[0] if starts else 0) if number else set()
    lines = ["digraph sequence {"]
    if drawing.title:
        lines.append(f"  label={_quote(drawing.title)}; labelloc=t;")
    lines += [
        '  graph [rankdir=TB, fontname="Helvetica"];',
        '  node [fontname="Helvetica", fontsize=11, style="filled,rounded", shape=box];',
        '  edge [fontname="Helvetica", fontsize=9];',
    ]
    lines += [_node(f"n{i}", vertex, drawing) for i, vertex in enumerate(drawing.vertices)]
    lines += [
        _edge(f"n{source} -> n{target}", edge, closes_loop=i in back)
        for i, (edge, (source, target)) in enumerate(zip(drawing.edges, pairs, strict=True))
    ]
    return "\n".join([*lines, "}"]) + "\n"


def _node(name: str, vertex: Vertex, drawing: Drawing) -> str:
    paint = palette.NODES[vertex.kind]
    if vertex.kind == "end" and vertex.variant == "failed":
        paint = palette.FAILED_END
    if drawing.is_execution:
        paint = palette.STATUSES.get(vertex.status or "", palette.NOT_RUN)
    label = "\n".join([vertex.title, *vertex.notes])
    attributes = {
        "label": _quote(label),
        "tooltip": _quote(", ".join(filter(None, [vertex.kind, vertex.id, vertex.status]))),
        "fillcolor": f'"{paint.fill}"',
        "color": f'"{paint.rim}"',
    }
    if vertex.kind in _SHAPES:
        attributes["shape"] = _SHAPES[vertex.kind]
    if vertex.kind == "subprocess":
        attributes["peripheries"] = "2"
    if paint.fill == paint.rim:
        attributes["fontcolor"] = '"#ffffff"'
    return f"  {name} [{_join(attributes)}];"


def _edge(ends: str, edge: Edge, *, closes_loop: bool) -> str:
    paint = "loop" if closes_loop and edge.kind == "success" else edge.kind
    attributes = {"color": f'"{palette.EDGES[paint]}"'}
    if edge.label:
        attributes["label"] = _quote("\n".join(edge.label))
        attributes["fontcolor"] = attributes["color"]
    if edge.kind in _STYLES:
        attributes["style"] = _STYLES[edge.kind]
    if closes_loop:
        attributes["constraint"] = "false"
    return f"  {ends} [{_join(attributes)}];"


def _join(attributes: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in attributes.items())


def _quote(text: str) -> str:
    """A quoted string: neither Graphviz's escapes nor its HTML entities are left in it."""
    lines = [plain(line).replace("&", "&amp;").replace("\\", "\\\\") for line in text.split("\n")]
    return '"' + "\\n".join(line.replace('"', '\\"') for line in lines) + '"'
