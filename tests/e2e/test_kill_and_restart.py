"""Goal: what the API has acknowledged survives the service's death at any moment.

``seriatim dev`` runs over moto's server and is killed while clients start executions, send signals
and work on an activity. It dies after so many answers, wherever its workers are by then: what must
come out is the same whenever that is.
"""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seriatim.client.http import HttpClient
from tests.e2e.killed_service import (
    Caller,
    Dev,
    Document,
    PackingWorker,
    ended_execution,
    moto_server,
    start,
    until,
)

ROUNDS = 3
"""Of each kind an execution is started in every round: see ``KINDS``."""
DEATHS = (3, 8, 12)
"""After how many answers in all the service dies, at the earliest. Any others will do up to the
number of executions: their starts are all answered.
"""
BUNDLE = """
taskDefinitions:
  - {id: echo, name: echo, integration: python, python: {function: builtin.echo}}
  - {id: sleep, name: sleep, integration: python, python: {function: builtin.sleep}}
  - {id: fail, name: fail, integration: python, python: {function: builtin.fail}}
  - id: pack
    name: pack
    integration: activity
    activity: {name: packing}
    timeoutSeconds: 2
    retryPolicy: {maxRetries: 100, retryIntervalSeconds: 0}
sequences:
  - id: branches
    name: branches
    variables: [{name: n, type: integer}]
    nodes:
      - {id: s, type: start}
      - {id: f, type: fork}
      - {id: a, type: task, taskDefinitionId: echo, parameters: {from_a: "${n}"}}
      - {id: a2, type: task, taskDefinitionId: sleep, parameters: {seconds: 0.2, from_a: "${n}"}}
      - {id: b, type: timer, parameters: {durationSeconds: 1}}
      - id: c
        type: task
        taskDefinitionId: fail
        parameters: {times: 2, from_c: "${n}"}
        retryPolicy: {maxRetries: 2, retryIntervalSeconds: 0.5}
      - {id: j, type: join}
      - id: e
        type: end
        inputMappings:
          - {sourceNodeId: a2, sourceOutputName: from_a, targetInputName: from_a}
          - {sourceNodeId: c, sourceOutputName: from_c, targetInputName: from_c}
    transitions:
      - {id: s-f, sourceNodeId: s, targetNodeId: f}
      - {id: f-a, sourceNodeId: f, targetNodeId: a}
      - {id: a-a2, sourceNodeId: a, targetNodeId: a2}
      - {id: f-b, sourceNodeId: f, targetNodeId: b}
      - {id: f-c, sourceNodeId: f, targetNodeId: c}
      - {id: a2-j, sourceNodeId: a2, targetNodeId: j}
      - {id: b-j, sourceNodeId: b, targetNodeId: j}
      - {id: c-j, sourceNodeId: c, targetNodeId: j}
      - {id: j-e, sourceNodeId: j, targetNodeId: e}
  - id: asking
    name: asking
    nodes:
      - {id: s, type: start}
      - {id: first, type: signal, parameters: {signalName: answer}}
      - {id: second, type: signal, parameters: {signalName: answer}}
      - id: e
        type: end
        inputMappings:
          - {sourceNodeId: first, sourceOutputName: n, targetInputName: first}
          - {sourceNodeId: second, sourceOutputName: n, targetInputName: second}
    transitions:
      - {id: s-first, sourceNodeId: s, targetNodeId: first}
      - {id: first-second, sourceNodeId: first, targetNodeId: second}
      - {id: second-e, sourceNodeId: second, targetNodeId: e}
  - id: packing
    name: packing
    variables: [{name: n, type: integer}]
    nodes:
      - {id: s, type: start}
      - {id: p, type: task, taskDefinitionId: pack, parameters: {n: "${n}"}}
      - id: e
        type: end
        inputMappings: [{sourceNodeId: p, sourceOutputName: packed, targetInputName: packed}]
    transitions:
      - {id: s-p, sourceNodeId: s, targetNodeId: p}
      - {id: p-e, sourceNodeId: p, targetNodeId: e}
  - id: parent
    name: parent
    variables: [{name: n, type: integer}]
    nodes:
      - {id: s, type: start}
      - {id: before, type: task, taskDefinitionId: echo}
      - {id: child, type: subprocess, parameters: {sequenceId: branches, variables: {n: "${n}"}}}
      - {id: after, type: task, taskDefinitionId: echo}
      - id: e
        type: end
        inputMappings: [{sourceNodeId: child, sourceOutputName: from_c, targetInputName: of_child}]
    transitions:
      - {id: s-before, sourceNodeId: s, targetNodeId: before}
      - {id: before-child, sourceNodeId: before, targetNodeId: child}
      - {id: child-after, sourceNodeId: child, targetNodeId: after}
      - {id: after-e, sourceNodeId: after, targetNodeId: e}
"""

KINDS: dict[str, Callable[[int], Document]] = {
    "branches": lambda n: {"from_a": n, "from_c": n},
    "asking": lambda n: {"first": n, "second": n + 1},
    "packing": lambda n: {"packed": n},
    "parent": lambda n: {"of_child": n},
}
"""The sequences, and what one that was started as number ``n`` must give."""


@pytest.fixture
def emulator() -> Iterator[str]:
    with moto_server() as url:
        yield url


def test_all_that_was_acknowledged_ends_rightly(emulator: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.yaml"
    bundle.write_text(BUNDLE)
    numbered = list(enumerate(kind for _ in range(ROUNDS) for kind in KINDS))
    with Dev(emulator, bundle) as dev, ThreadPoolExecutor(4) as clients:
        dev.start()
        caller = Caller(dev.url)
        with PackingWorker(caller):
            started = [clients.submit(start, caller, kind, n) for n, kind in numbered]
            for answers in DEATHS:
                caller.wait_for_answers(answers)
                dev.kill()
                dev.start()
            ids = [future.result() for future in started]
            ended = [ended_execution(caller, execution_id) for execution_id in ids]
        for (n, kind), execution in zip(numbered, ended, strict=True):
            assert execution["status"] == "succeeded", execution["errors"]
            assert execution["outputs"] == KINDS[kind](n)
            _check_history(caller, execution)
        children = sum(kind == "parent" for _, kind in numbered)
        _check_list(caller, len(numbered) + children)


def _check_history(caller: Caller, execution: Document) -> None:
    """Without gaps, in order of time, and every node ran once."""
    items: list[Document] = []
    cursor: str | None = None

    def page(client: HttpClient) -> Document:
        return client.history(execution["id"], 200, cursor)

    while not items or cursor:
        answer = caller.until_answered(page)
        items += answer["items"]
        cursor = answer.get("cursor")
    assert [item["number"] for item in items] == list(range(1, len(items) + 1))
    assert all(a["time"] <= b["time"] for a, b in itertools.pairwise(items))
    done = [item["nodeId"] for item in items if item["type"] == "NodeSucceeded"]
    assert sorted(done) == sorted(execution["nodeExecutions"])


def _check_list(caller: Caller, count: int) -> None:
    """The list has every execution once, children too, as succeeded."""

    def statuses() -> list[str]:
        page = caller.until_answered(lambda client: client.executions(limit=200))
        return [item["status"] for item in page["items"]]

    # The summary of an execution is written after its last step, which is the truth.
    until(lambda: set(statuses()) == {"succeeded"})
    assert len(statuses()) == count
