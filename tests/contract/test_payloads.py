"""What every ``Payloads`` does."""

import pytest

from seriatim.ports.errors import NotFound
from seriatim.ports.payloads import Payloads


def test_a_body_comes_back(payloads: Payloads, project: str) -> None:
    body = bytes(range(256)) * 1_000
    assert payloads.get(project, payloads.put(project, body)) == body


def test_an_empty_body_comes_back(payloads: Payloads, project: str) -> None:
    assert payloads.get(project, payloads.put(project, b"")) == b""


def test_the_same_body_has_the_same_key(payloads: Payloads, project: str) -> None:
    key = payloads.put(project, b"body")
    assert payloads.put(project, b"body") == key
    assert payloads.put(project, b"other") != key


def test_an_unknown_key_is_not_found(payloads: Payloads, project: str) -> None:
    with pytest.raises(NotFound):
        payloads.get(project, "0" * 64)


def test_a_key_of_another_project_is_not_found(payloads: Payloads, project: str) -> None:
    key = payloads.put(project, b"secret of one project")
    with pytest.raises(NotFound):
        payloads.get(f"{project}-b", key)


@pytest.mark.parametrize("name", ["项目", "مشروع", "🦊", "a b+c%2F", "~'\"?&="], ids=ascii)
def test_projects_may_be_of_any_script(payloads: Payloads, project: str, name: str) -> None:
    named = f"{project} {name}"
    assert payloads.get(named, payloads.put(named, b"body")) == b"body"
