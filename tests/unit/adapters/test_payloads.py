"""What a process remembers of payloads."""

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.s3 import RecentPayloads, S3Payloads, content_key, object_name
from seriatim.ports.errors import Unavailable
from tests.unit.adapters.conftest import Disturb


def test_those_not_used_for_longest_are_forgotten_first() -> None:
    recent = RecentPayloads(bytes_max=10)
    recent.keep("a", b"aaaa")
    recent.keep("b", b"bbbb")
    assert recent.get("a") == b"aaaa"
    recent.keep("c", b"cccc")
    assert recent.get("b") is None
    assert (recent.get("a"), recent.get("c")) == (b"aaaa", b"cccc")


def test_what_is_too_big_to_keep_drives_nothing_out() -> None:
    recent = RecentPayloads(bytes_max=10)
    recent.keep("a", b"aaaa")
    recent.keep("big", b"x" * 11)
    assert recent.get("big") is None
    assert recent.get("a") == b"aaaa"


def test_keeping_the_same_again_counts_once() -> None:
    recent = RecentPayloads(bytes_max=8)
    for _ in range(5):
        recent.keep("a", b"aaaa")
    recent.keep("b", b"bbbb")
    assert recent.get("a") == b"aaaa"


@pytest.fixture
def payloads(clients: Clients) -> S3Payloads:
    clients.s3.create_bucket(
        Bucket="payloads", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return S3Payloads(clients.s3, "payloads")


def test_what_was_put_lately_costs_no_call(
    clients: Clients, payloads: S3Payloads, disturb: Disturb
) -> None:
    puts = disturb(clients.s3, "PutObject", times=0)
    gets = disturb(clients.s3, "GetObject", times=0)
    keys = {payloads.put("project", b"body") for _ in range(3)}
    assert [payloads.get("project", key) for key in keys] == [b"body"]
    assert (len(puts), len(gets)) == (1, 0)


def test_what_was_read_lately_costs_no_call(
    clients: Clients, payloads: S3Payloads, disturb: Disturb
) -> None:
    key = payloads.put("project", b"body")
    gets = disturb(clients.s3, "GetObject", times=0)
    other = S3Payloads(clients.s3, "payloads")
    assert [other.get("project", key) for _ in range(3)] == [b"body"] * 3
    assert other.put("project", b"body") == key
    assert len(gets) == 1


def test_a_put_that_failed_is_not_remembered(
    clients: Clients, payloads: S3Payloads, disturb: Disturb
) -> None:
    puts = disturb(clients.s3, "PutObject", times=4, status=503)
    with pytest.raises(Unavailable):
        payloads.put("project", b"body")
    key = payloads.put("project", b"body")
    assert len(puts) == 5
    assert S3Payloads(clients.s3, "payloads").get("project", key) == b"body"


def test_projects_lie_apart_in_the_bucket() -> None:
    key = content_key(b"body")
    assert object_name("a", key) != object_name("b", key)
