"""Real AWS clients whose answers are written by the test: botocore's stubber checks every request
against the service's own model.
"""

import io
import json
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.response import StreamingBody
from botocore.stub import Stubber

ENVELOPE = {
    "inputs": {"amount": 3},
    "taskToken": "token-1",
    "executionId": "exec-1",
    "nodeId": "charge",
    "attempt": 1,
    "idempotencyKey": "exec-1/3",
}


class Stubbed:
    """Clients that answer what they were told to, and nothing else."""

    def __init__(self) -> None:
        session = botocore.session.get_session()
        config = Config(retries={"total_max_attempts": 1})
        self.functions: Any = session.create_client("lambda", config=config)
        self.sqs: Any = session.create_client("sqs", config=config)
        self.events: Any = session.create_client("events", config=config)
        self.of_functions = Stubber(self.functions)
        self.of_sqs = Stubber(self.sqs)
        self.of_events = Stubber(self.events)
        for stubber in self.stubbers:
            stubber.activate()

    @property
    def stubbers(self) -> list[Stubber]:
        return [self.of_functions, self.of_sqs, self.of_events]


def payload(value: object) -> StreamingBody:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return StreamingBody(io.BytesIO(body), len(body))


def decoded(text: Any) -> Any:
    """What one request of the stubber carried, once it was made."""
    return json.loads(text)


class Catch:
    """Equal to anything, and remembers it: the part of a request that a test looks at."""

    def __init__(self) -> None:
        self.value: Any = None

    def __eq__(self, other: object) -> bool:
        self.value = other
        return True

    __hash__ = None  # type: ignore[assignment]
