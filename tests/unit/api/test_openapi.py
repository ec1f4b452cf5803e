"""The OpenAPI document is valid, complete, and true of what the handlers do.

Every answer in these tests is held to the document by the caller; here are the document itself and
calls made at random.
"""

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from functions.api.handler import build
from tests.unit.api.caller import JsonObject, Service, openapi

ROOT = Path(__file__).parents[3]
PYPROJECT = ROOT / "pyproject.toml"
API_PAGE = ROOT / "docs" / "api.md"

OPERATIONS = [
    (method.upper(), path)
    for path, operations in openapi()["paths"].items()
    for method in operations
]


def described(method: str, path: str) -> JsonObject:
    found: JsonObject = openapi()["paths"][path][method.lower()]
    return found


def test_the_document_is_valid_openapi_3_1() -> None:
    assert openapi()["openapi"] == "3.1.0"
    validate(openapi())


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    assert openapi()["info"]["version"] == project["version"]


def test_every_route_is_described() -> None:
    routes = {
        (method, rule.replace("<", "{").replace(">", "}"))
        for rule, route in build().routes.items()
        for method in route.query_names
    }
    assert routes == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_route_says_what_it_does_takes_and_answers(method: str, path: str) -> None:
    operation = described(method, path)
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
    assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    assert all(each["description"] for each in operation.get("parameters", []))
    statuses = {int(status) for status in operation["responses"]}
    assert {400, 500, 503} <= statuses
    assert len([status for status in statuses if status < 300]) == 1
    for status, response in operation["responses"].items():
        assert response["description"]
        if int(status) >= 400:
            assert list(response["content"]) == ["application/problem+json"]


def test_every_call_with_a_body_may_find_it_too_large(service: Service) -> None:
    with_body = [
        (method, path, operation["responses"])
        for path, operations in openapi()["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    ]
    assert len(with_body) > 25
    assert [(method, path) for method, path, found in with_body if "413" not in found] == []


def test_the_page_for_readers_names_every_call() -> None:
    page = API_PAGE.read_text(encoding="utf-8")
    missing = [
        f"{method} {path}" for method, path in OPERATIONS if f"`{method} {path}`" not in page
    ]
    assert missing == []


def test_the_body_of_a_sequence_is_described_field_by_field() -> None:
    schemas = openapi()["components"]["schemas"]
    assert {"name", "nodes", "transitions"} == set(schemas["NewSequence"]["required"])
    assert "status" not in schemas["NewSequence"]["properties"]
    assert "required" not in schemas["SequencePatch"]
    assert {"id", "status", "revision", "createdAt"} <= set(schemas["Sequence"]["properties"])


texts = st.text(max_size=20) | st.sampled_from(
    ["a", "../x", "%2e", "ключ", "😀", "\x00", "a" * 300]
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
FIELDS = sorted(
    {
        name
        for schema in openapi()["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }
)
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6) | st.text(max_size=30)


@given(
    operation=st.sampled_from(OPERATIONS),
    ids=st.lists(texts, min_size=3, max_size=3),
    query=st.dictionaries(st.sampled_from(["limit", "cursor", "status", "x"]), texts, max_size=2),
    body=bodies,
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_is_sent_is_answered_as_described_and_is_nobodys_fault(
    operation: tuple[str, str], ids: list[str], query: dict[str, str], body: Any
) -> None:
    method, path = operation
    for part, value in zip(
        [each for each in path.split("/") if each.startswith("{")], ids, strict=False
    ):
        path = path.replace(part, encoded(value), 1)
    raw_query = "&".join(f"{name}={encoded(value)}" for name, value in query.items())
    answer = Service().call(method, path, body, query=raw_query)
    assert answer.status < 500, answer.text


def encoded(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
