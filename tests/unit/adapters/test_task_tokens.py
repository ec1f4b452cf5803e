"""Keys of task tokens: rotation, and what an attacker can have looked up."""

import base64

import msgspec
import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.task_tokens import (
    RELOAD_SECONDS_MIN,
    SignedTaskTokens,
    SigningKeys,
    new_secret,
)
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import Unavailable
from seriatim.ports.task_tokens import TokenClaims
from tests.unit.adapters.conftest import Disturb

CLAIMS = TokenClaims(ExecutionKey("project", "exec-1"), 3, 2)
ID = "task-token-keys"
OLD, NEW = "o" * 64, "n" * 64


class Time:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def secret(**fields: str) -> str:
    return msgspec.json.encode(fields).decode()


def tokens(clients: Clients, time: Time) -> SignedTaskTokens:
    return SignedTaskTokens(SigningKeys(clients.secrets, ID, time))


def test_a_token_of_the_key_before_stays_good(clients: Clients) -> None:
    clients.secrets.create_secret(Name=ID, SecretString=secret(current="k1", k1=OLD))
    token = tokens(clients, Time()).issue(CLAIMS)
    clients.secrets.put_secret_value(SecretId=ID, SecretString=secret(current="k2", k1=OLD, k2=NEW))
    later = tokens(clients, Time())
    assert later.verify(token) == CLAIMS
    assert later.issue(CLAIMS) != token


def test_a_running_process_learns_a_new_key(clients: Clients) -> None:
    clients.secrets.create_secret(Name=ID, SecretString=secret(current="k1", k1=OLD))
    time = Time()
    running = tokens(clients, time)
    running.issue(CLAIMS)
    clients.secrets.put_secret_value(SecretId=ID, SecretString=secret(current="k2", k1=OLD, k2=NEW))
    of_another_process = tokens(clients, Time()).issue(CLAIMS)
    time.seconds += RELOAD_SECONDS_MIN
    assert running.verify(of_another_process) == CLAIMS


def test_a_token_of_a_key_that_was_dropped_is_refused(clients: Clients) -> None:
    clients.secrets.create_secret(Name=ID, SecretString=secret(current="k1", k1=OLD))
    token = tokens(clients, Time()).issue(CLAIMS)
    clients.secrets.put_secret_value(SecretId=ID, SecretString=secret(current="k2", k2=NEW))
    with pytest.raises(ValueError, match="task token"):
        tokens(clients, Time()).verify(token)


def test_unknown_key_names_do_not_have_the_secret_read_each_time(
    clients: Clients, disturb: Disturb
) -> None:
    clients.secrets.create_secret(Name=ID, SecretString=new_secret("k1", OLD))
    reads = disturb(clients.secrets, "GetSecretValue", times=0)
    verifier = tokens(clients, Time())
    for number in range(50):
        with pytest.raises(ValueError, match="task token"):
            verifier.verify(f"st1.k{number + 2}.body.signature")
    assert len(reads) == 1


@pytest.mark.parametrize("name", ["current", "nowhere", ""])
def test_what_is_no_key_signs_nothing(clients: Clients, name: str) -> None:
    long_name = "k" * 40
    fields = {"current": long_name, long_name: OLD}
    clients.secrets.create_secret(Name=ID, SecretString=secret(**fields))
    with pytest.raises(ValueError, match="task token"):
        tokens(clients, Time()).verify(f"st1.{name}.body.signature")


def test_another_spelling_of_the_same_bytes_is_refused(clients: Clients) -> None:
    """The last character of a signature has bits that do not count."""
    clients.secrets.create_secret(Name=ID, SecretString=new_secret("k1", OLD))
    verifier = tokens(clients, Time())
    token = verifier.issue(CLAIMS)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    signature = token.rpartition(".")[2]
    other = signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
    assert base64.urlsafe_b64decode(other + "=") == base64.urlsafe_b64decode(signature + "=")
    with pytest.raises(ValueError, match="task token"):
        verifier.verify(token.removesuffix(signature) + other)


def test_a_secret_that_cannot_be_read_now_is_unavailable(
    clients: Clients, disturb: Disturb
) -> None:
    clients.secrets.create_secret(Name=ID, SecretString=new_secret("k1", OLD))
    disturb(clients.secrets, "GetSecretValue", times=4, status=500)
    issuer = tokens(clients, Time())
    with pytest.raises(Unavailable):
        issuer.issue(CLAIMS)
    assert issuer.verify(issuer.issue(CLAIMS)) == CLAIMS


@pytest.mark.parametrize("text", ["{}", '{"current":"k1"}', '{"current":"k2","k1":"x"}'])
def test_a_secret_without_a_current_key_is_named(clients: Clients, text: str) -> None:
    clients.secrets.create_secret(Name=ID, SecretString=text)
    with pytest.raises(AssertionError, match=ID):
        tokens(clients, Time()).issue(CLAIMS)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(AssertionError, match="at least 32"):
        new_secret("k1", "short")
