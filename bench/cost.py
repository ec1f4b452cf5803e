"""What tasks cost on AWS: calls, bytes and list-price dollars, counted where calls leave.

    python -m bench.cost [--lines] [--long] [CASE …]

Each case is one execution of a sequence on embedded AWS, in its own service, from the call of the
API that starts it to its last event on the bus; time is skipped. Not in the dollars: the time that
functions run, what is kept, and what is asked whatever runs (the reconciler's looks, polls of empty
queues). The stream's reads are free for Lambda.
"""

import argparse
import sys
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from bench.billing import MILLION, WRITES, Amount, Line, dollars, in_tens
from bench.cost_cases import Case, Document, cases, task_definitions
from bench.counting import CallCounter
from bench.shapes import chain_of
from bench.tables import Column, markdown
from seriatim.client.http import HttpClient
from seriatim.cost import prices
from seriatim.domain.values import ExecutionKey
from seriatim.local.service import LocalService

PROJECT: Final = "bench"
SECONDS_MAX: Final = 1_800
READS: Final = ("Query", "GetItem", "BatchGetItem")
WARMING: Final = Case(name="warming", document=chain_of(1), tasks=1)
GOAL_DOLLARS: Final = 1.25
GOAL_WRITES: Final = 1.05
GOAL_MESSAGES: Final = 0.1
GOAL_LENGTH: Final = 1.05


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What one execution of a case asked of AWS."""

    case: Case
    lines: dict[Line, Amount]
    written: dict[str, int]
    steps: int

    def calls(self, service: str, *operations: str) -> int:
        """Calls of a service, or of some of its operations."""
        return sum(
            amount.calls
            for line, amount in self.lines.items()
            if line.service == service and (not operations or line.operation in operations)
        )

    @property
    def appends(self) -> int:
        """Conditional writes to the log, snapshots among them, refused ones too."""
        return sum(
            amount.calls
            for line, amount in self.lines.items()
            if line.table == "log" and line.operation in WRITES
        )

    @property
    def messages(self) -> int:
        """Messages sent to the work queue."""
        return self.calls("sqs", "messages")

    @property
    def units(self) -> float:
        """Write units of DynamoDB, indexes included."""
        return sum(amount.units for line, amount in self.lines.items() if line.operation in WRITES)

    @property
    def request_bytes(self) -> int:
        """What the clients sent."""
        return sum(amount.request_bytes for amount in self.lines.values())

    def dollars(self, *, in_batches: bool = False) -> float:
        """For a million tasks."""
        lines = in_tens(self.lines) if in_batches else self.lines
        return dollars(lines) / self.case.tasks * MILLION


def count(case: Case) -> Counted:
    """Run one execution, and count."""
    counter = CallCounter()
    service = LocalService(skip_time=True, prepare=counter.prepare, handlers=counter.handlers)
    with service:
        definitions = service.wiring.definitions
        for definition in task_definitions():
            given = {name: value for name, value in definition.items() if name != "id"}
            definitions.put_task_definition(PROJECT, definition["id"], given)
        document = case.document
        if case.child is not None:
            document = deepcopy(document)
            child = _published(service, case.child)
            for node in document["nodes"]:
                if node["type"] == "subprocess":
                    node["parameters"]["sequenceId"] = child
        sequence_id = _published(service, document)
        client = HttpClient(service.url, PROJECT)
        # What a process reads once, the secret of task tokens, is no matter of one execution.
        client.start(_published(service, WARMING.document), variables={})
        service.wait_idle()
        counter.is_on = True
        key = ExecutionKey(PROJECT, client.start(sequence_id, variables=case.variables)["id"])
        _finish(service, client, key, counter, case)
        counter.is_on = False
        ended = service.wiring.executions.load(key)
        assert ended.status == "succeeded", f"{case.name}: {ended.status} {ended.failure}"
        return Counted(
            case=case,
            lines=dict(counter.lines),
            written=dict(counter.written),
            steps=ended.steps,
        )


def _published(service: LocalService, document: Document) -> str:
    definitions = service.wiring.definitions
    sequence_id: str = definitions.create(PROJECT, document).document["id"]
    definitions.activate(PROJECT, sequence_id)
    return sequence_id


def _finish(
    service: LocalService, client: HttpClient, key: ExecutionKey, counter: CallCounter, case: Case
) -> None:
    """Wait for the end; complete what waits for a callback."""
    while True:
        service.wait_idle(SECONDS_MAX)
        counter.is_on = False
        execution = client.execution(key.execution_id)
        counter.is_on = True
        waiting = [node for node in execution["nodeExecutions"].values() if "taskToken" in node]
        if not (case.has_callbacks and waiting):
            return
        for node in waiting:
            client.task_succeeded(node["taskToken"], {})


COLUMNS: Final = (
    Column("", lambda c: c.case.name),
    Column("per", lambda c: c.case.per),
    Column("log writes", lambda c: f"{c.appends / c.case.tasks:.3f}"),
    Column("write units", lambda c: f"{c.units / c.case.tasks:.2f}"),
    Column(
        "reads",
        lambda c: f"{c.calls('dynamodb', 'Query', 'GetItem', 'BatchGetItem') / c.case.tasks:.2f}",
    ),
    Column("messages", lambda c: f"{c.messages / c.case.tasks:.2f}"),
    Column("bytes sent", lambda c: f"{c.request_bytes / c.case.tasks:,.0f}"),
    Column("$ / million", lambda c: f"{c.dollars():.2f}"),
    Column("in tens", lambda c: f"{c.dollars(in_batches=True):.2f}"),
    Column(
        "Step Functions takes", lambda c: f"{prices.TRANSITION.dollars / c.dollars():.1f} times"
    ),
)


def goals(found: Sequence[Counted]) -> list[tuple[str, float, float]]:
    """What was aimed at: what it is, the figure, the most that it may be."""
    by_name = {one.case.name: one for one in found}
    result = []
    for name in ("chain of 50", "chain of 500"):
        if (chain := by_name.get(name)) is not None:
            tasks = chain.case.tasks
            result += [
                (f"{name}: log writes a task", chain.appends / tasks, GOAL_WRITES),
                (f"{name}: messages a task", chain.messages / tasks, GOAL_MESSAGES),
                (f"{name}: $ per million tasks", chain.dollars(), GOAL_DOLLARS),
            ]
    short, long = by_name.get("chain of 50"), by_name.get("chain of 500")
    if short is not None and long is not None:
        ratio = long.dollars() / short.dollars()
        result.append(("500 tasks to 50, $ a task", ratio, GOAL_LENGTH))
    return result


def main(arguments: Sequence[str] = ()) -> None:
    """Count, and print the table and the goals."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost")
    parser.add_argument("--lines", action="store_true", help="print every call")
    parser.add_argument("--long", action="store_true", help="count those that take minutes, too")
    parser.add_argument("cases", nargs="*", help="ends of the names of cases; none: all")
    asked = parser.parse_args(arguments)
    found = []
    for case in cases():
        if asked.cases and not any(case.name.endswith(name) for name in asked.cases):
            continue
        if case.is_long and not asked.cases and not asked.long:
            continue
        found.append(count(case))
        if asked.lines:
            print(case.name, found[-1].written, f"{found[-1].steps} steps")
            for line, amount in sorted(found[-1].lines.items()):
                print("   ", *line, amount)
    print(markdown(COLUMNS, found))
    for name, figure, most in goals(found):
        print(f"{'met ' if figure <= most else 'MISSED'} {name}: {figure:.3f} (at most {most})")


if __name__ == "__main__":
    main(sys.argv[1:])
