"""Goal: what the README tells people to run works, over HTTP, on the whole service."""

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from examples import main_path, montage, timeline
from seriatim.authoring.files import load_text
from seriatim.client.http import HttpClient, Refused
from seriatim.local.publishing import PROJECT, load_paths, publish
from seriatim.local.service import LocalService


def test_the_main_job_runs_both_examples_to_their_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert main_path.main() == 0
    shown = capsys.readouterr().out
    assert "Order A-1001 is on its way: TRACK-A-1001" in shown
    assert re.search(r"charge +attempt 1 failed: Gateway\.Busy", shown)
    assert shown.count("succeeded, outputs:") == 2
    for task_id, *_ in montage.load()["tasks"]:
        assert re.search(rf"{task_id} +succeeded", shown)


def test_the_first_sequence_of_the_readme_says_hello() -> None:
    readme = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")
    found = re.search(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    loaded = load_text(found[1], "hello.yaml")
    assert loaded.problems == ()
    with LocalService() as service:
        publish(service.wiring, [loaded])
        client = HttpClient(service.url, PROJECT)
        execution_id = client.start("hello", variables={"who": "Ada"})["id"]
        service.wait_idle()
        assert client.execution(execution_id)["outputs"] == {"text": "Hello, Ada!"}


def test_every_task_of_the_graph_runs_once_and_after_its_parents() -> None:
    graph = montage.load()
    document = montage.to_sequence(graph, time_scale=1000)
    nodes = [node for node in document["nodes"] if node["type"] == "task"]
    assert len(nodes) == len(graph["tasks"]) == 58
    joined = sum(1 for node in document["nodes"] if node["type"] == "join")
    assert joined == 1 + sum(1 for _, _, parents, _ in graph["tasks"] if len(parents) > 1)


def test_the_real_graphs_of_the_benchmarks_are_sequences_as_they_are() -> None:
    files = sorted(Path(__file__).parents[2].joinpath("bench", "data").glob("*.json.gz"))
    assert files
    for file in files:
        graph = montage.load(file)
        bundle = {
            "taskDefinitions": [montage.TASK_DEFINITION],
            "sequences": [montage.to_sequence(graph)],
        }
        assert load_text(json.dumps(bundle), file.name).problems == ()


def test_an_order_of_an_unknown_article_fails_with_the_reason() -> None:
    with LocalService(tasks=[str(main_path.TASKS_FILE)]) as service:
        client = HttpClient(service.url, PROJECT)
        publish(service.wiring, load_paths([main_path.ORDER_FILE]))
        order = {"orderId": "B", "lines": [{"article": "moon", "quantity": 1}]}
        execution_id = client.start("order", variables=order)["id"]
        service.wait_idle()
        ended = client.execution(execution_id)
        assert ended["status"] == "failed"
        assert ended["errors"][0]["code"] == "UnknownArticle"
        assert ended["errors"][0]["nodeId"] == "price"
        with pytest.raises(Refused) as refused:
            client.start("order", variables={"orderId": 5, "lines": []})
        assert refused.value.status in {400, 422}


def test_an_order_that_is_out_of_stock_takes_the_error_transition() -> None:
    with LocalService(tasks=[str(main_path.TASKS_FILE)]) as service:
        client = HttpClient(service.url, PROJECT)
        publish(service.wiring, load_paths([main_path.ORDER_FILE]))
        order = {
            "orderId": "C",
            "lines": [{"article": "lamp", "quantity": 9}],
            "approvalLimit": 1_000,
        }
        execution_id = client.start("order", variables=order)["id"]
        service.wait_idle()
        ended = client.execution(execution_id)
        assert ended["status"] == "failed"
        assert ended["nodeExecutions"]["refuse"]["status"] == "succeeded"
        assert ended["nodeExecutions"]["charge"]["status"] == "cancelled"
        assert ended["errors"][-1]["code"] == "OrderRefused"


def test_the_timeline_has_a_bar_for_every_task() -> None:
    console = Console(file=io.StringIO(), width=60)
    runs = [
        {
            "nodeId": "a",
            "status": "succeeded",
            "attempts": 2,
            "startTime": "2026-01-01T00:00:00.000Z",
            "endTime": "2026-01-01T00:00:02.000Z",
        }
    ]
    timeline.show(console, runs, {"a": "task"})
    assert isinstance(console.file, io.StringIO)
    assert "█" * 48 in console.file.getvalue()
    assert "2 attempts" in console.file.getvalue()
