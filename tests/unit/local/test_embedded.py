"""AWS in the process: empty at first, gone at the end, and no way out of it."""

import os
import threading
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from seriatim.adapters.clients import Clients
from seriatim.local.embedded import embedded_aws
from seriatim.local.environment import endpoint_url
from seriatim.local.resources import create_storage

LOG = "seriatim-log"


def put(clients: Clients, key: str) -> None:
    clients.dynamodb.put_item(
        TableName=LOG,
        Item={"pk": {"S": "p"}, "sk": {"S": key}},
        ConditionExpression="attribute_not_exists(pk)",
    )


def count(clients: Clients) -> int:
    return clients.dynamodb.scan(TableName=LOG, Select="COUNT")["Count"]


def test_each_embedded_aws_begins_empty() -> None:
    for _ in range(2):
        with embedded_aws() as clients:
            assert count(clients) == 0
            put(clients, "1")
            assert count(clients) == 1


def test_the_callers_identity_and_endpoints_are_out_of_reach_and_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    with embedded_aws() as clients:
        put(clients, "1")
        assert os.environ["AWS_ACCESS_KEY_ID"] == "seriatim-local"
        assert "AWS_PROFILE" not in os.environ
        assert "AWS_SESSION_TOKEN" not in os.environ
    assert os.environ["AWS_PROFILE"] == "production"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "real"


def test_client_that_outlives_the_service_reaches_nobody() -> None:
    with embedded_aws() as clients:
        put(clients, "1")
    with pytest.raises(ConnectionClosedError):
        put(clients, "2")


def test_who_listens_hears_of_every_call() -> None:
    heard: list[Any] = []

    def hear(params: Any, model: Any, **_: Any) -> None:
        heard.append((model.name, params["Item"]["sk"]["S"]))

    with embedded_aws() as clients:
        put(clients, "unheard")
        clients.dynamodb.meta.events.register("provide-client-params.dynamodb", hear)
        put(clients, "heard")
    assert heard == [("PutItem", "heard")]


def test_exactly_one_thread_wins_each_conditional_write() -> None:
    won: list[str] = []

    def write(clients: Clients) -> None:
        for number in range(40):
            try:
                put(clients, f"{number}")
            except lost:
                continue
            won.append(f"{number}")

    with embedded_aws() as clients:
        # botocore makes the classes of errors when first asked, and for two threads at once twice.
        lost = clients.dynamodb.exceptions.ConditionalCheckFailedException
        threads = [threading.Thread(target=write, args=(clients,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert count(clients) == 40
    assert sorted(won, key=int) == [str(number) for number in range(40)]


def test_creating_what_exists_changes_nothing() -> None:
    with embedded_aws() as clients:
        put(clients, "1")
        secret = clients.secrets.get_secret_value(SecretId="seriatim-task-token-keys")
        create_storage(clients, has_streams=False)
        again = clients.secrets.get_secret_value(SecretId="seriatim-task-token-keys")
        assert count(clients) == 1
        assert again["SecretString"] == secret["SecretString"]


def test_localhost_is_spelled_as_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", " http://localhost:4566 ")
    assert endpoint_url() == "http://127.0.0.1:4566"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    assert endpoint_url() is None
