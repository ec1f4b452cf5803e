"""Every limit of what callers send: at it the call is taken, one over it is refused, with a code
and the place, and nothing is stored. The numbers are those of `docs/limits.md`.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.api import incoming, parameters
from functions.api.schemas import bodies
from seriatim.domain import limits
from seriatim.domain.expressions import budget
from tests.unit.api.caller import ECHO, STARTABLE, Service

SEQUENCES = "/projects/p/sequences"
TASKS = "/projects/p/task-definitions"

Json = dict[str, Any]
Make = Callable[[int], Json]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def task(**fields: Any) -> Json:
    start, work, end = STARTABLE["nodes"]
    return {**STARTABLE, "nodes": [start, {**work, **fields}, end]}


def transition(**fields: Any) -> Json:
    first, second = STARTABLE["transitions"]
    return {**STARTABLE, "transitions": [first, {**second, **fields}]}


def sequence(**fields: Any) -> Json:
    return {**STARTABLE, **fields}


def retrying(field: str) -> Make:
    return lambda n: task(retryPolicy={field: n})


def keys(count: int) -> Json:
    return {f"k{number}": number for number in range(count)}


def mappings(count: int) -> list[Json]:
    return [{"outputName": f"o{n}", "valueExpression": "1"} for n in range(count)]


def sources(count: int) -> list[Json]:
    return [
        {"sourceNodeId": "start", "sourceOutputName": "amount", "targetInputName": f"i{n}"}
        for n in range(count)
    ]


OF_A_SEQUENCE: list[tuple[int, Make, str, str]] = [
    (limits.NAME_CHARACTERS_MAX, lambda n: sequence(name="n" * n), "TooLong", "/name"),
    (limits.NAME_CHARACTERS_MAX, lambda n: task(name="n" * n), "TooLong", "/nodes/1/name"),
    (
        limits.NAME_CHARACTERS_MAX,
        lambda n: transition(name="n" * n),
        "TooLong",
        "/transitions/1/name",
    ),
    (
        limits.NAME_CHARACTERS_MAX,
        lambda n: sequence(variables=[{"name": "n" * n}]),
        "TooLong",
        "/variables/0/name",
    ),
    (
        limits.ID_CHARACTERS_MAX,
        lambda n: transition(id="t" * n),
        "TooLong",
        "/transitions/1/id",
    ),
    (
        limits.ID_CHARACTERS_MAX,
        lambda n: task(taskDefinitionId="t" * n),
        "TooLong",
        "/nodes/1/taskDefinitionId",
    ),
    (
        limits.DESCRIPTION_CHARACTERS_MAX,
        lambda n: sequence(description="d" * n),
        "TooLong",
        "/description",
    ),
    (limits.VERSION_CHARACTERS_MAX, lambda n: sequence(version="v" * n), "TooLong", "/version"),
    (limits.METADATA_KEYS_MAX, lambda n: sequence(metadata=keys(n)), "TooMany", "/metadata"),
    (limits.METADATA_KEYS_MAX, lambda n: task(metadata=keys(n)), "TooMany", "/nodes/1/metadata"),
    (
        limits.VARIABLES_MAX,
        lambda n: sequence(variables=[{"name": f"v{i}"} for i in range(n)]),
        "TooMany",
        "/variables",
    ),
    (
        limits.MAPPINGS_PER_NODE_MAX,
        lambda n: task(outputMappings=mappings(n)),
        "TooMany",
        "/nodes/1/outputMappings",
    ),
    (
        limits.MAPPINGS_PER_NODE_MAX,
        lambda n: task(inputMappings=sources(n)),
        "TooMany",
        "/nodes/1/inputMappings",
    ),
    (
        limits.JSON_DEPTH_MAX,
        lambda n: sequence(metadata={"k": nested(n - 2)}),
        "TooDeep",
        "/metadata/k" + "/0" * (limits.JSON_DEPTH_MAX - 2),
    ),
    (
        limits.DURATION_SECONDS_MAX,
        lambda n: sequence(timeoutSeconds=n),
        "OutOfRange",
        "/timeoutSeconds",
    ),
    (
        limits.DURATION_SECONDS_MAX,
        lambda n: task(timeoutSeconds=n),
        "OutOfRange",
        "/nodes/1/timeoutSeconds",
    ),
    (
        limits.DURATION_SECONDS_MAX,
        lambda n: task(heartbeatSeconds=n),
        "OutOfRange",
        "/nodes/1/heartbeatSeconds",
    ),
    (
        limits.RETRIES_MAX,
        retrying("maxRetries"),
        "OutOfRange",
        "/nodes/1/retryPolicy/maxRetries",
    ),
    (
        limits.DURATION_SECONDS_MAX,
        retrying("retryIntervalSeconds"),
        "OutOfRange",
        "/nodes/1/retryPolicy/retryIntervalSeconds",
    ),
    (
        limits.DURATION_SECONDS_MAX,
        retrying("maxIntervalSeconds"),
        "OutOfRange",
        "/nodes/1/retryPolicy/maxIntervalSeconds",
    ),
    (
        limits.BACKOFF_MULTIPLIER_MAX,
        retrying("backoffMultiplier"),
        "OutOfRange",
        "/nodes/1/retryPolicy/backoffMultiplier",
    ),
    (
        limits.RETRYABLE_ERRORS_MAX,
        lambda n: task(retryPolicy={"retryableErrors": [f"E{i}" for i in range(n)]}),
        "TooMany",
        "/nodes/1/retryPolicy/retryableErrors",
    ),
    (
        limits.NODE_RUNS_MAX,
        lambda n: sequence(maxNodeRuns=n),
        "OutOfRange",
        "/maxNodeRuns",
    ),
    (
        limits.CONCURRENCY_MAX,
        lambda n: sequence(maxConcurrentExecutions=n),
        "OutOfRange",
        "/maxConcurrentExecutions",
    ),
    (
        limits.PRIORITY_ABS_MAX,
        lambda n: transition(priority=n),
        "OutOfRange",
        "/transitions/1/priority",
    ),
    (
        limits.RETENTION_DAYS_MAX,
        lambda n: sequence(retentionDays=n),
        "OutOfRange",
        "/retentionDays",
    ),
    (
        budget.SOURCE_CHARACTERS_MAX,
        lambda n: transition(condition="1" + " " * (n - 3) + "<2"),
        "ExpressionSyntax",
        "/transitions/1/condition",
    ),
]


@pytest.mark.parametrize(
    ("limit", "make", "code", "path"), OF_A_SEQUENCE, ids=[row[3][:40] for row in OF_A_SEQUENCE]
)
def test_a_sequence_at_a_limit_is_taken_and_one_over_refused(
    service: Service, limit: int, make: Make, code: str, path: str
) -> None:
    refused = service.post(SEQUENCES, make(limit + 1))
    assert refused.status == 422
    [problem] = refused.json["problems"]
    assert (problem["code"], problem["path"]) == (code, path)
    assert f"{limit:,}" in problem["message"]
    assert service.get(SEQUENCES).json["items"] == [], "nothing is stored"
    assert service.post(SEQUENCES, make(limit)).status == 201


STARTS: list[tuple[int, Make, str, str]] = [
    (limits.NAME_CHARACTERS_MAX, lambda n: {"name": "n" * n}, "TooLong", "/name"),
    (limits.METADATA_KEYS_MAX, lambda n: {"metadata": keys(n)}, "TooMany", "/metadata"),
    (limits.PRIORITY_ABS_MAX, lambda n: {"priority": n}, "OutOfRange", "/priority"),
    (
        limits.JSON_DEPTH_MAX,
        lambda n: {"metadata": {"k": nested(n - 2)}},
        "TooDeep",
        "/metadata/k" + "/0" * (limits.JSON_DEPTH_MAX - 2),
    ),
]


@pytest.mark.parametrize(
    ("limit", "make", "code", "path"), STARTS, ids=[row[3][:40] for row in STARTS]
)
def test_a_start_at_a_limit_is_taken_and_one_over_begins_nothing(
    service: Service, limit: int, make: Make, code: str, path: str
) -> None:
    starts = f"{SEQUENCES}/{service.activate(STARTABLE)}/executions"
    refused = service.post(starts, make(limit + 1))
    assert refused.status == 400
    [problem] = refused.json["problems"]
    assert (problem["code"], problem["path"]) == (code, path)
    assert service.get("/projects/p/executions").json["items"] == []
    assert service.post(starts, make(limit)).status == 202


@pytest.mark.parametrize(
    ("limit", "make", "code", "path"),
    [
        (limits.TARGETS_MAX, lambda n: {**ECHO, "targets": [{}] * n}, "TooMany", "/targets"),
        (
            limits.CONCURRENCY_MAX,
            lambda n: {**ECHO, "maxConcurrency": n},
            "OutOfRange",
            "/maxConcurrency",
        ),
        (
            limits.PERMITS_MAX,
            lambda n: {**ECHO, "rateLimit": {"permits": n, "perSeconds": 1}},
            "OutOfRange",
            "/rateLimit/permits",
        ),
    ],
)
def test_a_task_definition_at_a_limit_is_taken_and_one_over_refused(
    service: Service, limit: int, make: Make, code: str, path: str
) -> None:
    refused = service.put(f"{TASKS}/t", make(limit + 1))
    assert refused.status == 422
    assert (code, path) in {(one["code"], one["path"]) for one in refused.json["problems"]}
    assert service.get(f"{TASKS}/t").status == 404
    assert service.put(f"{TASKS}/t", make(limit)).status in {200, 201}


def test_a_body_of_the_most_bytes_is_read_and_one_more_is_413(service: Service) -> None:
    rest = len(json.dumps({**STARTABLE, "description": ""}))
    room = incoming.BODY_BYTES_MAX - rest

    def padded(count: int) -> str:
        return json.dumps({**STARTABLE, "description": ""}) + " " * count

    assert service.call("POST", SEQUENCES, padded(room)).status == 201
    refused = service.call("POST", SEQUENCES, padded(room + 1))
    assert refused.status == 413
    assert f"{incoming.BODY_BYTES_MAX:,}" in refused.json["detail"]
    assert len(service.get(SEQUENCES).json["items"]) == 1


def test_a_page_has_no_more_than_it_may(service: Service) -> None:
    most = parameters.PAGE_ITEMS_MAX
    assert service.call("GET", SEQUENCES, query=f"limit={most}").status == 200
    for wrong in (most + 1, 0):
        assert service.call("GET", SEQUENCES, query=f"limit={wrong}").status == 400


@pytest.mark.parametrize(
    ("field", "limit"),
    [("waitSeconds", bodies.POLL_WAIT_SECONDS_MAX), ("maxTasks", bodies.POLL_TASKS_MAX)],
)
def test_a_poll_asks_for_no_more_than_it_may(service: Service, field: str, limit: int) -> None:
    refused = service.post("/projects/p/activities/a/poll", {"workerId": "w", field: limit + 1})
    assert (refused.status, refused.problem_codes) == (400, ["OutOfRange"])
