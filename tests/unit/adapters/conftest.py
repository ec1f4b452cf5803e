"""AWS in the process, and ways to make it fail."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber

from seriatim.adapters.clients import Clients
from seriatim.local.embedded import serialise_moto

Disturb = Callable[..., list[str]]


@pytest.fixture
def clients() -> Iterator[Clients]:
    serialise_moto()
    with mock_aws():
        yield Clients(region="eu-central-1")


class _Raw:
    """What botocore reads an answer's body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class _Impatience:
    """Stands for ``time`` in botocore's endpoint, which sleeps between attempts."""

    @staticmethod
    def sleep(_: float) -> None:
        return None


@pytest.fixture
def disturb(monkeypatch: pytest.MonkeyPatch) -> Disturb:
    """Answer the first ``times`` requests of a client's operation with an error. With ``done`` AWS
    does what was asked, and only its answer is lost. Returns a list that grows by every request.
    """
    monkeypatch.setattr("botocore.endpoint.time", _Impatience)
    entry = BotocoreStubber.__call__
    disturbed: list[Any] = []

    def unless_disturbed(stubber: Any, event_name: str, request: Any, **named: Any) -> Any:
        # botocore asks everybody for an answer, whoever was the first to give one.
        if any(request is each for each in disturbed):
            return None
        return entry(stubber, event_name, request, **named)

    monkeypatch.setattr(BotocoreStubber, "__call__", unless_disturbed)

    def start(
        client: Any,
        operation: str,
        *,
        times: int = 1,
        status: int = 500,
        code: str = "InternalServerError",
        done: bool = False,
    ) -> list[str]:
        requests: list[str] = []

        def before_send(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
            requests.append(operation)
            if len(requests) > times:
                return None
            if done:
                botocore_stubber(event_name, request)
            disturbed.append(request)
            body = f'{{"__type":"{code}","message":"disturbed"}}'.encode()
            headers = {"content-type": "application/x-amz-json-1.0"}
            return AWSResponse(request.url, status, headers, _Raw(body))  # type: ignore[arg-type]

        service = client.meta.service_model.service_name
        client.meta.events.register_first(f"before-send.{service}.{operation}", before_send)
        return requests

    return start
