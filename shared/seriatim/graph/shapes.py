"""How much room each kind of node takes, and which lines of text go where."""

from dataclasses import dataclass

from seriatim.graph.drawing import Vertex
from seriatim.graph.measure import plain, shorten, width, wrap

HEADING_SIZE, TITLE_SIZE, NOTE_SIZE, LABEL_SIZE = 16.0, 13.0, 11.0, 11.0
TITLE_LINE, NOTE_LINE, LABEL_LINE = 17.0, 14.0, 14.0
_BOX_TEXT_WIDTH = 190.0
_DIAMOND_TEXT_WIDTH = 130.0
_BESIDE_TEXT_WIDTH = 180.0
_LABEL_WIDTH = 190.0
_ICON_WIDTH = 24.0
CIRCLE_RADIUS = 15.0
BAR_HEIGHT = 8.0
_PORT_GAP = 26.0

BOXES = frozenset({"task", "subprocess", "wait", "timer", "signal", "unknown"})
WITH_ICON = frozenset({"wait", "timer", "subprocess"})


@dataclass(frozen=True, slots=True)
class Figure:
    """A node ready to be drawn around a centre.

    ``left`` and ``right`` are the room it takes to either side, text beside it included;
    ``half_width`` is that of the shape alone.
    """

    kind: str
    half_width: float
    height: float
    left: float
    right: float
    title: tuple[str, ...]
    notes: tuple[str, ...]
    is_mirrored: bool = False
    """The text beside it stands at its left."""


def figure(vertex: Vertex, ports: int, *, has_loop: bool) -> Figure:
    """Shape and text of a node.

    Args:
        vertex: the node.
        ports: the larger of its numbers of edges in and out.
        has_loop: an edge that closes a loop leaves or enters at its right side, where no text may
            be in the way.
    """
    title, notes = plain(vertex.title) or plain(vertex.id), [plain(n) for n in vertex.notes]
    if vertex.kind in BOXES:
        return _box(vertex, title, notes, ports)
    if vertex.kind == "decision":
        return _diamond(title, notes)
    return _beside(vertex, title, notes, ports, is_mirrored=has_loop)


def _text_width(title: list[str], notes: list[str]) -> float:
    bold = 1.06
    return max(
        max((width(line, TITLE_SIZE) * bold for line in title), default=0.0),
        max((width(line, NOTE_SIZE) for line in notes), default=0.0),
    )


def _box(vertex: Vertex, title: str, notes: list[str], ports: int) -> Figure:
    lines = wrap(title, TITLE_SIZE, _BOX_TEXT_WIDTH, 2)
    small = [shorten(note, NOTE_SIZE, _BOX_TEXT_WIDTH) for note in notes]
    text = _text_width(lines, small)
    icon = _ICON_WIDTH if vertex.kind in WITH_ICON else 0.0
    half = max(text / 2 + 14 + icon / 2, 48.0, min(ports, 12) * 7.0)
    if vertex.kind == "signal":
        half += 12
    height = len(lines) * TITLE_LINE + len(small) * NOTE_LINE + 18
    return Figure(vertex.kind, half, height, half, half, tuple(lines), tuple(small))


def _diamond(title: str, notes: list[str]) -> Figure:
    lines = wrap(title, TITLE_SIZE, _DIAMOND_TEXT_WIDTH, 2)
    small = [shorten(note, NOTE_SIZE, _DIAMOND_TEXT_WIDTH * 0.8) for note in notes[:1]]
    text_height = len(lines) * TITLE_LINE + len(small) * NOTE_LINE
    height = text_height * 2 + 18
    text = _text_width(lines, small)
    half = max(text / (1 - text_height / height) / 2 + 6, height * 0.75)
    return Figure("decision", half, height, half, half, tuple(lines), tuple(small))


def _beside(
    vertex: Vertex, title: str, notes: list[str], ports: int, *, is_mirrored: bool
) -> Figure:
    """Start, end, fork and join: a small shape, its text to the right."""
    is_circle = vertex.kind in ("start", "end")
    half = CIRCLE_RADIUS if is_circle else max(34.0, min(ports, 200) * _PORT_GAP / 2)
    lines = wrap(title, TITLE_SIZE, _BESIDE_TEXT_WIDTH, 2)
    small = [shorten(note, NOTE_SIZE, _BESIDE_TEXT_WIDTH) for note in notes]
    text = _text_width(lines, small)
    height = max(
        CIRCLE_RADIUS * 2 if is_circle else BAR_HEIGHT + 8,
        len(lines) * TITLE_LINE + len(small) * NOTE_LINE,
    )
    left, right = (half + 8 + text, half) if is_mirrored else (half, half + 8 + text)
    return Figure(vertex.kind, half, height, left, right, tuple(lines), tuple(small), is_mirrored)


def label_lines(label: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of an edge's label, cut to size."""
    lines: list[str] = []
    for part in label:
        lines += wrap(plain(part), LABEL_SIZE, _LABEL_WIDTH, 2)
    return tuple(lines[:4])


def label_size(lines: tuple[str, ...]) -> tuple[float, float]:
    """Width and height of a label."""
    return max(width(line, LABEL_SIZE) for line in lines) + 8, len(lines) * LABEL_LINE + 4


def outline_height(shape: Figure) -> float:
    """Height of the shape itself, without the text beside it."""
    if shape.kind in ("start", "end"):
        return CIRCLE_RADIUS * 2
    return BAR_HEIGHT if shape.kind in ("fork", "join") else shape.height
