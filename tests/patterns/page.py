"""Makes ``docs/patterns.md`` of the pattern files: ``python -m tests.patterns.page``."""

from pathlib import Path

from seriatim.graph.render import render_text
from tests.patterns.pattern import Pattern, load_patterns

PAGE = Path(__file__).parents[2] / "docs" / "patterns.md"
PATTERNS_IN_ALL = 43

HEAD = """# Control-flow patterns

The patterns of Russell, ter Hofstede, van der Aalst and Mulyar, *Workflow Control-Flow Patterns: A
Revised View* (2006), each as a sequence. {count} of {all} are here. Every one is a file in
`tests/patterns/` with events and what must come of them; a test plays it through the decider,
another through the API and the worker.
"""


def page(patterns: list[Pattern]) -> str:
    """The page: each pattern with its meaning, how it is said here, and its picture."""
    parts = [HEAD.format(count=len(patterns), all=PATTERNS_IN_ALL)]
    missing = sorted(set(range(1, PATTERNS_IN_ALL + 1)) - {p.pattern for p in patterns})
    if missing:
        numbers = ", ".join(map(str, missing))
        parts.append(f"Not written yet: {numbers}.\n")
    parts += [_section(pattern) for pattern in patterns]
    return "\n".join(parts)


def _section(pattern: Pattern) -> str:
    picture = render_text(pattern.sequence, "mermaid").strip()
    cases = "\n".join(f"- {case.case}: {' → '.join(case.expect.order)}" for case in pattern.cases)
    return (
        f"## {pattern.pattern}. {pattern.name}\n\n{pattern.meaning.strip()}\n\n"
        f"**Here:** {pattern.how.strip()}\n\n```mermaid\n{picture}\n```\n\n{cases}\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(load_patterns()))
