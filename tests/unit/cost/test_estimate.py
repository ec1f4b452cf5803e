"""An estimate is amounts times prices; the tasks' own costs stand apart."""

from collections import Counter

import pytest

from seriatim.cost import prices
from seriatim.cost.counting import Usage
from seriatim.cost.driving import Measured
from seriatim.cost.estimate import Assumed, estimate

USED = Usage(
    write_units=10,
    read_units=4,
    queue_requests=8,
    api_requests=1,
    invocations=Counter(api=1, worker=2),
    calls=Counter({"dynamodb.PutItem": 10}),
)
MILLION = Assumed(executions_per_month=1_000_000)


def measured(**more: object) -> Measured:
    return Measured(usage=USED, status="succeeded", transitions=5, **more)  # type: ignore[arg-type]


def test_an_item_is_an_amount_times_its_price() -> None:
    by_what = {item.what: item for item in estimate(measured(), MILLION).items}
    assert by_what["write units"].amount == 10_000_000
    assert by_what["write units"].dollars == pytest.approx(6.25)
    assert by_what["read units"].dollars == pytest.approx(0.5)


def test_what_is_not_used_is_not_shown() -> None:
    whats = {item.what for item in estimate(measured(), MILLION).items}
    assert "PUT" not in whats
    assert "events" not in whats


def test_step_functions_costs_by_transitions() -> None:
    assert estimate(measured(), MILLION).step_functions.dollars == pytest.approx(125)


def test_looking_at_empty_queues_costs_the_same_however_little_runs() -> None:
    few = estimate(measured(), Assumed(executions_per_month=1))
    (idle,) = (item for item in few.items if "empty" in item.what)
    assert idle.dollars == pytest.approx(
        next(i for i in estimate(measured(), MILLION).items if "empty" in i.what).dollars
    )


def test_tasks_cost_by_their_time_and_memory_beside_the_service() -> None:
    assumed = Assumed(executions_per_month=1_000, task_seconds=2, task_megabytes=2_048)
    estimated = estimate(measured(attempts={"lambda": 3}), assumed)
    by_what = {item.what: item for item in estimated.tasks}
    assert by_what["GB-seconds of tasks"].amount == 3 * 1_000 * 2 * 2
    assert by_what["requests of tasks"].amount == 3_000
    assert estimated.dollars == pytest.approx(sum(i.dollars for i in estimated.items))


def test_a_price_that_no_page_of_aws_confirms_is_marked() -> None:
    marked = {i.what for i in estimate(measured(), MILLION).items if i.price.is_assumed}
    assert marked == {"requests, fair queue"}
    assert prices.FAIR_REQUEST.is_assumed
