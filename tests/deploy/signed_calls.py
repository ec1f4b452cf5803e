"""A caller of the deployed API who signs requests (SigV4), as the authorizer asks."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from seriatim.authoring.files import load_file
from tests.deploy.emulator import REGION, wait_until

Document = dict[str, Any]


class SignedCaller:
    """Calls one project. ``credentials`` is an access key with its secret; none is signed with
    nothing.
    """

    def __init__(
        self, url: str, credentials: tuple[str, str] | None, project: str = "default"
    ) -> None:
        self._host = urlsplit(url).netloc
        # The emulator tells APIs apart by the host's name, which no resolver knows.
        self._address = f"http://127.0.0.1:{urlsplit(url).port}"
        self._credentials = Credentials(*credentials) if credentials else None
        self._project = project

    def status(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status of an answer, and the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = AWSRequest(method=method, url=f"http://{self._host}{path}", data=data)
        request.headers["Host"] = self._host
        if self._credentials:
            SigV4Auth(self._credentials, "execute-api", REGION).add_auth(request)
        sent = urllib.request.Request(  # noqa: S310 - loopback
            f"{self._address}{path}", data, dict(request.headers.items()), method=method
        )
        try:
            with urllib.request.urlopen(sent) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a call within the project, which must succeed."""
        status, answer = self.status(method, f"/projects/{self._project}{path}", body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def publish(self, file: Path) -> dict[str, str]:
        """Create and activate what a file holds, a called sequence before its caller. The ids that
        the sequences got, by the ids that they have in the file.
        """
        document = load_file(file).documents
        for task in document["taskDefinitions"]:
            self.call("PUT", f"/task-definitions/{task['id']}", task)
        ids: dict[str, str] = {}
        for sequence in document["sequences"]:
            body = {name: value for name, value in sequence.items() if name != "id"}
            text = json.dumps(body)
            for declared, given in ids.items():
                text = text.replace(f'"sequenceId": "{declared}"', f'"sequenceId": "{given}"')
            ids[sequence["id"]] = self.publish_one(json.loads(text))
        return ids

    def publish_one(self, sequence: Document) -> str:
        """Create and activate a sequence; its id."""
        created: str = self.call("POST", "/sequences", sequence)["id"]
        self.call("POST", f"/sequences/{created}/activate")
        return created

    def start(self, sequence_id: str, **variables: Any) -> str:
        """Start an execution; its id."""
        body = {"variables": variables}
        return str(self.call("POST", f"/sequences/{sequence_id}/executions", body)["id"])

    def execution(self, execution_id: str) -> Document:
        """An execution as it is now."""
        return dict(self.call("GET", f"/executions/{execution_id}"))

    def wait(self, execution_id: str, status: str, seconds: float) -> Document:
        """An execution once it has this status."""
        wait_until(
            lambda: self.execution(execution_id)["status"] == status,
            seconds,
            lambda: self.execution(execution_id),
        )
        return self.execution(execution_id)

    def event_types(self, execution_id: str) -> list[str]:
        """The history's first page, type by type."""
        page = self.call("GET", f"/executions/{execution_id}/history?limit=200")
        return [item["type"] for item in page["items"]]
