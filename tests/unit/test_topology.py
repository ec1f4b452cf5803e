"""The numbers of the topology fit together, and one that is changed alone is noticed."""

from typing import Any

import pytest
from msgspec.structs import replace

from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.topology import (
    LOG,
    NOTIFIER,
    OUTAGE_SECONDS_MIN,
    RECORDS,
    RETRY_SECONDS_MAX,
    TOPOLOGY,
    WORK,
    WORKER,
    Queue,
    check,
    retry_seconds,
)


def with_work(queue: Queue) -> None:
    others = tuple(one for one in TOPOLOGY.queues if one.name != WORK.name)
    check(replace(TOPOLOGY, queues=(queue, *others)))


def test_the_topology_as_it_is_holds() -> None:
    check(TOPOLOGY)
    with_work(WORK)


@pytest.mark.parametrize(
    "changed",
    [
        replace(WORK, visibility_timeout_seconds=WORKER.timeout_seconds),
        replace(WORK, max_receive_count=20),
        replace(WORK, retention_seconds=345_600),
        replace(WORK, dead_letter_queue="nowhere"),
        replace(WORK, max_receive_count=None),
    ],
    ids=["visibility", "receives", "retention", "no such DLQ", "no receives"],
)
def test_a_number_changed_alone_is_noticed(changed: Queue) -> None:
    with pytest.raises(AssertionError):
        with_work(changed)


def test_a_message_outlives_an_outage_of_hours() -> None:
    assert WORK.max_receive_count is not None
    tries = range(1, WORK.max_receive_count)
    assert sum(retry_seconds(count) for count in tries) >= OUTAGE_SECONDS_MIN


def test_a_message_is_tried_again_soon_and_then_seldom() -> None:
    waits = [retry_seconds(count) for count in range(1, 300)]
    assert waits[0] == 2
    assert waits == sorted(waits)
    assert waits[-1] == RETRY_SECONDS_MAX


def test_the_log_may_only_grow() -> None:
    assert LOG.append_only
    assert not RECORDS.append_only


def test_a_table_is_asked_for_with_all_its_keys() -> None:
    request = create_table_request(RECORDS, "prefix-records")
    assert request["TableName"] == "prefix-records"
    defined = {one["AttributeName"] for one in request["AttributeDefinitions"]}
    lists = {"in_project", "in_status", "in_sequence", "position"}
    assert defined == {"pk", "sk", "watch", "watch_at"} | lists
    projections = [one["Projection"] for one in request["GlobalSecondaryIndexes"]]
    assert [one["ProjectionType"] for one in projections] == ["ALL"] * 3 + ["KEYS_ONLY"]
    assert "StreamSpecification" not in request
    assert "GlobalSecondaryIndexes" not in create_table_request(LOG, "log")


@pytest.mark.parametrize(
    "changes",
    [
        {"table": "records"},
        {"failure_queue": "nowhere"},
        {"parallelization": 11},
        {"record_age_seconds_max": OUTAGE_SECONDS_MIN - 1},
    ],
)
def test_a_stream_that_loses_what_an_outage_holds_up_is_noticed(changes: dict[str, Any]) -> None:
    assert NOTIFIER.stream_source is not None
    notifier = replace(NOTIFIER, stream_source=replace(NOTIFIER.stream_source, **changes))
    with pytest.raises(AssertionError):
        check(replace(TOPOLOGY, functions=(notifier,)))
