"""The picture as SVG: one self-contained document, no script, no reference to the outside."""

import re
from xml.sax.saxutils import escape, quoteattr

from seriatim.graph import palette
from seriatim.graph.drawing import Drawing
from seriatim.graph.layout import Layout, PlacedEdge, PlacedNode, Point
from seriatim.graph.measure import plain
from seriatim.graph.shapes import (
    BAR_HEIGHT,
    BOXES,
    CIRCLE_RADIUS,
    HEADING_SIZE,
    LABEL_LINE,
    LABEL_SIZE,
    NOTE_LINE,
    NOTE_SIZE,
    TITLE_LINE,
    TITLE_SIZE,
    WITH_ICON,
    outline_height,
)

_STYLE = f"""
text {{ font-family: {palette.FONTS}; fill: {palette.TEXT}; }}
.t {{ font-size: {TITLE_SIZE:g}px; font-weight: 600; }}
.n {{ font-size: {NOTE_SIZE:g}px; fill: {palette.FAINT_TEXT}; }}
.l {{ font-size: {LABEL_SIZE:g}px; }}
.e {{ fill: none; stroke-width: 1.5; }}
.error, .timer, .signal {{ stroke-dasharray: 6 4; }}
.dependency {{ stroke-dasharray: 1.5 3.5; stroke-linecap: round; }}
.h {{ font-size: {HEADING_SIZE:g}px; font-weight: 700; }}
"""

_TEXT = re.compile("<(text|title)[ >].*?</\\1>")


def to_svg(drawing: Drawing, layout: Layout, *, with_text: bool = True) -> str:
    """The whole document; without text it is what a picture too small to be read needs."""
    size = f'width="{layout.width}" height="{layout.height}"'
    view = f"{layout.width} {layout.height}"
    title = plain(drawing.title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {view}" role="img">',
        f"<title>{_escape(title or 'sequence')}</title>",
        f"<style>{_STYLE}</style>",
        "<defs>",
        *(_arrow(kind, colour) for kind, colour in palette.EDGES.items()),
        "</defs>",
        f'<rect {size} fill="#ffffff"/>',
    ]
    if title:
        parts.append(
            f'<text x="24" y="36"><tspan class="h">{_escape(title)}</tspan>'
            f'<tspan class="n" dx="10">{_escape(plain(drawing.subtitle))}</tspan></text>'
        )
    parts += [_edge(edge) for edge in layout.edges]
    parts += [_node(node, is_execution=drawing.is_execution) for node in layout.nodes]
    parts += [_label(edge) for edge in layout.edges if edge.label]
    parts.append("</svg>\n")
    svg = "\n".join(parts)
    return svg if with_text else _TEXT.sub("", svg)


def _escape(text: str) -> str:
    return escape(plain(text))


def _arrow(kind: str, colour: str) -> str:
    return (
        f'<marker id="arrow-{kind}" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="8"'
        ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 1 L10 5 L0 9 L2.5 5 Z" fill="{colour}"/></marker>'
    )


# -- edges ----------------------------------------------------------------------------------------


def way(points: tuple[Point, ...]) -> str:
    """Path data of an edge's points: see ``PlacedEdge.points``."""
    parts = [f"M{_at(points[0])}L{_at(points[1])}"]
    for at in range(2, len(points) - 1, 2):
        before, here, there, beyond = points[at - 2], points[at - 1], points[at], points[at + 1]
        if _is_level(before, here):
            parts.append(f"Q{_at((there[0], here[1]))} {_at(there)}")
        elif _is_level(there, beyond):
            parts.append(f"Q{_at((here[0], there[1]))} {_at(there)}")
        elif abs(here[0] - there[0]) < 1.5:
            parts.append(f"L{_at(there)}")
        else:
            middle = (here[1] + there[1]) / 2
            parts.append(f"C{_at((here[0], middle))} {_at((there[0], middle))} {_at(there)}")
        parts.append(f"L{_at(beyond)}")
    return "".join(parts)


def _is_level(a: Point, b: Point) -> bool:
    return a[1] == b[1] and a[0] != b[0]


def _at(point: Point) -> str:
    return f"{point[0]:.6g},{point[1]:.6g}"


def _edge(placed: PlacedEdge) -> str:
    edge = placed.edge
    paint = "loop" if placed.closes_loop and edge.kind == "success" else edge.kind
    words = f"{edge.id}: {edge.source} → {edge.target}" + "".join(f", {x}" for x in edge.label)
    return (
        f'<path class="e {edge.kind}" d="{way(placed.points)}" stroke="{palette.EDGES[paint]}"'
        f' marker-end="url(#arrow-{paint})"><title>{_escape(words)}</title></path>'
    )


def _label(placed: PlacedEdge) -> str:
    (x, y), (wide, high) = placed.label_at, placed.label_size
    paint = "loop" if placed.closes_loop and placed.edge.kind == "success" else placed.edge.kind
    colour = palette.FAINT_TEXT if paint == "dependency" else palette.EDGES[paint]
    top = y - high / 2 + LABEL_LINE * 0.78 + 2
    lines = "".join(
        f'<text class="l" x="{x:.6g}" y="{top + i * LABEL_LINE:.6g}" text-anchor="middle"'
        f' style="fill:{colour}">{_escape(line)}</text>'
        for i, line in enumerate(placed.label)
    )
    box = (
        f'<rect x="{x - wide / 2:.6g}" y="{y - high / 2:.6g}" width="{wide:.6g}"'
        f' height="{high:.6g}" rx="4" fill="#ffffff" fill-opacity="0.92"/>'
    )
    return f"<g>{box}{lines}</g>"


# -- nodes ----------------------------------------------------------------------------------------


def _node(node: PlacedNode, *, is_execution: bool) -> str:
    vertex = node.vertex
    paint = palette.NODES[vertex.kind]
    if vertex.kind == "end" and vertex.variant == "failed":
        paint = palette.FAILED_END
    if is_execution:
        paint = palette.STATUSES.get(vertex.status or "", palette.NOT_RUN)
    faded = ' opacity="0.6"' if is_execution and vertex.status is None else ""
    words = ", ".join([f"{vertex.kind} {vertex.id}", vertex.title, *vertex.notes])
    if vertex.status:
        words += f", {vertex.status}"
    return (
        f"<g data-node={quoteattr(plain(vertex.id))}{faded}><title>{_escape(words)}</title>"
        f"{_shape(node, paint)}{_text(node)}{_badge(node) if vertex.status else ''}</g>"
    )


def _shape(node: PlacedNode, paint: palette.Paint) -> str:
    """The outline of a node and, in it, what tells its kind."""
    x, y, half, high = node.x, node.y, node.figure.half_width, node.figure.height
    look = f'fill="{paint.fill}" stroke="{paint.rim}" stroke-width="1.5"'
    match node.vertex.kind:
        case "start":
            play = f'<path d="M{x - 4:.6g} {y - 6:.6g}l10 6l-10 6z" fill="{paint.rim}"/>'
            return f'<circle cx="{x:.6g}" cy="{y:.6g}" r="{CIRCLE_RADIUS:g}" {look}/>{play}'
        case "end":
            return _end(node, paint, look)
        case "decision":
            points = f"{x:.6g},{y - high / 2:.6g} {x + half:.6g},{y:.6g}"
            points += f" {x:.6g},{y + high / 2:.6g} {x - half:.6g},{y:.6g}"
            return f'<polygon points="{points}" stroke-linejoin="round" {look}/>'
        case "fork" | "join":
            bar = palette.Paint(paint.rim, paint.rim)
            return _rect(x, y, half, BAR_HEIGHT, 3, f'fill="{bar.fill}"')
        case "signal":
            return _signal(node, look)
        case "subprocess":
            inner = _rect(x, y, half - 3.5, high - 7, 5, f'fill="none" stroke="{paint.rim}"')
            return _rect(x, y, half, high, 8, look) + inner + _icon(node, paint)
        case "unknown":
            return _rect(x, y, half, high, 8, f'{look} stroke-dasharray="5 4"')
        case _:
            return _rect(x, y, half, high, 8, look) + _icon(node, paint)


def _rect(x: float, y: float, half: float, high: float, radius: float, look: str) -> str:
    return (
        f'<rect x="{x - half:.6g}" y="{y - high / 2:.6g}" width="{2 * half:.6g}"'
        f' height="{high:.6g}" rx="{radius:g}" {look}/>'
    )


def _end(node: PlacedNode, paint: palette.Paint, look: str) -> str:
    x, y = f"{node.x:.6g}", f"{node.y:.6g}"
    ring = f'<circle cx="{x}" cy="{y}" r="{CIRCLE_RADIUS:g}" {look}/>'
    if node.vertex.variant == "failed":
        cross = f"M{node.x - 5:.6g} {node.y - 5:.6g}l10 10m0 -10l-10 10"
        return ring + f'<path d="{cross}" stroke="{paint.rim}" stroke-width="2.5" fill="none"/>'
    inner = 11 if node.vertex.variant == "terminate" else 8
    return ring + f'<circle cx="{x}" cy="{y}" r="{inner}" fill="{paint.rim}"/>'


def _signal(node: PlacedNode, look: str) -> str:
    """A pennant: its point to the right where it sends, a notch on the left where it receives."""
    x, y, half, high = node.x, node.y, node.figure.half_width, node.figure.height
    left, right, top = x - half, x + half, y - high / 2
    if node.vertex.variant == "send":
        outline = f"M{left:.6g} {top:.6g}H{right - 12:.6g}L{right:.6g} {y:.6g}"
        outline += f"L{right - 12:.6g} {top + high:.6g}H{left:.6g}Z"
    else:
        outline = f"M{left:.6g} {top:.6g}H{right:.6g}V{top + high:.6g}H{left:.6g}"
        outline += f"L{left + 12:.6g} {y:.6g}Z"
    return f'<path d="{outline}" stroke-linejoin="round" {look}/>'


def _icon(node: PlacedNode, paint: palette.Paint) -> str:
    x, y = node.x - node.figure.half_width + 20, node.y
    look = f'fill="none" stroke="{paint.rim}" stroke-width="1.6" stroke-linecap="round"'
    match node.vertex.kind:
        case "timer":
            hands = f'<path d="M{x:.6g} {y - 4.5:.6g}V{y:.6g}L{x + 3.5:.6g} {y + 2:.6g}" {look}/>'
            return f'<circle cx="{x:.6g}" cy="{y:.6g}" r="8" {look}/>{hands}'
        case "wait":
            glass = f"M{x - 5:.6g} {y - 8:.6g}h10l-10 16h10z"
            return f'<path d="{glass}" stroke-linejoin="round" {look}/>'
        case "subprocess" if node.vertex.variant == "each":
            bars = "".join(f"M{x + dx:.6g} {y - 6:.6g}v12" for dx in (-4, 0, 4))
            return f'<path d="{bars}" {look}/>'
        case "subprocess":
            plus = f"M{x - 4:.6g} {y:.6g}h8M{x:.6g} {y - 4:.6g}v8"
            return _rect(x, y, 7, 14, 2, look) + f'<path d="{plus}" {look}/>'
        case _:
            return ""


def _text(node: PlacedNode) -> str:
    shape = node.figure
    high = len(shape.title) * TITLE_LINE + len(shape.notes) * NOTE_LINE
    x, anchor = node.x, "middle"
    if node.vertex.kind in WITH_ICON:
        x += 12
    elif node.vertex.kind == "signal":
        x += -4 if node.vertex.variant == "send" else 5
    elif node.vertex.kind not in BOXES and node.vertex.kind != "decision":
        x, anchor = node.x + shape.half_width + 8, "start"
        if shape.is_mirrored:
            x, anchor = node.x - shape.half_width - 8, "end"
    y = node.y - high / 2
    lines = []
    for lines_of, line_high, style in (
        (shape.title, TITLE_LINE, "t"),
        (shape.notes, NOTE_LINE, "n"),
    ):
        for line in lines_of:
            lines.append(
                f'<text class="{style}" x="{x:.6g}" y="{y + line_high * 0.76:.6g}"'
                f' text-anchor="{anchor}">{_escape(line)}</text>'
            )
            y += line_high
    return "".join(lines)


def _badge(node: PlacedNode) -> str:
    """A mark for the status at the shape's upper right corner, so that colour is not all there
    is.
    """
    status = node.vertex.status or ""
    paint = palette.STATUSES.get(status, palette.NOT_RUN)
    x, y = node.x + node.figure.half_width - 2, node.y - node.figure.height / 2 + 2
    if node.vertex.kind == "decision":
        x, y = node.x, node.y - node.figure.height / 2 + 4
    elif node.vertex.kind not in BOXES:
        x, y = node.x - node.figure.half_width, node.y - outline_height(node.figure) / 2
    mark = {
        "succeeded": "m-3.5 .3l2.5 2.7l4.5 -5.5",
        "failed": "m-2.8 -2.8l5.6 5.6m0 -5.6l-5.6 5.6",
        "timed_out": "m0 -3.6v3.6l2.6 1.6",
        "cancelled": "m-3.2 0h6.4",
        "waiting": "m-1.6 -2.8v5.6m3.2 -5.6v5.6",
        "running": "m-1.8 -3.2l5 3.2l-5 3.2z",
        "pending": "m-3 0h.1m2.9 0h.1m2.9 0h.1",
    }.get(status, "")
    return (
        f'<circle cx="{x:.6g}" cy="{y:.6g}" r="7.5" fill="{paint.rim}" stroke="#ffffff"/>'
        f'<path d="M{x:.6g} {y:.6g}{mark}" fill="none" stroke="#ffffff" stroke-width="1.7"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )
