"""Writes are billed as DynamoDB bills them, index by index; a bill is units times prices."""

from collections.abc import Mapping

import pytest

from bench.billing import Amount, Line, dollars, in_tens, index_units, write_units
from seriatim.topology import BY_STATUS, BY_WATCH, LOG, RECORDS

Item = dict[str, dict[str, str]]


def item(**attributes: str) -> Item:
    return {name: {"S": value} for name, value in {"pk": "X#p#1", "sk": "s", **attributes}.items()}


def listed(status: str, body: str = "b", **more: str) -> Item:
    return item(in_status=status, position="1", body=body, **more)


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, listed("running"), 1),
        (listed("running"), listed("running"), 0),
        (listed("running"), listed("running", "other"), 1),
        (listed("running"), listed("failed"), 2),
        (listed("running"), item(), 1),
        (item(), item(body="other"), 0),
        (None, listed("running", "x" * 3_000), 3),
    ],
)
def test_an_index_costs_what_changes_in_it(before: Item, after: Item, units: int) -> None:
    assert index_units(BY_STATUS, RECORDS, before, after) == units


def test_an_index_of_keys_costs_nothing_while_its_keys_stay() -> None:
    watched = item(watch="W#00", watch_at="1", body="b" * 5_000)
    assert index_units(BY_WATCH, RECORDS, None, watched) == 1
    assert index_units(BY_WATCH, RECORDS, watched, {**watched, "body": {"S": "other"}}) == 0


def test_a_write_costs_the_larger_of_what_was_and_what_is() -> None:
    assert write_units(LOG, None, item(body="x" * 100)) == 1
    assert write_units(LOG, item(body="x" * 2_500), item()) == 3
    assert write_units(LOG, None, None) == 1, "a deletion of what is not there"


def test_a_summary_that_is_new_pays_for_each_list_that_it_is_in() -> None:
    summary = listed("running", in_project="p", in_sequence="s", watch="W#00", watch_at="1")
    assert write_units(RECORDS, None, summary) == 1 + 4


def test_a_bill_is_units_times_list_prices() -> None:
    lines = {
        Line("dynamodb", "PutItem", "log"): Amount(calls=1, units=1_000_000),
        Line("dynamodb", "Query", "log"): Amount(calls=1, units=1_000_000),
        Line("sqs", "SendMessageBatch"): Amount(calls=1, units=1_000_000),
        Line("sqs", "messages"): Amount(calls=10_000_000),
        Line("lambda", "worker"): Amount(calls=1, units=1_000_000),
    }
    assert dollars(lines) == pytest.approx(0.625 + 0.125 + 0.50 + 0.20)


def test_in_tens_the_poller_and_its_function_cost_a_tenth() -> None:
    def one(line: Line) -> Mapping[Line, Amount]:
        return {line: Amount(calls=10, units=10)}

    for line in (Line("sqs", "ReceiveMessage"), Line("lambda", "worker")):
        assert in_tens(one(line))[line].units == 1
    sent = Line("sqs", "SendMessageBatch")
    assert in_tens(one(sent))[sent].units == 10
