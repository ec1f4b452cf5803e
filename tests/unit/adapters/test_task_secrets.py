"""Credentials of tasks: each project's own, read seldom, kept for a while."""

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.task_secrets import KEPT_SECONDS, TaskSecrets, secret_name
from seriatim.ports.errors import Unavailable
from tests.unit.adapters.conftest import Disturb
from tests.unit.adapters.test_task_tokens import Time

PREFIX = "seriatim-tasks/"


def secrets(clients: Clients, time: Time | None = None) -> TaskSecrets:
    return TaskSecrets(clients.secrets, PREFIX, time or Time())


def test_a_secret_is_its_projects_own(clients: Clients) -> None:
    clients.secrets.create_secret(Name=f"{PREFIX}acme/billing", SecretString="key of acme")
    kept = secrets(clients)
    assert kept.read("acme", "billing") == "key of acme"
    for project, secret_id in (("other", "billing"), ("acme", "other"), ("é" * 128, "billing")):
        assert kept.read(project, secret_id) is None


def test_no_two_projects_share_a_name() -> None:
    projects = ["a", "a=", "a=3D", "é", "=C3=A9", "a b", "a=20b", "A", "..", "😀", "a/b"]
    names = {secret_name(PREFIX, project, "s") for project in projects}
    assert len(names) == len(projects)
    assert all(name.count("/") == 2 for name in names)


def test_a_rotated_secret_is_known_after_a_while(clients: Clients, disturb: Disturb) -> None:
    name = f"{PREFIX}acme/billing"
    clients.secrets.create_secret(Name=name, SecretString="old")
    reads = disturb(clients.secrets, "GetSecretValue", times=0)
    time = Time()
    kept = secrets(clients, time)
    assert [kept.read("acme", "billing") for _ in range(5)] == ["old"] * 5
    assert len(reads) == 1
    clients.secrets.put_secret_value(SecretId=name, SecretString="new")
    time.seconds += KEPT_SECONDS
    assert kept.read("acme", "billing") == "new"


def test_a_secret_that_cannot_be_read_now_is_unavailable(
    clients: Clients, disturb: Disturb
) -> None:
    clients.secrets.create_secret(Name=f"{PREFIX}acme/billing", SecretString="key")
    disturb(clients.secrets, "GetSecretValue", times=4, status=500)
    kept = secrets(clients)
    with pytest.raises(Unavailable):
        kept.read("acme", "billing")
    assert kept.read("acme", "billing") == "key"


def test_a_binary_secret_is_none(clients: Clients) -> None:
    clients.secrets.create_secret(Name=f"{PREFIX}acme/billing", SecretBinary=b"\x00")
    assert secrets(clients).read("acme", "billing") is None
