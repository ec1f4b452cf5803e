"""A small client of the HTTP API, as the command line needs it.

Every call is one request; nothing is tried again here. Needs only the standard library.
"""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Document = dict[str, Any]

ANSWER_BYTES_MAX = 64 * 1024 * 1024
TIMEOUT_SECONDS = 30.0
AS_GIVEN = "surrogateescape"
"""Bytes of an argument that are no UTF-8 are sent as they are: the service says what is wrong."""


class Unreachable(Exception):
    """Nobody answered at the endpoint, or what answered is no such service. Whether a call that
    was sent has been carried out is unknown.
    """


class Refused(Exception):
    """The service answered that it will not: its problem document (RFC 9457)."""

    def __init__(
        self, status: int, code: str, detail: str, problems: tuple[Document, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = problems
        """Where a document is at fault: each with code, severity, message and path."""


class HttpClient:
    """The calls of one project. Errors: ``Refused``, ``Unreachable``."""

    def __init__(
        self, endpoint: str, project_id: str, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        """``endpoint`` is the API's address, with the path that it may stand under.

        Raises:
            ValueError: it is no address of an HTTP service.
        """
        try:
            parts = urlsplit(endpoint)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            raise _no_endpoint(endpoint) from None
        if parts.scheme not in ("http", "https") or not self._host or parts.query:
            raise _no_endpoint(endpoint)
        self.endpoint = endpoint
        self.project_id = project_id
        self._is_secure = parts.scheme == "https"
        self._base = parts.path.rstrip("/")
        self._timeout_seconds = timeout_seconds

    # -- sequences --------------------------------------------------------------------------------

    def sequences(self, **query: str | int | None) -> Document:
        """One page of sequences: ``status``, ``name``, ``limit``, ``cursor``."""
        return self._call("GET", "sequences", query=query)

    def revisions(self, sequence_id: str, **query: str | int | None) -> Document:
        """One page of the revisions of a sequence, the newest first: ``limit``, ``cursor``."""
        return self._call("GET", "sequences", sequence_id, "revisions", query=query)

    def diff(self, sequence_id: str, older: int | None, newer: int | None) -> Document:
        """What revision ``newer`` has otherwise than ``older``."""
        query = {"from": older, "to": newer}
        return self._call("GET", "sequences", sequence_id, "diff", query=query)

    def move(self, sequence_id: str, body: Mapping[str, Any]) -> Document:
        """Move executions to another revision, or say which could."""
        return self._call("POST", "sequences", sequence_id, "executions", "move", body=body)

    # -- executions -------------------------------------------------------------------------------

    def start(
        self,
        sequence_id: str,
        *,
        variables: Mapping[str, Any],
        name: str | None = None,
        priority: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Document:
        """Start an execution. With a ``name`` the call is safe to repeat."""
        body = {
            "variables": variables,
            "name": name,
            "priority": priority,
            "metadata": metadata,
        }
        return self._call("POST", "sequences", sequence_id, "executions", body=body)

    def execution(self, execution_id: str) -> Document:
        """An execution, with the latest run of each node."""
        return self._call("GET", "executions", execution_id)

    def executions(self, **query: str | int | None) -> Document:
        """One page of executions, newest first: ``status``, ``sequenceId``, ``startedAfter``,
        ``startedBefore``, ``name``, ``metadata.KEY``, ``limit``, ``cursor``.
        """
        return self._call("GET", "executions", query=query)

    def history(self, execution_id: str, limit: int, cursor: str | None = None) -> Document:
        """One page of the history, in order."""
        query = {"limit": limit, "cursor": cursor}
        return self._call("GET", "executions", execution_id, "history", query=query)

    def waiting(self, execution_id: str, **query: str | int | None) -> Document:
        """One page of why an execution waits: ``limit``, ``cursor``."""
        return self._call("GET", "executions", execution_id, "waiting", query=query)

    def cancel(self, execution_id: str, reason: str | None = None) -> Document:
        """Cancel an execution. One that has ended is ``Refused``."""
        return self._call("POST", "executions", execution_id, "cancel", body={"reason": reason})

    def pause(self, execution_id: str, reason: str | None = None) -> Document:
        """Let an execution begin no node run."""
        return self._call("POST", "executions", execution_id, "pause", body={"reason": reason})

    def resume(self, execution_id: str, reason: str | None = None) -> Document:
        """Let a paused execution go on."""
        return self._call("POST", "executions", execution_id, "resume", body={"reason": reason})

    def redrive(
        self,
        execution_id: str,
        *,
        from_node_ids: list[str] | None = None,
        revision: int | None = None,
        reason: str | None = None,
    ) -> Document:
        """Let an execution that did not succeed go on."""
        body = {"fromNodeIds": from_node_ids, "revision": revision, "reason": reason}
        return self._call("POST", "executions", execution_id, "redrive", body=body)

    def bulk(self, action: str, where: Mapping[str, str], reason: str | None = None) -> Document:
        """One act on all executions that the filter shows."""
        body = {"action": action, "filter": dict(where), "reason": reason}
        return self._call("POST", "executions", "bulk", body=body)

    def signal(
        self, execution_id: str, name: str, payload: Any = None, key: str | None = None
    ) -> Document:
        """Send a signal. With an idempotency ``key`` the call is safe to repeat.

        Raises:
            ValueError: the key cannot stand in a header.
        """
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ValueError(f"An idempotency key is printable ASCII; {key!r} is not.")
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self._call(
            "POST",
            "executions",
            execution_id,
            "signals",
            name,
            body={"payload": payload},
            headers=headers,
        )

    # -- outside workers --------------------------------------------------------------------------

    def poll(self, activity: str, *, worker_id: str, tasks_max: int = 1) -> list[Document]:
        """Take tasks of an activity that wait there now."""
        body = {"workerId": worker_id, "waitSeconds": 0, "maxTasks": tasks_max}
        tasks: list[Document] = self._call("POST", "activities", activity, "poll", body=body)[
            "tasks"
        ]
        return tasks

    def task_succeeded(self, task_token: str, output: Any) -> Document:
        """Report that a task is done."""
        body = {"taskToken": task_token, "output": output}
        return self._call("POST", "success", root="task-tokens", body=body)

    # -- one call ---------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        *path: str,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        root: str = "",
    ) -> Document:
        parts = [root, *path] if root else ["projects", self.project_id, *path]
        target = f"{self._base}/" + "/".join(_quoted(part) for part in parts)
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        if asked:
            target += "?" + urlencode(asked, errors=AS_GIVEN)
        sent = {"Accept": "application/json", **(headers or {})}
        content = None
        if body is not None:
            given = {name: value for name, value in body.items() if value is not None}
            content = json.dumps(given, allow_nan=False).encode()
            sent["Content-Type"] = "application/json"
        status, answer = self._exchange(method, target, content, sent)
        return self._read(status, answer)

    def _exchange(
        self, method: str, target: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        kind = HTTPSConnection if self._is_secure else HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout_seconds)
        try:
            connection.request(method, target, content, dict(headers))
            response: HTTPResponse = connection.getresponse()
            return response.status, response.read(ANSWER_BYTES_MAX)
        except (OSError, HTTPException) as error:
            raise Unreachable(
                f"The service at {self.endpoint} cannot be reached: {_reason(error)}."
            ) from error
        finally:
            connection.close()

    def _read(self, status: int, answer: bytes) -> Document:
        try:
            document = json.loads(answer)
        except ValueError:
            document = None
        if not isinstance(document, dict) or status < 200 or 300 <= status < 400:
            raise Unreachable(
                f"What answers at {self.endpoint} is not this service's API (status {status})."
            )
        if status < 300:
            return document
        problems = document.get("problems")
        raise Refused(
            status,
            str(document.get("code", status)),
            str(document.get("detail") or document.get("message") or document),
            tuple(one for one in problems if isinstance(one, dict))
            if isinstance(problems, list)
            else (),
        )


def _quoted(part: str) -> str:
    return quote(part, safe="", errors=AS_GIVEN)


def _no_endpoint(endpoint: str) -> ValueError:
    return ValueError(f"The endpoint {endpoint!r} is no address such as http://127.0.0.1:8000.")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
