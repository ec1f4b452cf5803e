"""Fixtures of several files: servers on loopback, stubbed AWS clients."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.unit.tasks.http_servers import Serve, serving
from tests.unit.tasks.stubbed import Stubbed


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving(answer))


@pytest.fixture(scope="session")
def made_once() -> Stubbed:
    return Stubbed()


@pytest.fixture
def clients(made_once: Stubbed) -> Iterator[Stubbed]:
    yield made_once
    for stubber in made_once.stubbers:
        stubber.assert_no_pending_responses()
