"""Pictures of sequences and executions: JSON, Mermaid, DOT, SVG and PNG. ``render.render`` is the
way in.
"""
