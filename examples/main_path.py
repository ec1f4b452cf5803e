"""``make run``: the whole service in this process, two real things on it, shown live.

First an order from the basket to the door (``order_fulfilment``), then the 58 tasks of a real
Montage run, ten times as fast as they were. Everything goes over HTTP, as it would to the
cloud. Exits 0 only where both succeeded.
"""

import json
import sys
import threading
from pathlib import Path
from typing import Any

from rich.console import Console

from examples import montage, timeline
from seriatim.authoring.files import load_text
from seriatim.cli.progress import follow
from seriatim.client.http import HttpClient
from seriatim.domain.values import ExecutionKey
from seriatim.local.publishing import PROJECT, load_paths, publish
from seriatim.local.service import LocalService

HERE = Path(__file__).parent
ORDER_FILE = HERE / "order_fulfilment" / "order.yaml"
TASKS_FILE = HERE / "order_fulfilment" / "tasks.py"
ORDER = {"orderId": "A-1001", "lines": [{"article": "desk", "quantity": 1}]}
MONTAGE_SCALE = 10
LOOK_SECONDS = 0.1
NODE_RUNS_MAX = 200

Document = dict[str, Any]


def main() -> int:
    """Run both; the exit status."""
    console = Console()
    with LocalService(tasks=[str(TASKS_FILE)]) as service:
        console.print(f"Seriatim serves {service.url} on embedded AWS.\n")
        client = HttpClient(service.url, PROJECT)
        outcomes = [run_order(service, client, console), run_montage(service, client, console)]
    return 0 if outcomes == ["succeeded", "succeeded"] else 1


def run_order(service: LocalService, client: HttpClient, console: Console) -> str:
    """An order too expensive to go without approval, which a colleague gives."""
    console.rule("An order: decision, signal, fork and join, retry, subprocess, timer")
    publish(service.wiring, load_paths([ORDER_FILE]))
    started = client.start("order", variables=ORDER)
    colleague = threading.Thread(target=approve, args=(client, started["id"]), daemon=True)
    colleague.start()
    return show(service, client, console, started["id"])


def approve(client: HttpClient, execution_id: str) -> None:
    """Wait until the order waits for its approval, and approve it."""
    pause = threading.Event()
    while "approval" not in client.execution(execution_id)["currentNodeIds"]:
        pause.wait(LOOK_SECONDS)
    client.signal(execution_id, "approved", {"by": "Ada"}, key=f"approve-{execution_id}")


def run_montage(service: LocalService, client: HttpClient, console: Console) -> str:
    """Images of the sky, put together by 58 tasks that wait for each other in 114 ways."""
    graph = montage.load()
    document = montage.to_sequence(graph, MONTAGE_SCALE) | {"id": "montage"}
    bundle = {"taskDefinitions": [montage.TASK_DEFINITION], "sequences": [document]}
    count, critical = len(graph["tasks"]), graph["stats"]["criticalPath"] / MONTAGE_SCALE
    console.rule(f"Montage: {count} real tasks, {MONTAGE_SCALE} times as fast")
    publish(service.wiring, [load_text(json.dumps(bundle), "montage")])
    started = client.start("montage", variables={})
    status = show(service, client, console, started["id"])
    console.print(f"The longest way through the graph takes {critical:.2f} s by itself.\n")
    return status


def show(service: LocalService, client: HttpClient, console: Console, execution_id: str) -> str:
    """Follow an execution to its end; print its timeline and its outputs."""
    key = ExecutionKey(PROJECT, execution_id)
    follow(client, key, console)
    ended = client.execution(execution_id)
    state = service.wiring.executions.load(key)
    plan = service.wiring.plans.of(state)
    runs = service.wiring.reading.node_runs(key, None, NODE_RUNS_MAX, None)["items"]
    console.print("\nTimeline")
    timeline.show(console, runs, {run["nodeId"]: plan.node(run["nodeId"]).type for run in runs})
    console.print(f"\n{execution_id} {ended['status']}, outputs:")
    console.print_json(json.dumps(ended["outputs"]))
    for error in ended["errors"]:
        console.print(f"error {error['code']}: {error['message']}")
    console.print()
    return str(ended["status"])


if __name__ == "__main__":
    sys.exit(main())
