"""The picture as PNG: the SVG, rasterised by resvg (a wheel without system libraries) with the
machine's fonts.
"""

import math

from seriatim.graph import palette
from seriatim.graph.drawing import Drawing
from seriatim.graph.layout import Layout
from seriatim.graph.svg import to_svg

SCALE = 2.0
PIXELS_MAX = 40_000_000
SIDE_PIXELS_MAX = 16_000
EDGE_PIXELS_MAX = 25_000_000
"""Length of all edges together: a line costs about a microsecond a pixel."""
_LEGIBLE_SCALE = 0.3

_SIMPLER = {0x200D: None, 0xFE0F: None, **dict.fromkeys(range(0x1F3FB, 0x1F400))}
_SIMPLER |= {0x1F1E6 + at: chr(ord("A") + at) for at in range(26)}
"""Emoji of several characters, taken apart: resvg finds another font for what one lacks only where
as many glyphs come out of it, and would leave the whole line without.
"""


class PngUnavailable(Exception):
    """This installation cannot make PNG."""


def to_png(drawing: Drawing, layout: Layout) -> bytes:
    """Rasterise at twice the SVG's size; a huge picture is made as large as the limits let it be.

    Raises:
        PngUnavailable: the rasteriser is not installed.
    """
    try:
        import resvg_py  # noqa: PLC0415 - an extra, which the deployed API does not have
    except ModuleNotFoundError as error:
        raise PngUnavailable(
            "PNG needs the package's extra `local` (pip install 'seriatim[local]');"
            " svg, mermaid, dot and json need nothing."
        ) from error
    scale = _scale(layout)
    svg = to_svg(drawing, layout, with_text=scale > _LEGIBLE_SCALE)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg.translate(_SIMPLER),
            width=max(round(layout.width * scale), 1),
            font_family=palette.FONT_FALLBACK,
            sans_serif_family=palette.FONT_FALLBACK,
        )
    )


def _scale(layout: Layout) -> float:
    width, height = max(layout.width, 1.0), max(layout.height, 1.0)
    length = sum(
        math.dist(a, b)
        for edge in layout.edges
        for a, b in zip(edge.points, edge.points[1:], strict=False)
    )
    return min(
        SCALE,
        SIDE_PIXELS_MAX / max(width, height),
        math.sqrt(PIXELS_MAX / (width * height)),
        EDGE_PIXELS_MAX / max(length, 1.0),
    )
