"""The environment variables that AWS clients read, set for as long as a local service runs.

Settings of the service itself are handed over as a value. These are not for us alone: the clients
of a user's task in this process must not find the way to a real account either.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import botocore.session

from seriatim.local.lambda_context import REGION

LOOPBACK = "127.0.0.1"
FAKE_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "seriatim-local",
    "AWS_SECRET_ACCESS_KEY": "seriatim-local",
}
REAL_IDENTITY = (
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
ENDPOINT_PREFIX = "AWS_ENDPOINT_URL"


def endpoint_url() -> str | None:
    """The emulator that ``AWS_ENDPOINT_URL`` names, if any.

    ``localhost`` becomes its address: of a name S3 would make another one, with the bucket in it.
    """
    url = os.environ.get(ENDPOINT_PREFIX, "").strip()
    return url.replace("//localhost", f"//{LOOPBACK}", 1) or None


def for_embedded() -> dict[str, str | None]:
    """No way out: neither the caller's profile nor an endpoint of the caller's."""
    endpoints = [name for name in os.environ if name.startswith(ENDPOINT_PREFIX)]
    return {
        **dict.fromkeys([*REAL_IDENTITY, *endpoints]),
        **FAKE_CREDENTIALS,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    }


def for_endpoint() -> dict[str, str | None]:
    """What an emulator needs and the caller has not set: any credentials, any region."""
    changes: dict[str, str | None] = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    }
    with changed(changes):
        session = botocore.session.get_session()
        if session.get_config_variable("region") is None:
            changes["AWS_DEFAULT_REGION"] = REGION
        if session.get_credentials() is None:
            changes.update(FAKE_CREDENTIALS)
    return changes


@contextmanager
def changed(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Set these variables (``None``: unset) within, and put them back."""
    before = {name: os.environ.get(name) for name in changes}
    _apply(changes)
    try:
        yield
    finally:
        _apply(before)


def _apply(changes: Mapping[str, str | None]) -> None:
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
