"""Colours: by kind of node, kind of edge and status. Light fills with a dark rim, legible on white
and in print.
"""

from typing import NamedTuple


class Paint(NamedTuple):
    """Fill and rim of a shape."""

    fill: str
    rim: str


NODES = {
    "start": Paint("#dcfce7", "#15803d"),
    "end": Paint("#f3f4f6", "#111827"),
    "task": Paint("#eff6ff", "#2563eb"),
    "decision": Paint("#fffbeb", "#d97706"),
    "fork": Paint("#374151", "#374151"),
    "join": Paint("#374151", "#374151"),
    "subprocess": Paint("#f5f3ff", "#7c3aed"),
    "wait": Paint("#f0fdfa", "#0f766e"),
    "timer": Paint("#ecfeff", "#0e7490"),
    "signal": Paint("#fdf2f8", "#be185d"),
    "unknown": Paint("#ffffff", "#dc2626"),
}
FAILED_END = Paint("#fee2e2", "#b91c1c")

EDGES = {
    "success": "#4b5563",
    "error": "#dc2626",
    "timer": "#0e7490",
    "signal": "#be185d",
    "dependency": "#9ca3af",
    "loop": "#7c3aed",
}

STATUSES = {
    "pending": Paint("#f3f4f6", "#6b7280"),
    "running": Paint("#dbeafe", "#1d4ed8"),
    "waiting": Paint("#fef3c7", "#b45309"),
    "succeeded": Paint("#dcfce7", "#15803d"),
    "failed": Paint("#fee2e2", "#b91c1c"),
    "cancelled": Paint("#e5e7eb", "#4b5563"),
    "timed_out": Paint("#ffedd5", "#c2410c"),
}
NOT_RUN = Paint("#ffffff", "#b6bcc6")

TEXT, FAINT_TEXT = "#111827", "#6b7280"
FONTS = "'Helvetica Neue', Helvetica, Arial, 'Noto Sans', 'DejaVu Sans', sans-serif"
FONT_FALLBACK = "DejaVu Sans"
