"""Line charts as SVG: a few series over a logarithmic axis, side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

WIDTH: Final = 430
HEIGHT: Final = 280
LEFT: Final = 46
RIGHT: Final = 92
TOP: Final = 44
BOTTOM: Final = 46
LABEL_GAP: Final = 14
"""Pixels between the names of series, one under the other."""
PLACES_NAMED_MAX: Final = 8
"""So many places have their number below the axis."""
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Told apart by the colour-blind, too (Okabe and Ito)."""
PLAIN: Final = "#888888"
STYLE: Final = (
    "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.axis{stroke:#999}"
    ".grid{stroke:#e4e4e4}polyline{fill:none;stroke-width:2}"
)


@dataclass(frozen=True)
class Series:
    """Points, and their name beside them. A plain one is there to compare with."""

    name: str
    points: tuple[tuple[float, float], ...]
    is_plain: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Series over one axis, upwards from 0 to ``top``, with so many ``lines`` to read them by."""

    title: str
    across: str
    series: tuple[Series, ...]
    top: float
    lines: int = 5


def drawn(charts: Sequence[Chart]) -> str:
    """A picture of charts side by side."""
    width = WIDTH * len(charts)
    size = f'viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape('; '.join(chart.title for chart in charts))}</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for place, chart in enumerate(charts):
        parts += [f'<g transform="translate({place * WIDTH} 0)">', *_chart(chart), "</g>"]
    return "\n".join([*parts, "</svg>\n"])


def _chart(chart: Chart) -> list[str]:
    named = _named(sorted({x for series in chart.series for x, _ in series.points}))
    least, most = math.log10(named[0]), math.log10(named[-1])

    def across(x: float) -> float:
        share = (math.log10(x) - least) / (most - least)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def up(y: float) -> float:
        share = min(y / chart.top, 1)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    parts = [f'<text class="title" x="{LEFT - 30}" y="22">{escape(chart.title)}</text>']
    for line in range(chart.lines + 1):
        value = chart.top * line / chart.lines
        y, kind = up(value), "grid" if line else "axis"
        parts.append(f'<path class="{kind}" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:,g}</text>')
    floor = HEIGHT - BOTTOM
    for x in named:
        at = across(x)
        parts.append(f'<path class="axis" d="M{at} {floor}v4"/>')
        parts.append(f'<text x="{at}" y="{floor + 18}" text-anchor="middle">{x:,.0f}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(chart.across)}</text>'
    )
    labels = _apart([up(series.points[-1][1]) for series in chart.series])
    colours = iter(COLOURS)
    for series, label in zip(chart.series, labels, strict=True):
        colour = PLAIN if series.is_plain else next(colours)
        dots = [(across(x), up(y)) for x, y in series.points]
        line_of = " ".join(f"{x},{y}" for x, y in dots)
        dashes = ' stroke-dasharray="5 4"' if series.is_plain else ""
        parts.append(f'<polyline points="{line_of}" stroke="{colour}"{dashes}/>')
        if not series.is_plain:
            parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in dots]
        parts.append(
            f'<text x="{WIDTH - RIGHT + 8}" y="{label + 4}" style="fill:{colour}">'
            f"{escape(series.name)}</text>"
        )
    return parts


def _named(places: Sequence[float]) -> Sequence[float]:
    """What stands below the axis: the places themselves, where they are few, else the powers of
    ten around them.
    """
    if len(places) <= PLACES_NAMED_MAX:
        return places
    first, last = math.floor(math.log10(places[0])), math.ceil(math.log10(places[-1]))
    return [10.0**power for power in range(first, last + 1)]


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights of names that do not lie on each other, near to where they belong."""
    result = list(heights)
    order = sorted(range(len(heights)), key=lambda one: -heights[one])
    for lower, upper in pairwise(order):
        result[upper] = min(result[upper], result[lower] - LABEL_GAP)
    return result
