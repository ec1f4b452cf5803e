"""What counted calls cost, at the list prices that ``seriatim cost`` has. Pure.

Of DynamoDB's writes the indexes are reckoned one by one, as AWS bills them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from seriatim.cost import capacity, prices
from seriatim.cost.prices import Price
from seriatim.topology import Index, Table

WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
MILLION: Final = prices.MILLION

Item = Mapping[str, Any]


class Line(NamedTuple):
    """What is counted together."""

    service: str
    operation: str
    table: str = ""


@dataclass
class Amount:
    """How much of it."""

    calls: int = 0
    refused: int = 0
    """Of the calls: writes whose condition was not met."""
    request_bytes: int = 0
    item_bytes: int = 0
    """Of items and messages, sent or read; without what the protocol adds."""
    units: float = 0
    """What is billed: write or read units, chunks of 64 KB, events, invocations."""


def index_units(index: Index, table: Table, before: Item | None, after: Item | None) -> int:
    """What a write costs in one index: nothing where its entry stays as it is; an entry that moves
    is taken away and written anew.
    """
    old, new = _entry(index, table, before), _entry(index, table, after)
    if old == new:
        return 0
    if old is not None and new is not None and _key(index, old) == _key(index, new):
        return max(capacity.write_units(old), capacity.write_units(new))
    return sum(capacity.write_units(entry) for entry in (old, new) if entry is not None)


def write_units(table: Table, before: Item | None, after: Item | None) -> int:
    """What a write costs that made ``after`` of ``before``: the larger of the two, and what it
    changes in the indexes.
    """
    sizes = [capacity.write_units(item) for item in (before, after) if item is not None]
    indexes = sum(index_units(index, table, before, after) for index in table.indexes)
    return max(sizes, default=1) + indexes


def _entry(index: Index, table: Table, item: Item | None) -> Item | None:
    if item is None or index.partition_key not in item or index.sort_key not in item:
        return None
    if not index.keys_only:
        return item
    keys = (index.partition_key, index.sort_key, table.partition_key, table.sort_key)
    return {name: item[name] for name in keys}


def _key(index: Index, entry: Item) -> tuple[Any, Any]:
    return entry[index.partition_key], entry[index.sort_key]


def prices_of(line: Line) -> tuple[Price, ...]:
    """What a unit of a line costs; nothing where AWS bills by something else."""
    match line.service:
        case "dynamodb":
            return (prices.WRITE_UNIT if line.operation in WRITES else prices.READ_UNIT,)
        case "sqs" if line.operation == "messages":
            return ()
        case "sqs":
            return (prices.QUEUE_REQUEST, prices.FAIR_REQUEST)
        case "lambda":
            return (prices.LAMBDA_REQUEST,)
        case "apigateway":
            return (prices.API_REQUEST,)
        case "scheduler":
            return (prices.SCHEDULE_RUN,)
        case "events":
            return (prices.BUS_EVENT,)
        case "s3":
            return (prices.OBJECT_PUT if line.operation == "PutObject" else prices.OBJECT_GET,)
        case "secretsmanager":
            return (prices.SECRET_CALL,)
        case _:
            raise AssertionError(f"no price for {line}")


def dollars(lines: Mapping[Line, Amount]) -> float:
    """What all of it costs, without the time that functions run and what is kept."""
    return sum(
        price.of(amount.units) for line, amount in lines.items() for price in prices_of(line)
    )


def in_tens(lines: Mapping[Line, Amount]) -> dict[Line, Amount]:
    """The same work, had Lambda always found ten messages to hand over: one receive, one deletion
    and one invocation of the worker for ten. The emulator's poller takes one at a time.
    """
    tenth = {
        Line("sqs", "ReceiveMessage"),
        Line("sqs", "DeleteMessageBatch"),
        Line("lambda", "worker"),
    }
    return {
        line: Amount(calls=amount.calls, units=amount.units / 10) if line in tenth else amount
        for line, amount in lines.items()
    }
