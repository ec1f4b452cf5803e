"""Limits of calls: their headers, their queries, what they name and choose. At one a call is taken,
one over it is a 400 that says the limit, and nothing has changed.
"""

from urllib.parse import urlencode

import pytest

from functions.api import incoming, parameters
from functions.api.schemas import bodies
from seriatim.application import moving
from seriatim.domain import limits
from seriatim.domain.values import Error
from seriatim.ports.tasks import Failed
from tests.unit.api.caller import STARTABLE, Answer, Service
from tests.unit.api.test_limits import SEQUENCES, Json
from tests.unit.api.test_limits_of_graphs import items_of

EXECUTIONS = "/projects/p/executions"
SETTINGS = "/projects/p/settings"


def refused_at(answer: Answer, path: str) -> tuple[int, str]:
    """The status and the code of an answer whose only problem is at ``path``."""
    [problem] = answer.json["problems"]
    assert problem["path"] == path, answer.text
    return answer.status, problem["code"]


@pytest.mark.parametrize("zeros", [0, 30])
def test_a_page_is_no_larger_however_its_size_is_written(service: Service, zeros: int) -> None:
    def ask(size: str) -> Answer:
        return service.get(SEQUENCES, "limit=" + "0" * zeros + size)

    assert ask(str(parameters.PAGE_ITEMS_MAX)).status == 200
    for size in (str(parameters.PAGE_ITEMS_MAX + 1), "20" + "0" * 18, "9" * 5_000):
        answer = ask(size)
        assert refused_at(answer, "/query/limit") == (400, "OutOfRange")
        assert len(answer.json["problems"][0]["message"]) < 200


@pytest.mark.parametrize(
    ("size", "status"), [(parameters.PAGE_ITEMS_MAX, 200), (parameters.PAGE_ITEMS_MAX + 1, 400)]
)
@pytest.mark.parametrize("kind", ["executions", "templates", "task-definitions", "triggers"])
def test_every_list_has_pages_of_the_same_size(
    service: Service, kind: str, size: int, status: int
) -> None:
    assert service.get(f"/projects/p/{kind}", f"limit={size}").status == status


def test_a_name_of_a_call_has_no_more_characters_than_may(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate())}/pause"
    limit = parameters.IDEMPOTENCY_KEY_CHARACTERS_MAX
    refused = service.post(path, {}, Idempotency_Key="k" * (limit + 1))
    assert refused_at(refused, "/header/idempotency-key") == (400, "TooLong")
    assert service.post(path, {}, Idempotency_Key="k" * limit).status == 200


def test_a_cursor_has_no_more_characters_than_may(service: Service) -> None:
    limit = parameters.CURSOR_CHARACTERS_MAX
    refused = service.get(SEQUENCES, "cursor=" + "c" * (limit + 1))
    assert refused_at(refused, "/query/cursor") == (400, "TooLong")
    foreign = service.get(SEQUENCES, "cursor=" + "c" * limit)
    assert (foreign.status, foreign.json["code"]) == (400, "InvalidCursor")


def test_a_query_has_no_more_names_than_may(service: Service) -> None:
    names = urlencode(dict.fromkeys(items_of(incoming.QUERY_NAMES_MAX), "x"))
    assert service.get(SEQUENCES, names).json["code"] == "UnknownField"
    refused = service.get(SEQUENCES, f"{names}&more=x")
    assert (refused.status, refused.json["code"]) == (400, "TooMany")
    assert str(incoming.QUERY_NAMES_MAX) in refused.json["detail"]


def test_a_search_asks_for_no_more_keys_than_may(service: Service) -> None:
    service.put(SETTINGS, {"searchableMetadata": ["k0"]})

    def query(count: int) -> str:
        return urlencode({f"metadata.k{number}": "x" for number in range(count)})

    refused = service.get(EXECUTIONS, query(limits.SEARCHED_KEYS_MAX + 1))
    assert (refused.status, refused.json["code"]) == (400, "TooMany")
    assert str(limits.SEARCHED_KEYS_MAX) in refused.json["detail"]
    assert service.get(EXECUTIONS, query(limits.SEARCHED_KEYS_MAX)).json.get("code") != "TooMany"


def test_a_text_that_is_searched_for_has_no_more_characters_than_may(service: Service) -> None:
    service.put(SETTINGS, {"searchableMetadata": ["k"]})
    limit = limits.TEXT_CHARACTERS_MAX
    assert service.get(EXECUTIONS, "metadata.k=" + "x" * limit).status == 200
    refused = service.get(EXECUTIONS, "metadata.k=" + "x" * (limit + 1))
    assert (refused.status, refused.json["code"]) == (400, "TooLong")
    assert f"{limit:,}" in refused.json["detail"]


@pytest.mark.parametrize(
    ("field", "limit"),
    [
        ("maxStartsPerMinute", limits.STARTS_PER_MINUTE_MAX),
        ("maxStepsPerDay", limits.STEPS_PER_DAY_MAX),
        ("maxTimersPerDay", limits.TIMERS_PER_DAY_MAX),
        ("maxConcurrentExecutions", limits.CONCURRENCY_MAX),
        ("retentionDays", limits.RETENTION_DAYS_MAX),
    ],
)
def test_a_setting_at_a_limit_is_kept_and_one_over_refused(
    service: Service, field: str, limit: int
) -> None:
    assert service.put(SETTINGS, {field: limit}).json[field] == limit
    refused = service.put(SETTINGS, {field: limit + 1})
    assert refused_at(refused, f"/{field}") == (400, "OutOfRange")
    assert service.get(SETTINGS).json[field] == limit


def test_a_project_has_no_more_searchable_keys_than_may(service: Service) -> None:
    names = items_of(limits.SEARCHABLE_KEYS_MAX + 1)
    assert service.put(SETTINGS, {"searchableMetadata": names[1:]}).status == 200
    refused = service.put(SETTINGS, {"searchableMetadata": names})
    assert refused_at(refused, "/searchableMetadata") == (400, "TooMany")
    assert service.get(SETTINGS).json["searchableMetadata"] == names[1:]


def failed_execution(service: Service) -> str:
    nodes = [{"id": n, "type": "task", "taskDefinitionId": "echo"} for n in items_of(100)]
    document: Json = {
        **STARTABLE,
        "nodes": [STARTABLE["nodes"][0], *nodes, STARTABLE["nodes"][2]],
        "transitions": [
            {"id": f"{before['id']}-", "sourceNodeId": before["id"], "targetNodeId": after["id"]}
            for before, after in zip(
                [STARTABLE["nodes"][0], *nodes], [*nodes, STARTABLE["nodes"][2]], strict=True
            )
        ],
    }
    service.world.tasks.scripts[nodes[0]["id"]] = lambda _: Failed(Error("Declined"))
    execution_id = service.start(service.activate(document))
    service.run()
    return execution_id


def test_a_redrive_names_no_more_nodes_than_may(service: Service) -> None:
    path = f"{EXECUTIONS}/{failed_execution(service)}"
    limit = limits.REDRIVE_NODES_MAX
    before = service.get(path).text
    refused = service.post(f"{path}/redrive", {"fromNodeIds": items_of(limit + 1)})
    assert refused_at(refused, "/fromNodeIds") == (400, "TooMany")
    assert str(limit) in refused.json["detail"]
    assert service.get(path).text == before
    taken = service.post(f"{path}/redrive", {"fromNodeIds": items_of(1) * limit})
    assert taken.status == 200, taken.text


def test_a_move_names_no_more_executions_than_may(service: Service) -> None:
    sequence_id = service.activate()
    execution_id = service.start(sequence_id)
    path = f"{SEQUENCES}/{sequence_id}/executions/move"
    limit = limits.MOVED_EXECUTIONS_MAX
    asked: Json = {"toRevision": 1}
    refused = service.post(path, {**asked, "executionIds": [execution_id] * (limit + 1)})
    assert refused_at(refused, "/executionIds") == (400, "TooMany")
    taken = service.post(path, {**asked, "executionIds": [execution_id] * limit})
    assert (taken.status, taken.json["counts"]["there"]) == (200, 1)


def test_a_move_of_all_moves_none_where_they_are_too_many(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MOVED_EXECUTIONS_MAX", 2)
    sequence_id = service.activate()
    service.start(sequence_id)
    service.start(sequence_id)
    changed = service.patch(f"{SEQUENCES}/{sequence_id}", {"description": "newer"})
    assert changed.status == 200
    path = f"{SEQUENCES}/{sequence_id}/executions/move"
    at = service.post(path, {"toRevision": 2}).json
    assert (at["counts"]["movable"], "truncated" in at) == (2, False)
    last = service.start(sequence_id, {"name": "third"})
    service.patch(f"{SEQUENCES}/{sequence_id}", {"description": "newest"})
    over = service.post(path, {"toRevision": 3}).json
    assert (len(over["executions"]), over["truncated"]) == (2, True)
    refused = service.post(path, {"toRevision": 3, "dryRun": False})
    assert (refused.status, refused.json["code"]) == (409, "TooManyExecutions")
    assert service.get(f"{EXECUTIONS}/{last}").json["revision"] == 2


@pytest.mark.parametrize(
    ("field", "limit", "status"),
    [
        ("taskToken", bodies.TASK_TOKEN_CHARACTERS_MAX, 400),
        ("message", limits.TEXT_CHARACTERS_MAX, 400),
    ],
)
def test_a_report_over_a_limit_says_so(
    service: Service, field: str, limit: int, status: int
) -> None:
    def report(count: int) -> Answer:
        body = {"taskToken": "t", "error": {"code": "C", "message": "m"}}
        (body if field == "taskToken" else body["error"])[field] = "x" * count  # type: ignore[index]
        return service.post("/task-tokens/failure", body)

    place = "/taskToken" if field == "taskToken" else "/error/message"
    assert refused_at(report(limit + 1), place) == (status, "TooLong")
    assert report(limit).json["code"] == "InvalidTaskToken"


def test_a_variables_version_is_no_higher_than_may(service: Service) -> None:
    limit = bodies.VARIABLE_VERSION_MAX
    path = "/projects/p/variables/rate"
    refused = service.put(path, {"value": 1, "version": limit + 1})
    assert refused_at(refused, "/version") == (400, "OutOfRange")
    assert service.put(path, {"value": 1, "version": limit}).status == 412
    assert service.get(path).status == 404
