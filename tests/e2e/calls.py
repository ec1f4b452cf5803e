"""A user of the HTTP API, for end-to-end tests: creates, starts, waits, looks."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from seriatim.local.service import LocalService
from tests.builders import ACTIVITY, ECHO

Document = dict[str, Any]

POLLS_MAX = 10
FAIL = {"id": "fail", "integration": "python", "python": {"function": "builtin.fail"}}


class Refused(Exception):
    """The service answered with an error."""

    def __init__(self, status: int, body: Document) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Caller:
    """Calls one running service over HTTP, and nothing else of it but its clockwork."""

    def __init__(self, service: LocalService) -> None:
        self._service = service
        for task in (ECHO, ACTIVITY, FAIL):
            self.call("PUT", f"/task-definitions/{task['id']}", {**task, "name": task["id"]})

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """One call; a ``path`` of the project unless it is about task tokens."""
        root = "" if path.startswith("/task-tokens") else "/projects/default"
        asked = {name: value for name, value in query.items() if value is not None}
        request = urllib.request.Request(  # noqa: S310 - the service under test
            f"{self._service.url}{root}{path}" + (f"?{urlencode(asked)}" if asked else ""),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, json.load(error)) from None

    def publish(self, document: Document) -> str:
        """Create and activate a sequence."""
        created = self.call("POST", "/sequences", document)
        self.call("POST", f"/sequences/{created['id']}/activate")
        return str(created["id"])

    def start(self, document: Document, **variables: Any) -> str:
        """Start an execution of a new sequence."""
        path = f"/sequences/{self.publish(document)}/executions"
        return str(self.call("POST", path, {"variables": variables})["id"])

    def run(self, document: Document, **variables: Any) -> Document:
        """A new execution when nothing happens by itself any more."""
        return self.look(self.start(document, **variables))

    def look(self, execution_id: str) -> Document:
        """An execution when nothing happens by itself any more."""
        self._service.wait_idle()
        return dict(self.call("GET", f"/executions/{execution_id}"))

    def runs(self, execution_id: str, node_id: str) -> list[Document]:
        """The runs of a node, in order of start."""
        found = self._pages(f"/executions/{execution_id}/nodes")
        return [run for run in found if run["nodeId"] == node_id]

    def history(self, execution_id: str, kind: str | None = None) -> list[Document]:
        """The history, or its items of one type."""
        found = self._pages(f"/executions/{execution_id}/history")
        return [item for item in found if kind in (None, item["type"])]

    def _pages(self, path: str) -> list[Document]:
        items: list[Document] = []
        cursor: str | None = None
        while True:
            page = self.call("GET", path, limit=200, cursor=cursor)
            items += page["items"]
            cursor = page.get("cursor")
            if cursor is None:
                return items

    def poll(self, count: int) -> list[Document]:
        """So many attempts from the activity list ``outside``, by node. Attempts that are over may
        use up a poll.
        """
        tasks: list[Document] = []
        for _ in range(POLLS_MAX):
            body = {"workerId": "w", "waitSeconds": 0, "maxTasks": count - len(tasks)}
            tasks += self.call("POST", "/activities/outside/poll", body)["tasks"]
            if len(tasks) == count:
                break
        assert len(tasks) == count, tasks
        return sorted(tasks, key=lambda task: str(task["nodeId"]))

    def done(self, task: Document, **output: Any) -> None:
        """Report success for a task that was polled, or a run that shows its token."""
        self.call(
            "POST", "/task-tokens/success", {"taskToken": task["taskToken"], "output": output}
        )

    def failed(self, task: Document, code: str = "Broken") -> None:
        """Report failure."""
        error = {"code": code, "message": "it went wrong"}
        self.call("POST", "/task-tokens/failure", {"taskToken": task["taskToken"], "error": error})

    def signal(self, execution_id: str, name: str, payload: Any = None) -> None:
        """Send a signal."""
        self.call("POST", f"/executions/{execution_id}/signals/{name}", {"payload": payload})


def outside(**more: Any) -> Document:
    """A node whose task a test polls for."""
    return {"taskDefinitionId": "outside", **more}


def failing(code: str = "Broken", **more: Any) -> Document:
    """A node whose task fails."""
    return {"taskDefinitionId": "fail", "parameters": {"code": code, "times": 99}, **more}


def giving(**outputs: Any) -> Document:
    """A node whose task gives these outputs."""
    return {"parameters": outputs}


def edge(document: Document, source: str, target: str, **fields: Any) -> Document:
    """The document, with more said of the transition between two nodes."""
    for transition in document["transitions"]:
        if (transition["sourceNodeId"], transition["targetNodeId"]) == (source, target):
            transition.update(fields)
    return document
