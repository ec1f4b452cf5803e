"""The parts of the prediction, each against what can be computed by hand."""

import pytest

from bench import aws_figures as aws
from bench.prediction import Script, Simulation, ceilings, script_of
from bench.queueing import Bucket, Slots, dice, percentile
from bench.recorded_calls import TASK, Call, Invocation


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.5, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
        ([float(n) for n in range(1, 101)], 0.9, 90.0),
        ([1.0, 2.0], 1, 2.0),
    ],
)
def test_a_percentile_is_the_nearest_rank(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_a_bucket_lets_wait_for_what_has_not_come_yet() -> None:
    bucket = Bucket(10)  # one in 100 ms, ten kept
    assert [bucket.take(0, 5), bucket.take(0, 5)] == [0, 0]
    assert [bucket.take(0, 1), bucket.take(0, 1)] == [100, 200]
    assert bucket.take(250, 1) == pytest.approx(50)  # 2.5 came, 3 were taken
    assert bucket.take(10_000, 10) == 0  # no more than a second's worth was kept
    assert bucket.take(10_000, 1) == 100
    assert bucket.taken == 24


def test_an_invocation_takes_what_waits_and_ends_with_its_last_message() -> None:
    slots = Slots(1, batch_max=2)
    assert slots.arrive(1) == [1]
    assert [slots.arrive(n) for n in (2, 3, 4)] == [[], [], []]
    assert slots.depth == 3
    assert slots.end(1) == [2, 3]
    assert slots.end(3) == []
    assert slots.end(2) == [4]
    assert (slots.busy, slots.busy_max, slots.batch_mean) == (1, 1, 4 / 3)
    assert slots.end(4) == []
    assert slots.busy == 0


def test_latencies_have_the_percentiles_that_they_are_made_of() -> None:
    chance = dice(1)
    times = [aws.Latency(10, 50, "").draw(chance) for _ in range(20_000)]
    assert percentile(times, 0.5) == pytest.approx(10, rel=0.03)
    assert percentile(times, 0.99) == pytest.approx(50, rel=0.06)


def test_a_mapping_grows_by_the_minute() -> None:
    assert aws.ramp_seconds(5) == 0
    assert aws.ramp_seconds(305) == 60


APPEND = Call("dynamodb.PutItem", log_units=2)
SUMMARY = Call("dynamodb.PutItem", records_units=5)
RECORDED = [
    Invocation("api", [Call("sqs.SendMessage"), APPEND, SUMMARY]),
    Invocation("worker", [Call(TASK), APPEND, Call(TASK), APPEND, SUMMARY]),
    Invocation("notifier", [Call("dynamodb.UpdateItem", records_units=1)]),
]


def test_each_limit_is_met_where_its_quota_is_used_up() -> None:
    script = script_of(RECORDED)
    assert (script.steps, script.log_units, script.records_units) == (3, 6, 11)
    quotas = aws.Quotas("some", log_units_per_second=600, records_units_per_second=1_100)
    met = ceilings(script, quotas, projects=2)
    assert met["write units of the log"] == 300  # 100 executions of 3 steps
    assert met["write units of the records"] == 300
    assert met["index partitions of the projects"] == 3_000  # 500 of each project
    assert met["events on the bus"] == 15_000
    assert met["requests at the gateway"] == 30_000
    # Two tasks of 100 ms and three writes of 6.5: 219.5 ms; a hundred invocations of ten.
    assert met["workers' invocations, ten messages each"] == pytest.approx(3 * 1_000 / 0.2195)


def simulated(quotas: aws.Quotas, steps_per_second: float) -> tuple[float, Simulation]:
    simulation = Simulation(script_of(RECORDED), quotas, 2, dice(3))
    outcome = simulation.run(steps_per_second, seconds=30)
    return outcome.steps / 24, simulation


def test_below_all_limits_what_is_asked_is_done_at_the_latencies_alone() -> None:
    done, simulation = simulated(aws.Quotas("defaults"), 150)
    assert done == pytest.approx(150, rel=0.1)
    assert percentile(simulation.outcome.step, 0.5) == pytest.approx(6.5, rel=0.05)
    assert (simulation.outcome.refused, simulation.outcome.depth) == (0, 0)


def test_beyond_a_limit_no_more_is_done_than_it_lets_through() -> None:
    narrow = aws.Quotas("narrow", worker_invocations=1)
    ceiling = ceilings(script_of(RECORDED), narrow, 2)["workers' invocations, ten messages each"]
    done, simulation = simulated(narrow, 3 * ceiling)
    assert simulation.outcome.depth > 100
    # The worker's two steps of three at no more than its ceiling; starts are the API's.
    starts = ceiling  # a third of three times the ceiling
    assert done - starts <= ceiling * 2 / 3 * 1.1


def test_the_script_of_nothing_has_no_steps() -> None:
    assert Script((), (), ()).steps == 0
