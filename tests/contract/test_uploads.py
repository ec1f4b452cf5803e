"""What every ``Uploads`` does. ``put`` is a client's ``PUT`` to a URL, without credentials."""

from collections.abc import Callable

import pytest

from seriatim.domain.limits import UPLOAD_BYTES_MAX
from seriatim.ports.errors import NotFound, TooLarge
from seriatim.ports.uploads import Uploads

Put = Callable[[str, bytes], None]


@pytest.mark.parametrize("body", [b"{}", b"", b"\xff\x00", "é".encode() * 1_000_000])
def test_what_was_put_to_the_url_is_read(
    uploads: Uploads, put: Put, project: str, body: bytes
) -> None:
    put(uploads.begin(project, "upl-1"), body)
    assert uploads.read(project, "upl-1") == body
    assert uploads.read(project, "upl-1") == body


def test_nothing_is_there_before_it_was_put(uploads: Uploads, project: str) -> None:
    uploads.begin(project, "upl-1")
    with pytest.raises(NotFound):
        uploads.read(project, "upl-1")


def test_the_last_put_counts(uploads: Uploads, put: Put, project: str) -> None:
    url = uploads.begin(project, "upl-1")
    for body in (b"first", b"second"):
        put(url, body)
    assert uploads.read(project, "upl-1") == b"second"


def test_what_is_too_large_is_not_read(uploads: Uploads, put: Put, project: str) -> None:
    body = bytes(UPLOAD_BYTES_MAX)
    put(uploads.begin(project, "upl-1"), body)
    assert len(uploads.read(project, "upl-1")) == UPLOAD_BYTES_MAX
    put(uploads.begin(project, "upl-1"), body + b"x")
    with pytest.raises(TooLarge, match=f"{UPLOAD_BYTES_MAX:,}"):
        uploads.read(project, "upl-1")


@pytest.mark.parametrize("suffix", ["", "é 100%", "a+b?c=d&e", "🦊" * 100, "\ufffe"])
def test_projects_of_any_name_are_apart(
    uploads: Uploads, put: Put, project: str, suffix: str
) -> None:
    own, other = f"{project}{suffix}", f"{project}{suffix}-b"
    put(uploads.begin(own, "upl-1"), b"own")
    put(uploads.begin(other, "upl-2"), b"other")
    assert uploads.read(own, "upl-1") == b"own"
    assert uploads.read(other, "upl-2") == b"other"
    for project_id, upload_id in ((other, "upl-1"), (own, "upl-2")):
        with pytest.raises(NotFound):
            uploads.read(project_id, upload_id)
