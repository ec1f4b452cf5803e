"""URLs for uploads: signed by version 4, to the region's own address, good for a while."""

from urllib.parse import parse_qs, urlsplit

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.uploads import URL_SECONDS, S3Uploads


def url_of(clients: Clients) -> str:
    return S3Uploads(clients.s3, clients.presigner, "payloads").begin("p é", "upl-1")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "payloads.s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", "payloads.s3.cn-north-1.amazonaws.com.cn"),
        ("us-east-1", "payloads.s3.amazonaws.com"),  # the global address is this region's own
    ],
)
def test_at_aws_the_address_is_the_regions(region: str, host: str) -> None:
    url = urlsplit(url_of(Clients(region)))
    assert (url.scheme, url.netloc) == ("https", host)
    assert url.path == "/uploads/p%20%C3%A9/upl-1"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "http://emulator:4566"])
def test_elsewhere_the_address_is_the_one_that_is_configured(endpoint: str) -> None:
    url = url_of(Clients("eu-central-1", endpoint_url=endpoint))
    assert url.startswith(f"{endpoint}/payloads/uploads/")


def test_the_signature_bounds_the_time_and_names_no_header_of_the_body() -> None:
    query = parse_qs(urlsplit(url_of(Clients("eu-central-1"))).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == [str(URL_SECONDS)]
    assert query["X-Amz-SignedHeaders"] == ["host"]


def test_a_client_of_each_kind_is_built_once() -> None:
    clients = Clients("eu-central-1")
    assert clients.presigner is clients.presigner
    assert clients.presigner is not clients.s3
