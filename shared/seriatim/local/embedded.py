"""AWS inside of this process: moto behind the clients, one lock around it, all of it in memory."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Event
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws
from moto.core import responses, utils
from moto.core.botocore_stubber import BotocoreStubber

from functions.observability import project_at_work
from seriatim.adapters.clients import Clients
from seriatim.local import environment
from seriatim.local.lambda_context import REGION
from seriatim.local.moto_calls import shorten_calls
from seriatim.local.moto_conditions import remember_conditions
from seriatim.local.moto_items import weigh_items_once
from seriatim.local.moto_queries import narrow_queries
from seriatim.local.moto_transactions import narrow_transactions
from seriatim.local.resources import create_bus, create_storage
from seriatim.local.turns import Turns

CREDENTIAL = f"Credential={environment.FAKE_CREDENTIALS['AWS_ACCESS_KEY_ID']}/"
"""What of a request's signature says that it is from a client of an embedded AWS."""

_method_names = cache(utils.method_names_from_class)
_turns = Turns()


@contextmanager
def embedded_aws() -> Iterator[Clients]:
    """Clients of an AWS that begins empty and ends with the block. One at a time in a process."""
    with ExitStack() as stack:
        stack.enter_context(environment.changed(environment.for_embedded()))
        stack.enter_context(mock_aws(config={"core": {"mock_credentials": False}}))
        serialise_moto()
        narrow_queries()
        narrow_transactions()
        remember_method_names()
        remember_conditions()
        weigh_items_once()
        clients = Clients(REGION)
        is_over = Event()
        stack.callback(is_over.set)
        shorten_calls(clients, lambda: _turns.turn(project_at_work()), is_over)
        create_storage(clients, has_streams=False)
        create_bus(clients)
        stack.enter_context(kept_from_collection())
        yield clients


@contextmanager
def kept_from_collection() -> Iterator[None]:
    """What is loaded by now, moto and botocore above all, is there to the end of the block:
    Python's collector need not go through it each time that tables have grown by a quarter.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def remember_method_names() -> None:
    """moto looks through a class's members at each request; they do not change."""
    vars(responses)["method_names_from_class"] = _method_names


def serialise_moto() -> None:
    """Put one lock around moto's entry: its conditional writes lose updates between threads. The
    projects that work take turns at it, for AWS would not let them wait for each other.

    After the end of an embedded AWS its clients find nobody there. moto would let them through to
    AWS, where a task that outlived its service has no business. Repeating this changes nothing.
    """
    entry = BotocoreStubber.__call__
    if getattr(entry, "is_serialised", False):
        return

    def serialised(
        stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **named: Any
    ) -> AWSResponse | None:
        if not stubber.enabled and CREDENTIAL in str(request.headers.get("Authorization")):
            raise ConnectionClosedError(endpoint_url=request.url)
        with _turns.turn(project_at_work()):
            return entry(stubber, event_name, request, **named)

    serialised.is_serialised = True  # type: ignore[attr-defined]
    BotocoreStubber.__call__ = serialised  # type: ignore[assignment, method-assign]
