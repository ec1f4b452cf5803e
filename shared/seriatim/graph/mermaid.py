"""The picture as a Mermaid flowchart: for READMEs, wikis and issues, which draw it themselves."""

from seriatim.graph import palette
from seriatim.graph.drawing import Drawing, Edge, Vertex
from seriatim.graph.measure import plain

_SHAPES = {
    "start": ('(("', '"))'),
    "end": ('((("', '")))'),
    "decision": ('{"', '"}'),
    "fork": ('[["', '"]]'),
    "join": ('[["', '"]]'),
    "subprocess": ('[["', '"]]'),
    "wait": ('(["', '"])'),
    "timer": ('(["', '"])'),
    "signal": ('>"', '"]'),
    "task": ('("', '")'),
    "unknown": ('["', '"]'),
}
_LINES = {
    "success": "-->",
    "error": "-.->",
    "timer": "-.->",
    "signal": "-.->",
    "dependency": "-.-o",
}


def to_mermaid(drawing: Drawing) -> str:
    """A ``flowchart TD``. Nodes are ``n0``, ``n1``, …: an id of the sequence never becomes
    syntax.
    """
    lines = []
    if drawing.title:
        lines += ["---", f'title: "{_front_matter(drawing.title)}"', "---"]
    lines.append("flowchart TD")
    number = {vertex.id: f"n{index}" for index, vertex in enumerate(drawing.vertices)}
    lines += [f"  {number[vertex.id]}{_shape(vertex)}" for vertex in drawing.vertices]
    lines += [
        f"  {number[edge.source]} {_LINES[edge.kind]}{_label(edge)} {number[edge.target]}"
        for edge in drawing.edges
    ]
    lines += _styles(drawing, number)
    return "\n".join(lines) + "\n"


def _shape(vertex: Vertex) -> str:
    opening, closing = _SHAPES[vertex.kind]
    text = "<br/>".join(
        [f"<b>{_escape(vertex.title)}</b>", *(_escape(note) for note in vertex.notes)]
    )
    return f"{opening}{text}{closing}"


def _label(edge: Edge) -> str:
    if not edge.label:
        return ""
    return '|"' + "<br/>".join(_escape(line) for line in edge.label) + '"|'


def _styles(drawing: Drawing, number: dict[str, str]) -> list[str]:
    """A class for each colour that is used, and the numbers of the edges that are drawn red."""
    groups: dict[str, list[str]] = {}
    for vertex in drawing.vertices:
        name = vertex.kind
        if vertex.kind == "end" and vertex.variant == "failed":
            name = "failedEnd"
        if drawing.is_execution:
            name = f"is_{vertex.status}" if vertex.status in palette.STATUSES else "notRun"
        groups.setdefault(name, []).append(number[vertex.id])
    lines = []
    for name, members in sorted(groups.items()):
        paint = _paint(name)
        text = "#ffffff" if paint.fill == paint.rim else palette.TEXT
        lines.append(f"  classDef {name}Style fill:{paint.fill},stroke:{paint.rim},color:{text}")
        lines.append(f"  class {','.join(members)} {name}Style")
    for kind in ("error", "timer", "signal", "dependency"):
        members = [str(i) for i, edge in enumerate(drawing.edges) if edge.kind == kind]
        if members:
            lines.append(f"  linkStyle {','.join(members)} stroke:{palette.EDGES[kind]}")
    return lines


def _paint(name: str) -> palette.Paint:
    if name == "notRun":
        return palette.NOT_RUN
    if name == "failedEnd":
        return palette.FAILED_END
    return palette.STATUSES.get(name.removeprefix("is_")) or palette.NODES[name]


def _escape(text: str) -> str:
    """Mermaid's own entities (``#34;``) for all ASCII that could mean something: quotes, tags,
    Markdown, entities.
    """
    return "".join(
        char if char.isalnum() or not char.isascii() or char in " .,:" else f"#{ord(char)};"
        for char in plain(text)
    )


def _front_matter(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"')
