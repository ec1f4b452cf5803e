"""A definition larger than a body, over HTTP: begun, put, created and read back.

How uploads are read is tested without a server (``tests/unit/api``).
"""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from functions.api.incoming import BODY_BYTES_MAX
from seriatim.local.service import LocalService
from tests.integration.api.test_over_http import CALL_SECONDS_MAX, Caller
from tests.unit.api.caller import STARTABLE


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService() as service:
        yield Caller(service)


def test_a_definition_larger_than_a_body_is_uploaded(caller: Caller) -> None:
    work = {**STARTABLE["nodes"][1], "parameters": {"text": "x" * (BODY_BYTES_MAX + 5_000_000)}}
    document = {**STARTABLE, "nodes": [STARTABLE["nodes"][0], work, STARTABLE["nodes"][2]]}
    upload = caller.call("POST", "/projects/p%20%C3%A9/uploads").json
    request = urllib.request.Request(  # noqa: S310 - the service is ours
        upload["url"], data=json.dumps(document).encode(), method="PUT"
    )
    with urllib.request.urlopen(request, timeout=CALL_SECONDS_MAX) as answer:  # noqa: S310
        assert answer.status == 200
    body = {"uploadId": upload["uploadId"]}
    created = caller.call("POST", "/projects/p%20%C3%A9/sequences", body)
    assert created.status == 201
    path = created.headers["Location"]
    whole = caller.call("GET", path, headers={"Accept-Encoding": "gzip"})
    assert whole.json["nodes"][1]["parameters"] == work["parameters"]
    elsewhere = caller.call("POST", "/projects/q/sequences", body)
    assert (elsewhere.status, elsewhere.json["code"]) == (400, "UnknownUpload")
