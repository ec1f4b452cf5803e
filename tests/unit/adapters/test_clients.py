"""Clients cost nothing until they are called, and are what botocore alone would have made."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from seriatim.adapters.clients import READ_TIMEOUT_SECONDS, Clients, Unbuilt
from seriatim.adapters.service_models import ServiceModels


class Building:
    """Counts what it builds."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self) -> Any:
        self.built += 1
        return Path("client")


def test_a_client_is_built_at_its_first_call_and_once() -> None:
    building = Building()
    client = Unbuilt(building, Lock())
    assert building.built == 0
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda _: client.name, range(20)))
    assert (building.built, set(names)) == (1, {"client"})


def test_what_a_client_lacks_stays_missing() -> None:
    client = Unbuilt(Building(), Lock())
    with pytest.raises(AttributeError, match="no_such_call"):
        _ = client.no_such_call


def test_a_process_has_one_client_of_a_service() -> None:
    clients = Clients("eu-west-1")
    assert clients.dynamodb is clients.dynamodb


@pytest.mark.parametrize("service", READ_TIMEOUT_SECONDS)
@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1"])
def test_services_are_known_as_botocore_knows_them(service: str, kind: str) -> None:
    ours = ServiceModels(READ_TIMEOUT_SECONDS)
    assert ours.load_service_model(service, kind) == Loader().load_service_model(service, kind)


@pytest.mark.parametrize("name", ["endpoints", "partitions", "sdk-default-configuration"])
def test_what_holds_for_all_services_is_known_as_botocore_knows_it(name: str) -> None:
    assert ServiceModels(()).load_data(name) == Loader().load_data(name)


def test_a_service_that_nobody_calls_is_unknown() -> None:
    with pytest.raises(UnknownServiceError):
        ServiceModels(READ_TIMEOUT_SECONDS).load_service_model("iam", "service-2")
