"""Limits of what a definition counts: nodes, what a node names, templates, tasks and pools. At one
it is stored, one over it is refused with its code and its place, and nothing is stored.
"""

from collections.abc import Callable
from typing import Any

import pytest

from seriatim.domain import limits
from seriatim.domain.validation.bundles import parse_bundle
from seriatim.domain.validation.references import References
from tests.builders import sequence
from tests.unit.api.caller import ECHO, STARTABLE, Service
from tests.unit.api.test_limits import SEQUENCES, TASKS, Json, Make, task

TEMPLATES = "/projects/p/templates"
URL = "https://example.com/"
HTTP: Json = {"method": "GET", "url": URL}


def http(**fields: Any) -> Json:
    return {"integration": "http", "http": {**HTTP, **fields}}


def padded_id(number: int) -> str:
    return f"n{number:06}"


def items_of(count: int) -> list[str]:
    return [padded_id(number) for number in range(count)]


def large(nodes: int, transitions: int) -> Json:
    tasks = [{"id": n, "type": "task", "taskDefinitionId": "echo"} for n in items_of(nodes - 2)]
    ways = [{"id": n, "sourceNodeId": "s", "targetNodeId": "e"} for n in items_of(transitions)]
    ends = [{"id": "s", "type": "start"}, {"id": "e", "type": "end"}]
    return {"name": "large", "nodes": ends + tasks, "transitions": ways}


def parameters(kind: str, **fields: Any) -> Json:
    return task(type=kind, parameters=fields)


PER_NODE: list[tuple[int, Make, str, str]] = [
    (
        limits.DEPENDENCIES_PER_NODE_MAX,
        lambda n: task(dependencies=[{"nodeId": "start"}] * n),
        "TooMany",
        "/nodes/1/dependencies",
    ),
    (
        limits.CANCELLED_NODES_PER_NODE_MAX,
        lambda n: task(cancelNodeIds=["start"] * n),
        "TooMany",
        "/nodes/1/cancelNodeIds",
    ),
    (
        limits.POOLS_PER_NODE_MAX,
        lambda n: task(resources=dict.fromkeys(items_of(n), 1)),
        "TooMany",
        "/nodes/1/resources",
    ),
    (
        limits.POOL_CAPACITY_MAX,
        lambda n: task(resources={"db": n}),
        "OutOfRange",
        "/nodes/1/resources/db",
    ),
    (
        limits.PERCENTAGE_MAX,
        lambda n: parameters(
            "subprocess", sequenceId="c", forEach="[1]", toleratedFailurePercentage=n
        ),
        "OutOfRange",
        "/nodes/1/parameters/toleratedFailurePercentage",
    ),
    (
        limits.REVISION_MAX,
        lambda n: parameters("subprocess", sequenceId="c", revision=n),
        "OutOfRange",
        "/nodes/1/parameters/revision",
    ),
]


@pytest.mark.parametrize(
    ("limit", "make", "code", "path"), PER_NODE, ids=[row[3] for row in PER_NODE]
)
def test_a_node_at_a_limit_is_taken_and_one_over_refused(
    service: Service, limit: int, make: Make, code: str, path: str
) -> None:
    refused = service.post(SEQUENCES, make(limit + 1))
    assert refused.status == 422
    found = [one for one in refused.json["problems"] if one["path"] == path]
    assert [one["code"] for one in found] == [code]
    assert f"{limit:,}" in found[0]["message"]
    assert service.get(SEQUENCES).json["items"] == [], "nothing is stored"
    assert service.post(SEQUENCES, make(limit)).status == 201


def test_nodes_and_transitions_over_the_most_are_refused(service: Service) -> None:
    """That as many as may be are taken is tested with `test_large.py`."""
    refused = service.post(SEQUENCES, large(limits.NODES_MAX + 1, limits.TRANSITIONS_MAX + 1))
    assert refused.status == 422
    told = {one["path"]: (one["code"], one["message"]) for one in refused.json["problems"]}
    for name, limit in (("nodes", limits.NODES_MAX), ("transitions", limits.TRANSITIONS_MAX)):
        code, message = told.pop(f"/{name}")
        assert code == "TooMany"
        assert f"at most {limit:,}; it holds {limit + 1:,}" in message
    assert not told
    assert service.get(SEQUENCES).json["items"] == []


OF_TASKS: list[tuple[int, Make, str, str]] = [
    (
        limits.URL_CHARACTERS_MAX,
        lambda n: http(url=URL + "u" * (n - len(URL))),
        "TooLong",
        "/http/url",
    ),
    (
        limits.URL_CHARACTERS_MAX,
        lambda n: {
            "integration": "sqs",
            "sqs": {"queueUrl": URL + "q" * (n - len(URL))},
        },
        "TooLong",
        "/sqs/queueUrl",
    ),
    (
        limits.HEADERS_MAX,
        lambda n: http(headers=dict.fromkeys(items_of(n), "x")),
        "TooMany",
        "/http/headers",
    ),
    (
        limits.TARGET_WEIGHT_MAX,
        lambda n: {**ECHO, "targets": [{"weight": n}]},
        "OutOfRange",
        "/targets/0/weight",
    ),
]


@pytest.mark.parametrize(
    ("limit", "make", "code", "path"), OF_TASKS, ids=[row[3] for row in OF_TASKS]
)
def test_a_task_definition_at_a_limit_is_taken_and_one_over_refused(
    service: Service, limit: int, make: Make, code: str, path: str
) -> None:
    refused = service.put(f"{TASKS}/t", make(limit + 1))
    assert refused.status == 422
    [problem] = refused.json["problems"]
    assert (problem["code"], problem["path"]) == (code, path)
    assert f"{limit:,}" in problem["message"]
    assert service.get(f"{TASKS}/t").status == 404
    assert service.put(f"{TASKS}/t", make(limit)).status == 200


def test_a_template_has_no_more_parameters_than_may(service: Service) -> None:
    def template(count: int) -> Json:
        return {**STARTABLE, "parameters": [{"name": name} for name in items_of(count)]}

    limit = limits.TEMPLATE_PARAMETERS_MAX
    refused = service.post(TEMPLATES, template(limit + 1))
    assert refused.status == 422
    [problem] = [one for one in refused.json["problems"] if one["code"] == "TooMany"]
    assert problem["path"] == "/parameters"
    assert service.get(TEMPLATES).json["items"] == []
    assert service.post(TEMPLATES, template(limit)).status == 201


@pytest.mark.parametrize("entries", ["taskDefinitions", "resourcePools", "triggers"])
def test_a_list_of_a_bundle_has_no_more_entries_than_may(entries: str) -> None:
    make: dict[str, Callable[[str], Json]] = {
        "taskDefinitions": lambda name: {**ECHO, "id": name},
        "resourcePools": lambda name: {"id": name, "capacity": 1},
        "triggers": lambda name: {
            "id": name,
            "sequenceId": "two",
            "schedule": {"rate": "1 hour"},
        },
    }
    nothing = References(task_definitions={}, sequences={}, resource_pools={})

    def bundle(count: int) -> Json:
        sequences = [sequence("start > end") | {"id": "two"}]
        return {"sequences": sequences, entries: [make[entries](name) for name in items_of(count)]}

    limit = limits.BUNDLE_ENTRIES_MAX
    found, problems = parse_bundle(bundle(limit + 1), nothing)
    assert found is None
    assert [(one.code, one.path) for one in problems] == [("TooMany", f"/{entries}")]
    assert f"{limit:,}" in problems[0].message
    found, problems = parse_bundle(bundle(limit), nothing)
    assert found is not None, problems
