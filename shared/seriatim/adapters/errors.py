"""What an AWS error means to the caller: transient ones become ``Unavailable``, all others
are left to crash. Errors that a call expects (a failed condition, a missing key) its adapter
catches itself, by code, before they get here.
"""

from types import TracebackType
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NoConnection

from seriatim.ports.errors import Unavailable

TRANSIENT_CODES = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerErrorException",
        "InternalServerException",
        "InternalServiceError",
        "InternalServiceErrorException",
        "KMS.ThrottlingException",
        "KmsThrottled",
        "OverLimit",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

AWS_ERRORS: tuple[type[Exception], ...] = (ClientError, BotoCoreError)
"""All that a client raises on purpose."""

# A whole-call error: no answer, or only a part of one.
TRANSIENT_CLASSES = (NoConnection, HTTPClientError, IncompleteReadError)


def code_of(error: ClientError) -> str:
    """The service's code for what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: ClientError) -> bool:
    """Whether S3 says that there is no such object. It repeats the key as XML, which cannot hold
    every character of an id (U+FFFE): then all that can be read of the answer is its status.
    """
    return code_of(error) in {"NoSuchKey", "404"}


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later, without anything being changed."""
    if isinstance(error, ClientError):
        response: Any = error.response
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code_of(error) in TRANSIENT_CODES or status >= 500 or status == 429
    return isinstance(error, TRANSIENT_CLASSES)


class _TransientAsUnavailable:
    """Stateless, so that one instance serves every call of every thread."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None and is_transient(error):
            raise Unavailable(f"{type(error).__name__}: {error}") from error


transient_as_unavailable = _TransientAsUnavailable()
"""``with transient_as_unavailable:`` around a call to AWS."""
