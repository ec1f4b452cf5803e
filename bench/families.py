"""How long a ``forEach`` of 100,000 child executions would take on AWS, and what it would cost: on
paper, from what is counted of a thousand.

    python -m bench.families [CHILDREN]

A child's calls are those that ``bench.cost`` counts, with the latencies and quotas of
``aws_figures``. Every limit gives a rate as if it were the only one; the lowest is the rate. All
children are of one project, as they are.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from bench import aws_figures as aws
from bench.billing import WRITES, Amount, Line, dollars, in_tens
from bench.cost import count
from bench.cost_cases import ITEMS, cases
from bench.prediction import TASK_MS
from seriatim.adapters.concurrently import THREADS_MAX
from seriatim.cost import prices
from seriatim.domain.decider.children import CHILDREN_PER_STEP_MAX
from seriatim.topology import LOG, RECORDS, WORKER

CHILDREN: Final = 100_000
SUMMARIES: Final = 2
"""Of a child: it begins, and it ends. Each is a write on its project's partition of an index."""
EVENTS: Final = 2
PARTITION_UNITS_PER_SECOND: Final = 1_000
"""[D], hard: of the parent's log."""
RETRIES_OF_RACES: Final = 2
"""Tries of an append to the parent while others try, too: two (docs/benchmarks.md, collisions)."""


def worker_ms(lines: Mapping[Line, Amount]) -> float:
    """How long workers have one child, at the medians: its calls one after the other, its task, and
    of the parent's what taking it in adds.
    """
    asked = 0.0
    for line, amount in lines.items():
        if line.service in {"dynamodb", "sqs"} and line.operation != "messages":
            is_pollers = line.operation in {"ReceiveMessage", "DeleteMessageBatch"}
            if not is_pollers:
                latency = aws.latency_of(f"{line.service}.{line.operation}")
                asked += amount.calls * (latency.p50 + aws.OWN_MS)
    return asked / ITEMS + TASK_MS


def units(lines: Mapping[Line, Amount], table: str) -> float:
    """Write units of a child on a table."""
    written = (
        amount.units
        for line, amount in lines.items()
        if line.table == table and line.operation in WRITES
    )
    return sum(written) / ITEMS


def starts_per_second() -> float:
    """How fast the parent calls for its children: a step for each 500, its messages after it."""
    calls = CHILDREN_PER_STEP_MAX / aws.BATCH_MESSAGES_MAX / THREADS_MAX
    send = aws.SEND.p50 + aws.OWN_MS * THREADS_MAX
    return CHILDREN_PER_STEP_MAX / (aws.WRITE.p50 + aws.OWN_MS + calls * send) * 1_000


def reports_per_second() -> float:
    """How fast the parent takes in: one append after the other, of the reports that one invocation
    has, each with a read of what others appended.
    """
    append = (aws.READ.p50 + aws.WRITE.p50 + 2 * aws.OWN_MS) * RETRIES_OF_RACES
    return aws.BATCH_MESSAGES_MAX / append * 1_000


def rates(lines: Mapping[Line, Amount], quotas: aws.Quotas) -> dict[str, float]:
    """Children a second at which each limit is met."""
    slots = quotas.worker_invocations * quotas.queues * aws.BATCH_MESSAGES_MAX
    parents_units = max(units(lines, LOG.name) - SUMMARIES, 0.1)
    return {
        "index partitions of the project": quotas.index_units_per_second / SUMMARIES,
        "appends to the parent, one by one": reports_per_second(),
        "write units of the parent's partition": PARTITION_UNITS_PER_SECOND / parents_units,
        "calling for children": starts_per_second(),
        "worker's invocations, ten messages each": slots / worker_ms(lines) * 1_000,
        "write units of the records": quotas.records_units_per_second / units(lines, RECORDS.name),
        "write units of the log": quotas.log_units_per_second / units(lines, LOG.name),
        "events on the bus": quotas.events_per_second / EVENTS,
    }


def main(arguments: Sequence[str] = ()) -> None:
    """Count a thousand, and print what many would take."""
    children = int(arguments[0]) if arguments else CHILDREN
    (case,) = (one for one in cases() if one.child is not None and one.tasks == ITEMS)
    lines = count(case).lines
    found = rates(lines, aws.Quotas("defaults"))
    print(f"children a second at which a limit is met, were it the only one; {children:,} take")
    for name, rate in sorted(found.items(), key=lambda one: one[1]):
        print(f"  {rate:10,.0f}  {name}: {children / rate:,.0f} s")
    requests = dollars(in_tens(lines)) / ITEMS * children
    seconds = worker_ms(lines) / 1_000 / aws.BATCH_MESSAGES_MAX * children
    time = prices.LAMBDA_GB_SECOND.of(seconds * WORKER.memory_megabytes / 1_024)
    print(f"{worker_ms(lines):,.0f} ms of a worker a child, {TASK_MS} of them its task")
    print(
        f"${requests:,.2f} for {children:,} children, messages in tens; Lambda's time ${time:,.2f}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
