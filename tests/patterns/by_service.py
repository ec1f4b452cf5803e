"""Plays a case through the service: the API's handler and the worker, on strict fakes."""

from typing import Any

from seriatim.ports.tasks import TaskRequest
from tests.patterns.pattern import WORK, Case, Document, Pattern
from tests.unit.api.caller import Service

PATH = "/projects/p/executions"


class Player:
    """One execution over the API."""

    def __init__(self, pattern: Pattern, case: Case) -> None:
        self._service = Service()
        self._world = self._service.world
        self._world.task_definitions.put("p", "work", WORK)
        for sequence_id, document in {**pattern.children, "main": pattern.sequence}.items():
            self._world.publish(document, sequence_id)
        started = self._service.post(
            "/projects/p/sequences/main/executions", {"variables": case.variables}
        )
        assert started.status == 202, started.text
        self.execution_id: str = started.json["id"]
        self._done: set[int] = set()
        self._settle()

    def _settle(self) -> None:
        self._world.run(until_ms=self._world.clock.now())

    def happen(self, event: Document) -> None:
        """One event of the case."""
        path = f"{PATH}/{self.execution_id}"
        if "complete" in event or "fail" in event:
            self._report(event)
        elif "signal" in event:
            body = {"payload": event["payload"]} if "payload" in event else {}
            self._accepted(self._service.post(f"{path}/signals/{event['signal']}", body))
        elif "time" in event:
            self._world.run(until_ms=self._world.clock.now() + event["time"] * 1000)
        elif "set" in event:
            self._accepted(self._service.patch(f"{path}/variables", event["set"]))
        elif "order" in event:
            body = {"outputs": {}} if event["order"] == "complete" else {}
            order = f"{path}/nodes/{event['node']}/{event['order']}"
            self._accepted(self._service.post(order, body))
        else:
            self._accepted(self._service.post(f"{path}/cancel", {"reason": event["cancel"]}))
        self._settle()

    def _report(self, event: Document) -> None:
        node_id = event.get("complete") or event["fail"]
        for place, request in enumerate(self._world.tasks.requests):
            is_meant = request.node_id == node_id and place not in self._done
            is_main = request.key.execution_id == self.execution_id
            if is_meant and is_main is ("child" not in event) and self._is_open(request):
                self._done.add(place)
                body: Document = {"taskToken": request.task_token}
                if "fail" in event:
                    body["error"] = {"code": "Oops", "message": "as the case says"}
                    self._accepted(self._service.post("/task-tokens/failure", body))
                else:
                    body["output"] = event.get("result", {})
                    self._accepted(self._service.post("/task-tokens/success", body))
                return
        raise AssertionError(f"{node_id} was not handed out")

    def _is_open(self, request: TaskRequest) -> bool:
        run = self._world.state(request.key).active.get(request.number)
        return run is not None and run.is_attempt_open(request.attempt)

    def _accepted(self, answer: Any) -> None:
        assert answer.status < 300, answer.text

    def outcome(self) -> tuple[str, list[str], list[str], Any]:
        """Status, order of node runs, cancelled nodes and outputs."""
        path = f"{PATH}/{self.execution_id}"
        execution = self._service.get(path).json
        runs = self._service.get(f"{path}/nodes", "limit=200").json["items"]
        latest = {run["nodeId"]: run["status"] for run in runs}
        cancelled = sorted(node for node, status in latest.items() if status == "cancelled")
        order = [run["nodeId"] for run in runs]
        return execution["status"], order, cancelled, execution["outputs"]


def play(pattern: Pattern, case: Case) -> tuple[str, list[str], list[str], Any]:
    """Status, order of node runs, cancelled nodes and outputs after the case's events."""
    player = Player(pattern, case)
    for event in case.events:
        player.happen(event)
    return player.outcome()
