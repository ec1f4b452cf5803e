"""Goal: executions that run at once share the project's variables and lose no update."""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from seriatim.local.service import LocalService

EXECUTIONS = 24


def call(service: LocalService, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the service under test
        f"{service.url}/projects/default{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


def test_concurrent_executions_count_to_the_last_one() -> None:
    mapping = {"outputName": "visits", "valueExpression": "visits + 1"}
    document = {
        "name": "visit",
        "variables": [{"name": "visits", "type": "integer", "scope": "global"}],
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "count", "type": "decision", "outputMappings": [mapping]},
            {
                "id": "end",
                "type": "end",
                "outputMappings": [{"outputName": "seen", "valueExpression": "visits"}],
            },
        ],
        "transitions": [
            {"id": "a", "sourceNodeId": "start", "targetNodeId": "count"},
            {"id": "b", "sourceNodeId": "count", "targetNodeId": "end"},
        ],
    }
    with LocalService() as service:
        call(service, "PUT", "/variables/visits", {"value": 100})
        sequence = call(service, "POST", "/sequences", document)
        call(service, "POST", f"/sequences/{sequence['id']}/activate")
        path = f"/sequences/{sequence['id']}/executions"
        with ThreadPoolExecutor(8) as callers:
            started = list(callers.map(lambda _: call(service, "POST", path), range(EXECUTIONS)))
        service.wait_idle()
        ended = [call(service, "GET", f"/executions/{one['id']}") for one in started]
        assert {one["status"] for one in ended} == {"succeeded"}
        seen = sorted(one["outputs"]["seen"] for one in ended)
        assert seen == list(range(101, 101 + EXECUTIONS))
        visits = call(service, "GET", "/variables/visits")
        assert visits["value"] == 100 + EXECUTIONS
        assert visits["version"] == 1 + EXECUTIONS
