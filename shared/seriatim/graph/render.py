"""The way in: a sequence's document as a picture in one of five formats."""

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from seriatim.graph.dot import to_dot
from seriatim.graph.drawing import Drawing, read_drawing
from seriatim.graph.layout import Layout, lay_out
from seriatim.graph.mermaid import to_mermaid
from seriatim.graph.png import to_png
from seriatim.graph.svg import to_svg

Format = Literal["json", "mermaid", "dot", "svg", "png"]
TextFormat = Literal["json", "mermaid", "dot", "svg"]

MEDIA_TYPES: Mapping[Format, str] = {
    "json": "application/json",
    "mermaid": "text/vnd.mermaid; charset=utf-8",
    "dot": "text/vnd.graphviz; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}


def render(
    document: Mapping[str, Any], kind: Format, overlay: Mapping[str, str] | None = None
) -> str | bytes:
    """Draw a sequence; ``png`` gives bytes, every other format text.

    The same document gives the same picture, byte for byte.

    Args:
        document: the ``TaskSequence``, canonical or as its author wrote it; it need not be valid.
        kind: the format.
        overlay: status by node id, for the picture of an execution.

    Raises:
        ValueError: the document has no nodes that could be drawn, or the format is unknown.
        PngUnavailable: this installation cannot make PNG (the package's extra ``local`` is
            missing).
    """
    if kind == "png":
        drawing = read_drawing(document, overlay)
        return to_png(drawing, lay_out(drawing))
    return render_text(document, kind, overlay)


def render_text(
    document: Mapping[str, Any], kind: TextFormat, overlay: Mapping[str, str] | None = None
) -> str:
    """Draw a sequence in a format that is text. See ``render``."""
    drawing = read_drawing(document, overlay)
    match kind:
        case "mermaid":
            return to_mermaid(drawing)
        case "dot":
            return to_dot(drawing)
        case "svg":
            return to_svg(drawing, lay_out(drawing))
        case "json":
            return json.dumps(to_json(drawing, lay_out(drawing)), ensure_ascii=False) + "\n"
    raise ValueError(f"There is no format {kind!r}; there are {', '.join(get_args(Format))}.")


def to_json(drawing: Drawing, layout: Layout) -> dict[str, Any]:
    """The picture as data, places and ways included, for who draws it himself."""
    nodes = []
    for placed in layout.nodes:
        node: dict[str, Any] = {
            "id": placed.vertex.id,
            "type": placed.vertex.kind,
            "name": placed.vertex.title,
            "notes": list(placed.vertex.notes),
            "x": round(placed.x, 1),
            "y": round(placed.y, 1),
            "width": round(2 * placed.figure.half_width, 1),
            "height": round(placed.figure.height, 1),
        }
        if drawing.is_execution:
            node["status"] = placed.vertex.status
        nodes.append(node)
    edges = [
        {
            "id": placed.edge.id,
            "sourceNodeId": placed.edge.source,
            "targetNodeId": placed.edge.target,
            "kind": placed.edge.kind,
            "label": list(placed.edge.label),
            "closesLoop": placed.closes_loop,
            "points": [list(point) for point in placed.points],
        }
        for placed in layout.edges
    ]
    return {
        "name": drawing.title,
        "width": layout.width,
        "height": layout.height,
        "nodes": nodes,
        "edges": edges,
    }
