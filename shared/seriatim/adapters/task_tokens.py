"""``TaskTokens``: what a token is bound to, readable, and a signature that only this service can
make.

A token is ``st1.<key name>.<claims>.<signature>``. The key's name travels, so that keys can rotate:
new tokens are signed with the current key, old ones verified with theirs as long as it is kept.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from seriatim.adapters.errors import transient_as_unavailable
from seriatim.domain.values import ExecutionKey
from seriatim.ports.task_tokens import TokenClaims

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

VERSION = "st1"
TOKEN_CHARACTERS_MAX = 4_096
KEY_BYTES_MIN = 32
CURRENT = "current"
"""The field of the secret that names the key to sign with; every other field is a key by its name.
"""
RELOAD_SECONDS_MIN = 60
"""A token with an unknown key name has the secret read again, at most this often."""
NOT_OURS = "This task token is not one that this service gave."


class _Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    project_id: str
    execution_id: str
    number: int
    attempt: int


_bodies: msgspec.json.Decoder[_Body] = msgspec.json.Decoder(_Body)
_secrets: msgspec.json.Decoder[dict[str, str]] = msgspec.json.Decoder(dict[str, str])


class SigningKeys:
    """The keys in Secrets Manager: read when first needed, and again when a name is unknown."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        secret_id: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._monotonic = monotonic
        self._keys: Mapping[str, str] = {}
        self._read_at = -float(RELOAD_SECONDS_MIN)
        self._lock = Lock()

    def current(self) -> tuple[str, bytes]:
        """Name and bytes of the key to sign with."""
        if not self._keys:
            self._read()
        name = self._keys[CURRENT]
        return name, _usable(self._keys[name])

    def find(self, name: str) -> bytes | None:
        """The key of that name, if there is one."""
        if name not in self._keys:
            self._read()
        if name == CURRENT or name not in self._keys:
            return None
        return _usable(self._keys[name])

    def _read(self) -> None:
        with self._lock:
            now = self._monotonic()
            if now - self._read_at < RELOAD_SECONDS_MIN:
                return
            with transient_as_unavailable:
                secret = self._client.get_secret_value(SecretId=self._secret_id)
            keys = _secrets.decode(secret["SecretString"])
            assert keys.get(CURRENT) in keys, (
                f'secret {self._secret_id} must be like {{"{CURRENT}": "k1", "k1": "a key"}}'
            )
            self._keys = keys
            self._read_at = now


class SignedTaskTokens:
    """Tokens that need no storage: whether an attempt is still open, the log says."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def issue(self, claims: TokenClaims) -> str:
        """The token of an attempt. The same attempt gets the same token, as long as the key is."""
        key = claims.key
        body = _Body(key.project_id, key.execution_id, claims.number, claims.attempt)
        name, secret = self._keys.current()
        signed = f"{VERSION}.{name}.{_written(msgspec.json.encode(body))}"
        return f"{signed}.{_written(_signature(secret, signed))}"

    def verify(self, token: str) -> TokenClaims:
        """Raises ``ValueError`` for anything that this service has not signed."""
        if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii() or token.count(".") != 3:
            raise ValueError(NOT_OURS)
        signed, _, signature = token.rpartition(".")
        version, name, body = signed.split(".")
        secret = self._keys.find(name) if version == VERSION else None
        if secret is None:
            raise ValueError(NOT_OURS)
        # As text, not as bytes: base64 has several spellings of the same bytes.
        expected = _written(_signature(secret, signed))
        if not hmac.compare_digest(expected, signature):
            raise ValueError(NOT_OURS)
        claims = _bodies.decode(_read(body))
        key = ExecutionKey(claims.project_id, claims.execution_id)
        return TokenClaims(key, claims.number, claims.attempt)


def new_secret(name: str, key: str) -> str:
    """The text of a secret with one key: what a deployment, or the local runtime, begins with."""
    return msgspec.json.encode({CURRENT: name, name: _usable(key).decode()}).decode()


def _usable(key: str) -> bytes:
    secret = key.encode()
    assert len(secret) >= KEY_BYTES_MIN, f"a signing key has at least {KEY_BYTES_MIN} characters"
    return secret


def _signature(secret: bytes, text: str) -> bytes:
    """Every attempt is given a token, so this is done for each. ``hmac.digest`` would let other
    threads run in its middle, and wait until one of them stops for it.
    """
    signing = _begun(secret).copy()
    signing.update(text.encode())
    return signing.digest()


@lru_cache(maxsize=8)
def _begun(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, digestmod=hashlib.sha256)


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
