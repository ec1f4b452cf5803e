"""Hostile expressions, one a line: each is an ``ExpressionError``, soon, and leaves its inputs as
they were.

Beside the attacks of ``tests/unit/domain/expressions/test_attacks.py``: what has got out of other
evaluators, Python's statements and its built-in functions, methods that change things, and texts
that look like something else. How much may be done is counted, so it is bounded in steps here.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from seriatim.domain.expressions.budget import STEPS_MAX
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import evaluate, parse
from seriatim.domain.expressions.placeholders import fill, parse_template

LINES = (Path(__file__).parent / "expressions.txt").read_text(encoding="utf-8").splitlines()
ATTACKS = [str(json.loads(line)) for line in LINES]
NAMES: dict[str, Any] = {
    "x": [1, 2],
    "s": "abc",
    "d": {"a": 1},
    "n": 10**9,
    "big": "y" * 100_000,
    "rows": [{"a": index} for index in range(1_000)],
    "deep": [[[[]]]],
    "nodes": {"a": {"outputs": {}}},
}


@pytest.mark.parametrize("source", ATTACKS, ids=lambda source: ascii(source)[:50])
def test_an_attack_is_an_error_and_changes_nothing(source: str) -> None:
    before = copy.deepcopy(NAMES)
    with pytest.raises(ExpressionError):
        evaluate(parse(source), NAMES)
    assert before == NAMES


@pytest.mark.parametrize("source", ATTACKS[::5], ids=lambda source: ascii(source)[:50])
def test_so_it_is_in_a_place(source: str) -> None:
    with pytest.raises(ExpressionError):
        fill(parse_template({"a": ["${" + source + "}"]}), NAMES)


def test_there_are_many() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) >= 200
    assert STEPS_MAX <= 10_000
