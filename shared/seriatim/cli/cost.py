"""``seriatim cost``: what a sequence will cost on AWS, item by item."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seriatim.authoring.files import LoadedFile
from seriatim.cli import terminal
from seriatim.cli.choosing import choose
from seriatim.cli.exits import USAGE, Failed
from seriatim.cli.validate import check_files
from seriatim.cost import prices
from seriatim.cost.driving import CostError, Measured, measure
from seriatim.cost.estimate import Assumed, Estimate, Item, estimate
from seriatim.local.parts import ServiceError
from seriatim.tasks.modules import TaskFunctions, TaskModuleError


def cost(
    path: Path,
    *,
    assumed: Assumed,
    variables: Mapping[str, Any],
    tasks: Sequence[str],
    sequence: str | None,
    as_json: bool,
) -> None:
    """Measure one execution of a sequence in a file, and show what so many a month cost.

    Raises:
        Failed: the file is wrong, or the sequence cannot be measured.
    """
    loaded = _load(path)
    chosen = choose(loaded.documents["sequences"], sequence, path)
    try:
        TaskFunctions(tasks).load()
        measured = measure(loaded, chosen, variables, tasks)
    except TaskModuleError as error:
        raise Failed(str(error), USAGE) from None
    except (CostError, ServiceError) as error:
        raise Failed(str(error)) from None
    estimated = estimate(measured, assumed)
    if as_json:
        terminal.show_json(_document(measured, estimated))
        return
    _show(measured, estimated)


def _load(path: Path) -> LoadedFile:
    (loaded,) = check_files([path])
    if loaded.has_errors or loaded.bundle is None:
        raise Failed("\n".join(str(one) for one in loaded.problems))
    if not loaded.bundle.sequences:
        raise Failed(f"{path} has no sequence that could be run.", USAGE)
    return loaded


def _show(measured: Measured, estimated: Estimate) -> None:
    times = estimated.assumed.executions_per_month
    items = sorted(estimated.items, key=lambda item: -item.dollars)
    terminal.show_table(
        ("service", "what", "amount", "$ / month", "$ / 1,000"),
        [*(_row(item, times) for item in items), _total("total", estimated.dollars, times)],
    )
    if estimated.tasks:
        terminal.show("Tasks, whoever runs the sequence:")
        terminal.show_table(
            ("service", "what", "amount", "$ / month", "$ / 1,000"),
            [
                *(_row(item, times) for item in estimated.tasks),
                _total("total", estimated.task_dollars, times),
            ],
        )
    other = estimated.step_functions
    terminal.show(
        f"Step Functions Standard: {measured.transitions} transitions an execution, "
        f"${other.dollars:,.2f} a month{_ratio(other.dollars, estimated.dollars)}."
    )
    for note in estimated.notes:
        terminal.say(f"assumed: {note}", "yellow")
    if measured.status != "succeeded":
        terminal.say(
            f"the execution {measured.status} ({measured.failure}): this is what that path costs; "
            "--tasks and --input show another",
            "yellow",
        )
    terminal.say(
        f"list prices of {prices.REGION}, {prices.AS_OF}; no free tier; alarms, dashboard and "
        "data out of AWS not included"
    )


def _row(item: Item, times: int) -> tuple[str, ...]:
    mark = " (price assumed)" if item.price.is_assumed else ""
    return (
        item.service,
        item.what + mark,
        f"{item.amount:,.4g}" if item.amount < 1_000 else f"{item.amount:,.0f}",
        f"{item.dollars:,.4f}",
        f"{item.dollars / times * 1000:,.5f}",
    )


def _total(name: str, dollars: float, times: int) -> tuple[str, ...]:
    return (name, "", "", f"{dollars:,.4f}", f"{dollars / times * 1000:,.5f}")


def _ratio(other: float, own: float) -> str:
    return f", {other / own:.1f} times as much" if own and other > own else ""


def _document(measured: Measured, estimated: Estimate) -> dict[str, Any]:
    used = measured.usage
    return {
        "executionsPerMonth": estimated.assumed.executions_per_month,
        "dollarsPerMonth": round(estimated.dollars, 6),
        "items": [_item(item) for item in estimated.items],
        "tasks": [_item(item) for item in estimated.tasks],
        "stepFunctions": {
            "transitionsPerExecution": measured.transitions,
            "dollarsPerMonth": round(estimated.step_functions.dollars, 6),
        },
        "measured": {
            "status": measured.status,
            "failure": measured.failure or None,
            "executions": measured.executions,
            "attempts": measured.attempts,
            "calls": dict(sorted(used.calls.items())),
            "invocations": dict(used.invocations),
        },
        "assumed": {
            "taskSeconds": estimated.assumed.task_seconds,
            "taskMegabytes": estimated.assumed.task_megabytes,
            "workerMegabytes": estimated.assumed.worker_megabytes,
            "notes": list(estimated.notes),
        },
        "prices": {"region": prices.REGION, "asOf": prices.AS_OF, "currency": "USD"},
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "service": item.service,
        "what": item.what,
        "amountPerMonth": round(item.amount, 6),
        "dollarsPerMonth": round(item.dollars, 6),
        "isPriceAssumed": item.price.is_assumed,
    }
