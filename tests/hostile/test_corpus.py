"""Every call of the corpus is answered as it says, and leaves nothing behind where it is refused.

Goal: no input, whatever it is, makes the service fail (5xx), store half of something, or tell what
is none of the caller's business. How: the whole corpus through the real handler, in this process;
each answer is held to the OpenAPI document. What is accepted is taken further: a sequence is
activated and started, an execution runs to its end, and all is read back.
"""

import re
from collections import Counter
from typing import Any

import pytest

from tests.hostile.cases import CORPUS, Case, cases
from tests.hostile.stage import Stage
from tests.unit.api.caller import Answer, operation

FILES = sorted(file.stem for file in CORPUS.glob("*.json") if file.stem != "bodies")
ROWS_MIN = 2_900

INTERNAL = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|/home/|/root/|/usr/|/var/task| object at 0x"
    r"|botocore|boto3|[Dd]ynamo|msgspec|pydantic|jsonschema|rpds|simpleeval|powertools"
    r"|arn:aws:sqs|kkkkkkkk"
)
"""What would tell how the service is made, where it runs, or what it signs with."""


@pytest.mark.parametrize("file", FILES)
def test_hostile_calls_are_answered_as_the_corpus_says(file: str) -> None:
    stage, before, wrong = Stage(), b"", []
    for case in cases():
        if case.name.rpartition("-")[0].rpartition("-")[0] != file:
            continue
        if not before:
            before = stage.prepared()
        answer = stage.answer(case)
        after = stage.stored()
        wrong += [f"{case.name}: {said}" for said in faults(case, answer, before == after)]
        if after != before:
            stage.follow(case, answer)
            after = stage.stored()
            is_reusable = stage.is_reusable(case, after)
            stage, before = (stage, after) if is_reusable else (Stage(), b"")
    assert not wrong, "\n".join(wrong)


def faults(case: Case, answer: Answer, is_unchanged: bool) -> list[str]:
    """What is wrong with an answer."""
    found = []
    code = answer.json["code"] if answer.status >= 400 else None
    if (answer.status, code) != (case.status, case.code):
        found.append(f"{answer.status} {code}, not {case.status} {case.code}: {answer.text[:200]}")
    if answer.status >= 400 and not is_unchanged:
        found.append("refused, and something is stored")
    leak = INTERNAL.search(_without_echo(case, answer)) if answer.status >= 400 else None
    if leak is not None:
        found.append(f"tells {leak[0]!r}")
    return found


def _without_echo(case: Case, answer: Answer) -> str:
    """The answer without what only repeats the request: no message of ours is in quotes."""
    document: dict[str, Any] = answer.json
    said = [document["detail"], *(one["message"] for one in document.get("problems", []))]
    return " ".join(re.sub(r"'[^']*'|\"[^\"]*\"", "''", text) for text in said)


def test_the_corpus_is_large_and_reaches_every_kind_of_call() -> None:
    found = cases()
    assert len(found) >= ROWS_MIN
    assert not [case.name for case in found if case.status >= 500 or case.status < 200]
    assert len(found) == len({case.name for case in found})
    reached = Counter(
        described["operationId"]
        for case in found
        if (described := operation(case.method, re.sub(r"<\w+>", "x", case.path))) is not None
    )
    assert len(reached) >= 45, sorted(reached)
