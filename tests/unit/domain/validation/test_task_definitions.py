"""Task definitions: the object of the integration, targets, schemas, and the stored document."""

from typing import Any

import pytest

from seriatim.domain.definition.task_definition import canonical_task_definition
from seriatim.domain.validation.task_definitions import names_read, parse_task_definition
from tests.unit.domain.validation.asking import brief, the

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:charge"
OBJECTS: dict[str, dict[str, Any]] = {
    "python": {"function": "builtin.echo"},
    "lambda": {"functionArn": ARN},
    "http": {"method": "POST", "url": "https://example.com/charge"},
    "sqs": {"queueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/work"},
    "eventbridge": {"busName": "default", "source": "shop", "detailType": "Order Placed"},
    "activity": {"name": "packing"},
}
HTTP = OBJECTS["http"]


def task(integration: str = "python", **fields: Any) -> dict[str, Any]:
    own = {integration: OBJECTS[integration]}
    return {"id": "t", "integration": integration, **own, **fields}


def stored(document: object) -> dict[str, Any]:
    definition, problems = parse_task_definition(document)
    assert definition is not None, problems
    return canonical_task_definition(definition)


@pytest.mark.parametrize("integration", OBJECTS)
def test_every_integration_has_its_object(integration: str) -> None:
    document = stored(task(integration))
    assert OBJECTS[integration].items() <= document[integration].items()
    assert set(OBJECTS) & document.keys() == {integration}
    assert stored(document) == document


def test_every_default() -> None:
    document = stored(task("http"))
    assert document == {
        "id": "t",
        "name": "t",
        "integration": "http",
        "inputSchema": None,
        "outputSchema": None,
        "timeoutSeconds": 0,
        "heartbeatSeconds": 0,
        "queueTimeoutSeconds": 0,
        "retryPolicy": None,
        "maxConcurrency": None,
        "rateLimit": None,
        "balancing": "weighted",
        "http": {
            **HTTP,
            "headers": {},
            "body": None,
            "callback": False,
            "credentials": None,
            "insecure": False,
        },
        "targets": [],
    }


def test_targets_are_stored_complete() -> None:
    targets = [{"weight": 3}, {"url": "https://example.org/", "headers": {"A": "b"}}]
    document = stored(task("http", http={**HTTP, "callback": True}, targets=targets))
    assert document["http"]["callback"] is True
    assert [one["weight"] for one in document["targets"]] == [3, 1]
    assert [one["url"] for one in document["targets"]] == [HTTP["url"], "https://example.org/"]
    assert all(one["callback"] is True for one in document["targets"])


def test_targets_may_hold_what_the_object_does_not() -> None:
    document = task("lambda", targets=[{"functionArn": ARN}, {"functionArn": ARN + ":live"}])
    del document["lambda"]
    assert [one["functionArn"] for one in stored(document)["targets"]] == [ARN, ARN + ":live"]
    assert stored(document)["lambda"] == {"invocation": "sync"}


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ({}, "MissingField", "/id"),
        ({"id": "t"}, "MissingField", "/integration"),
        (task(integration="python", extra=1), "UnknownField", "/extra"),
        ({"id": "t", "integration": "ftp"}, "NotOneOf", "/integration"),
        ({"id": "t", "integration": "sqs"}, "MissingField", "/sqs"),
        (task("sqs", http=HTTP), "UnknownField", "/http"),
        (task(python={}), "MissingField", "/python/function"),
        (task(python={"function": "f", "module": "m"}), "UnknownField", "/python/module"),
        (task("lambda", **{"lambda": {"functionArn": "charge"}}), "InvalidArn",
         "/lambda/functionArn"),
        (task("lambda", **{"lambda": {"functionArn": ARN, "invocation": "event"}}), "NotOneOf",
         "/lambda/invocation"),
        (task("http", http={**HTTP, "method": "post"}), "NotOneOf", "/http/method"),
        (task("http", http={**HTTP, "url": "ftp://x"}), "InvalidUrl", "/http/url"),
        (task("http", http={**HTTP, "url": "https://a b"}), "InvalidUrl", "/http/url"),
        (task("http", http={**HTTP, "headers": {"a b": "c"}}), "InvalidHeader", "/http/headers"),
        (task("http", http={**HTTP, "headers": {"a": "b\r\nc: d"}}), "InvalidHeader",
         "/http/headers"),
        (task("http", http={**HTTP, "headers": {"a": 5}}), "WrongType", "/http/headers"),
        (task("http", http={**HTTP, "body": {"x": "${oops("}}), "ExpressionSyntax",
         "/http/body/x"),
        (task("sqs", sqs={"queueUrl": "work"}), "InvalidUrl", "/sqs/queueUrl"),
        (task("activity", activity={"name": "a/b"}), "InvalidId", "/activity/name"),
        (task(rateLimit={"permits": 0, "perSeconds": 1}), "OutOfRange", "/rateLimit/permits"),
        (task(rateLimit={"permits": 1, "perSeconds": 0}), "OutOfRange", "/rateLimit/perSeconds"),
        (task(rateLimit={"permits": 1}), "MissingField", "/rateLimit/perSeconds"),
        (task(balancing="random"), "NotOneOf", "/balancing"),
        (task(maxConcurrency=0), "OutOfRange", "/maxConcurrency"),
        (task(targets=[5]), "WrongType", "/targets/0"),
        (task(targets=[{"weight": -1}]), "OutOfRange", "/targets/0/weight"),
        (task(targets=[{"weight": 0}, {"weight": 0}]), "OutOfRange", "/targets"),
        (task(targets=[{"functoin": "x"}]), "UnknownField", "/targets/0/functoin"),
        (task("http", targets=[{"url": "x"}]), "InvalidUrl", "/targets/0/url"),
        (task("http", targets=[{"callback": True}]), "UnknownField", "/targets/0/callback"),
        (task("lambda", targets=[{}], **{"lambda": {}}), "MissingField", "/targets/0/functionArn"),
        (task(inputSchema=5), "WrongType", "/inputSchema"),
        (task(inputSchema={"type": "strng"}), "InvalidSchema", "/inputSchema/type"),
        (task(outputSchema={"properties": {"a": 5}}), "InvalidSchema",
         "/outputSchema/properties/a"),
        (task(inputSchema={"pattern": "("}), "InvalidSchema", "/inputSchema/pattern"),
        (task(inputSchema={"$ref": "https://example.com/s"}), "InvalidSchema",
         "/inputSchema/$ref"),
        (task(inputSchema={"items": {"$ref": "#/$defs/a"}}), "InvalidSchema",
         "/inputSchema/items/$ref"),
    ],
)  # fmt: skip
def test_what_is_wrong_names_its_code_and_place(
    document: dict[str, Any], code: str, path: str
) -> None:
    definition, problems = parse_task_definition(document)
    assert definition is None
    assert (code, path) in brief(problems)


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"$defs": {"a": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/a"}}},
        {"properties": {"$ref": {"type": "string"}}, "const": {"$ref": "https://example.com"}},
        {"$ref": "#here", "$defs": {"a": {"$anchor": "here"}}},
    ],
)
def test_schemas_that_stand_alone(schema: object) -> None:
    assert parse_task_definition(task(inputSchema=schema, outputSchema=schema))[1] == []


def test_all_problems_are_reported_at_once() -> None:
    document = task("http", http={"method": "get", "url": "x"}, targets=[{"weight": "1"}])
    document |= {"inputSchema": {"type": 5}, "timeoutSeconds": 5}
    problems = parse_task_definition(document)[1]
    assert {path for _, path in brief(problems)} == {
        "/http/method",
        "/http/url",
        "/targets/0/weight",
        "/inputSchema/type",
    }


def test_fields_with_places_are_checked_when_they_run() -> None:
    http = {**HTTP, "url": "${baseUrl}/charge", "headers": {"X-Id": "${inputs.id}\n"}}
    definition, problems = parse_task_definition(task("http", http=http))
    assert problems == []
    assert definition is not None
    assert names_read(definition) == {"baseUrl", "inputs"}


def test_id_in_the_path_stands_and_the_document_may_not_contradict_it() -> None:
    document = task()
    del document["id"]
    definition, problems = parse_task_definition(document, task_definition_id="mine")
    assert problems == []
    assert definition is not None
    assert definition.id == "mine"
    found = the(parse_task_definition(task(), task_definition_id="mine")[1])
    assert (found.code, found.path) == ("InvalidId", "/id")
