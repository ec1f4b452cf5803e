"""What ``seriatim cost`` estimates is what ``bench.cost`` counts, call by call: two ways to the
same figures.
"""

from typing import Any

import pytest

from bench.billing import dollars
from bench.cost import count
from bench.cost_cases import Case, task_definitions
from bench.shapes import chain_of, fan_out_of
from seriatim.authoring.files import load_text
from seriatim.cost.driving import measure
from seriatim.cost.estimate import Assumed, estimate
from tests.integration.cost.bundles import as_text

NOT_CALLS = {
    "engine's GB-seconds",
    "GB kept, of one month",
    "GB backed up, of one month",
    "GB of logs",
    "looks at empty queues, whatever runs",
}
"""What an estimate has besides calls."""


@pytest.mark.parametrize(
    ("document", "tasks", "apart"),
    [(chain_of(20), 20, 0.05), (fan_out_of(10), 10, 0.25)],
    ids=["chain", "fork-join"],
)
def test_an_estimate_agrees_with_what_is_counted(
    document: dict[str, Any], tasks: int, apart: float
) -> None:
    """How many results of a fork go into one write hangs on what ends at the same moment."""
    loaded = load_text(as_text(document, task_definitions()), "bundle.json")
    measured = measure(loaded, loaded.documents["sequences"][0], {})
    items = estimate(measured, Assumed(executions_per_month=1)).items
    estimated = sum(item.dollars for item in items if item.what not in NOT_CALLS)
    counted = count(Case(name="one", document=document, tasks=tasks))
    assert estimated == pytest.approx(dollars(counted.lines), rel=apart)
    appended = counted.calls("dynamodb", "PutItem")
    assert abs(measured.usage.calls["dynamodb.PutItem"] - appended) <= tasks


def test_a_chain_costs_a_write_a_task_and_a_message() -> None:
    counted = count(Case(name="chain", document=chain_of(20), tasks=20))
    assert counted.appends == 21
    assert counted.messages == 1
    assert counted.written["steps"] == 21, "a unit each: none is over 1 KB"
    assert counted.dollars() * 20 / 1_000_000 == pytest.approx(dollars(counted.lines))
