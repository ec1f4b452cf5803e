"""Which errors of AWS pass by themselves."""

from typing import Any

import pytest
from botocore import exceptions as b

from seriatim.adapters.errors import is_transient, transient_as_unavailable
from seriatim.ports.errors import NotFound, Unavailable


def refusal(code: str, status: int = 400) -> b.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "m"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return b.ClientError(response, "PutItem")


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        refusal("RequestLimitExceeded"),
        refusal("SlowDown", 503),
        refusal("OverLimit", 403),
        refusal("AnythingNew", 500),
        refusal("AnythingNew", 503),
        refusal("AnythingNew", 429),
        b.EndpointConnectionError(endpoint_url="https://x"),
        b.ConnectTimeoutError(endpoint_url="https://x"),
        b.ReadTimeoutError(endpoint_url="https://x"),
        b.ConnectionClosedError(endpoint_url="https://x"),
        b.ResponseStreamingError(error="cut"),
        b.IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ],
    ids=repr,
)
def test_what_passes_by_itself_is_unavailable(error: Exception) -> None:
    assert is_transient(error)
    with pytest.raises(Unavailable) as caught, transient_as_unavailable:
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        refusal("ValidationException"),
        refusal("AccessDenied", 403),
        refusal("ConditionalCheckFailedException"),
        refusal("NoSuchKey", 404),
        b.NoCredentialsError(),
        b.ParamValidationError(report="r"),
        NotFound("n"),
        ValueError("v"),
    ],
    ids=repr,
)
def test_what_does_not_pass_by_itself_is_left_as_it_is(error: Exception) -> None:
    assert not is_transient(error)
    with pytest.raises(type(error)) as caught, transient_as_unavailable:
        raise error
    assert caught.value is error


def test_an_answer_without_a_code_is_judged_by_its_status() -> None:
    response: Any = {}
    assert not is_transient(b.ClientError(response, "GetObject"))
