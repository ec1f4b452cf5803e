"""Uploads without S3's own address: a gateway takes what is put, and nothing else."""

import http.client
from collections.abc import Iterator

import pytest

from seriatim.domain.limits import UPLOAD_BYTES_MAX
from seriatim.local.activity import Activity
from seriatim.local.clock import LocalClock
from seriatim.local.embedded import embedded_aws
from seriatim.local.gateway import Gateway
from seriatim.local.resources import PREFIX
from seriatim.local.uploads import LocalUploads
from seriatim.ports.errors import NotFound
from seriatim.topology import TOPOLOGY

BUCKET = PREFIX + TOPOLOGY.payload_bucket
OWN = "upl-" + "0" * 26


@pytest.fixture(scope="module")
def uploads() -> Iterator[LocalUploads]:
    """Served by a gateway; its URLs lead there."""
    receivers: list[LocalUploads] = []
    gateway = Gateway(
        lambda: lambda event, context: {"statusCode": 418},
        clock=LocalClock(),
        activity=Activity(),
        function_name="api",
        timeout_seconds=29,
        uploads=lambda: receivers[0],
    )
    gateway.listen(0)
    with embedded_aws() as clients:
        receivers.append(LocalUploads(clients.s3, BUCKET, gateway.url))
        gateway.start()
        try:
            yield receivers[0]
        finally:
            gateway.stop()


def call(url: str, body: bytes = b"", method: str = "PUT") -> tuple[int, bytes]:
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request(method, f"/{path}", body=body)
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


@pytest.mark.parametrize("project", ["p", "é 100%", "🦊" * 128, "a+b?c=d&e"])
@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"x" * 11_000_000], ids=["", "bytes", "big"])
def test_what_is_put_to_the_url_is_read(uploads: LocalUploads, project: str, body: bytes) -> None:
    assert call(uploads.begin(project, OWN), body) == (200, b"")
    assert uploads.read(project, OWN) == body


def test_the_last_put_counts(uploads: LocalUploads) -> None:
    for body in (b"first", b"second"):
        assert call(uploads.begin("p", OWN), body)[0] == 200
    assert uploads.read("p", OWN) == b"second"


def test_what_was_not_put_is_not_found(uploads: LocalUploads) -> None:
    with pytest.raises(NotFound):
        uploads.read("other", OWN)


def test_what_is_too_large_is_refused_as_it_comes(uploads: LocalUploads) -> None:
    status, problem = call(uploads.begin("large", OWN), bytes(UPLOAD_BYTES_MAX + 1))
    assert (status, f"{UPLOAD_BYTES_MAX:,}".encode() in problem) == (413, True)
    with pytest.raises(NotFound):
        uploads.read("large", OWN)


@pytest.mark.parametrize(
    "path",
    [
        "p/upl-1",
        f"p/{OWN}/more",
        f"p/more/{OWN}",
        f"/{OWN}",
        f"../{OWN}",
        f"%FF/{OWN}",
        f"a%2Fb/{OWN}",
        "",
    ],
)
def test_a_path_that_nobody_was_given_is_not_found(uploads: LocalUploads, path: str) -> None:
    root = uploads.begin("p", OWN).removesuffix(f"p/{OWN}")
    assert call(root + path, b"x")[0] == 404


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_upload_is_put_only(uploads: LocalUploads, method: str) -> None:
    assert call(uploads.begin("p", OWN), b"x", method)[0] == 405


def test_everything_else_goes_to_the_handler(uploads: LocalUploads) -> None:
    root = uploads.begin("p", OWN).partition("/uploads/")[0]
    assert call(f"{root}/projects/p/uploads", b"x")[0] == 418
