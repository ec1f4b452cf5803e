"""Goal: what a pattern means does not hang on what dies when. How: the last case of each of the 43
patterns is played once to count its calls of ports; then once for each call and each way to die
(before it, after it). It must end as the file says every time, and leave no message behind.
"""

import pytest

from tests.patterns.by_crash import Player, outcome
from tests.patterns.pattern import Case, Pattern, load_patterns

PATTERNS = load_patterns()


def last_case(pattern: Pattern) -> Case:
    """The last one that ends, else the last one."""
    ended = [case for case in pattern.cases if case.expect.status in {"succeeded", "failed"}]
    return (ended or pattern.cases)[-1]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_pattern_survives_a_crash_at_every_call(pattern: Pattern) -> None:
    case = last_case(pattern)
    player = Player(pattern, None, after=False)
    wanted = (case.expect.status, case.expect.order)
    assert outcome(player, player.play(case)) == wanted
    for die_at in range(1, player.world.calls.made + 1):
        for after in (False, True):
            other = Player(pattern, die_at, after=after)
            found = outcome(other, other.play(case))
            assert found == wanted, f"it died {'after' if after else 'before'} call {die_at}"
            assert other.world.calls.die_at is None, "nothing died"
