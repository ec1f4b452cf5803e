"""Clients cost nothing until they are called, and are what botocore alone would have made."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from seriatim.adapters.clients import READ_TIMEOUT_SECONDS, Clients, Unbuilt
from seriatim.adapters.service_models import CREDENTIALS, ServiceModels


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


@pytest.mark.parametrize("name", ["partitions", "sdk-default-configuration"])
def test_what_holds_for_all_services_is_known_as_botocore_knows_it(name: str) -> None:
    assert ServiceModels(()).load_data(name) == Loader().load_data(name)


def test_endpoints_are_where_botocore_has_them() -> None:
    ours = EndpointResolver(ServiceModels(READ_TIMEOUT_SECONDS).load_data("endpoints"))
    theirs = EndpointResolver(Loader().load_data("endpoints"))
    assert ours.get_available_partitions() == theirs.get_available_partitions()
    for service in (*READ_TIMEOUT_SECONDS, *CREDENTIALS.values()):
        for region in ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "mars-1"):
            assert ours.construct_endpoint(service, region) == theirs.construct_endpoint(
                service, region
            )
        assert ours.get_available_endpoints(service) == theirs.get_available_endpoints(service)


@pytest.mark.parametrize("service", CREDENTIALS)
def test_credentials_can_come_from_where_botocore_looks(service: str) -> None:
    session = botocore.session.get_session()
    session.register_component("data_loader", ServiceModels(READ_TIMEOUT_SECONDS))
    client = session.create_client(service, region_name="eu-west-1")
    assert client.meta.endpoint_url.startswith("https://")


def test_a_service_that_nobody_calls_is_unknown() -> None:
    with pytest.raises(UnknownServiceError):
        ServiceModels(READ_TIMEOUT_SECONDS).load_service_model("iam", "service-2")
