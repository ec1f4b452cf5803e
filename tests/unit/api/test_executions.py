"""Routes of executions: start, read back, list, signal, set variables, cancel."""

import hashlib
from itertools import pairwise
from typing import Any

import pytest

from functions.api.handler import handler
from seriatim.application.starting import StartInput
from seriatim.domain.values import Error
from seriatim.ports.tasks import Failed
from tests.unit.api.caller import JsonObject, Service, event

EXECUTIONS = "/projects/p/executions"


def linear(*nodes: JsonObject, **fields: Any) -> JsonObject:
    """A sequence of these nodes, one after the other, between a start and an end."""
    chain: list[JsonObject] = [
        {"id": "start", "type": "start"},
        *nodes,
        {"id": "end", "type": "end"},
    ]
    transitions = [
        {"id": f"t{number}", "sourceNodeId": source["id"], "targetNodeId": target["id"]}
        for number, (source, target) in enumerate(pairwise(chain))
    ]
    return {"name": "chain", "nodes": chain, "transitions": transitions, **fields}


WAITING = linear(
    {"id": "ask", "type": "signal", "parameters": {"signalName": "answer"}},
    variables=[{"name": "amount", "type": "number"}, {"name": "note"}],
)


def loop(turns: int) -> JsonObject:
    """A sequence whose task runs ``turns`` times."""
    return {
        "name": "loop",
        "nodes": [
            {"id": "start", "type": "start"},
            {
                "id": "work",
                "type": "task",
                "taskDefinitionId": "echo",
                "outputMappings": [{"outputName": "count", "valueExpression": "count + 1"}],
            },
            {"id": "again", "type": "decision"},
            {"id": "end", "type": "end"},
        ],
        "transitions": [
            {"id": "t1", "sourceNodeId": "start", "targetNodeId": "work"},
            {"id": "t2", "sourceNodeId": "work", "targetNodeId": "again"},
            {
                "id": "back",
                "sourceNodeId": "again",
                "targetNodeId": "work",
                "condition": f"count < {turns}",
            },
            {"id": "out", "sourceNodeId": "again", "targetNodeId": "end"},
        ],
        "variables": [{"name": "count", "type": "integer", "defaultValue": 0}],
    }


def pages(service: Service, path: str, query: str) -> list[JsonObject]:
    """All items of a list, page by page."""
    items: list[JsonObject] = []
    cursor = ""
    while True:
        page = service.get(path, query + cursor)
        assert page.status == 200, page.text
        items += page.json["items"]
        if "cursor" not in page.json:
            return items
        cursor = f"&cursor={page.json['cursor']}"


def test_a_start_is_acknowledged_with_the_execution(service: Service) -> None:
    sequence_id = service.activate()
    body = {"name": "first", "variables": {"amount": 5}, "priority": 3, "metadata": {"team": "a"}}
    answer = service.post(f"/projects/p/sequences/{sequence_id}/executions", body)
    assert answer.status == 202
    document = answer.json
    assert answer.headers["Location"] == f"{EXECUTIONS}/{document['id']}"
    assert document["sequenceId"] == sequence_id
    assert document["status"] in {"running", "waiting"}
    assert document["startTime"] == "2026-01-01T00:00:00.000Z"
    assert document["variables"] == {"amount": 5}
    assert (document["name"], document["priority"]) == ("first", 3)
    assert document["metadata"] == {"team": "a"}
    assert document["revision"] == 1
    assert "endTime" not in document
    assert document["currentNodeIds"] == ["work"]


def test_an_execution_is_read_back_as_it_is_now(service: Service) -> None:
    execution_id = service.start(service.activate(), {"variables": {"amount": 5}})
    service.run()
    document = service.get(f"{EXECUTIONS}/{execution_id}").json
    assert document["status"] == "succeeded"
    assert document["currentNodeIds"] == []
    assert document["endTime"] >= document["startTime"]
    assert list(document["nodeExecutions"]) == ["start", "work", "end"]
    work = document["nodeExecutions"]["work"]
    assert (work["nodeId"], work["run"], work["status"], work["attempts"]) == (
        "work",
        1,
        "succeeded",
        1,
    )
    assert document["errors"] == []


def test_a_failure_is_there_with_its_time_and_node(service: Service) -> None:
    failure = Error("Declined", "no funds", details={"left": 0})
    service.world.tasks.scripts["work"] = lambda request: Failed(failure)
    execution_id = service.start(service.activate())
    service.run()
    document = service.get(f"{EXECUTIONS}/{execution_id}").json
    assert document["status"] == "failed"
    expected = {
        "code": "Declined",
        "message": "no funds",
        "details": {"left": 0},
        "timestamp": "2026-01-01T00:00:00.000Z",
        "nodeId": "work",
        "retryable": False,
    }
    assert document["errors"][0] == expected
    assert document["nodeExecutions"]["work"]["error"] == expected
    [listed] = service.get(EXECUTIONS, "status=failed").json["items"]
    assert listed["error"]["code"] == "Declined"


def test_only_an_active_sequence_starts(service: Service) -> None:
    answer = service.post(f"/projects/p/sequences/{service.create()}/executions")
    assert (answer.status, answer.json["code"]) == (409, "SequenceNotActive")
    assert service.post("/projects/p/sequences/none/executions").status == 404


def test_a_named_start_repeated_is_the_same_execution(service: Service) -> None:
    sequence_id = service.activate()
    body = {"name": "order-17", "variables": {"amount": 1}}
    first = service.start(sequence_id, body)
    assert service.start(sequence_id, body) == first
    other = {"name": "order-17", "variables": {"amount": 2}}
    answer = service.post(f"/projects/p/sequences/{sequence_id}/executions", other)
    assert answer.status == 409


def test_a_named_start_is_the_same_however_its_numbers_are_written(service: Service) -> None:
    sequence_id = service.activate()
    first = service.start(sequence_id, {"name": "n", "variables": {"amount": 100}})
    path = f"/projects/p/sequences/{sequence_id}/executions"
    for amount in ("100.0", "1e2", "100"):
        again = service.post(path, '{"name": "n", "variables": {"amount": ' + amount + "}}")
        assert (again.status, again.json["id"]) == (202, first)
    assert service.post(path, '{"name": "n", "variables": {"amount": 100.5}}').status == 409


def test_a_start_by_an_earlier_version_is_known_by_the_number_as_it_was_written() -> None:
    as_written = hashlib.sha256(b'[{"amount":1.0},0,{}]').hexdigest()[:16]
    assert StartInput(variables={"amount": 1.0}).is_that_of(as_written)
    assert not StartInput(variables={"amount": 2.0}).is_that_of(as_written)


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"colour": 1}, "UnknownField", "/colour"),
        ({"priority": "5"}, "WrongType", "/priority"),
        ({"priority": 1.5}, "WrongType", "/priority"),
        ({"variables": [1]}, "WrongType", "/variables"),
        ({"name": ""}, "Empty", "/name"),
        ({"name": "x" * 257}, "TooLong", "/name"),
        ({"metadata": {str(number): 1 for number in range(51)}}, "TooMany", "/metadata"),
        ('{"variables": {"a": NaN}}', "NotFinite", "/variables/a"),
        ('{"variables": {"a": 1, "a": 2}}', "DuplicateKey", "/variables/a"),
        ('{"variables": {"a": ' + "[" * 40 + "]" * 40 + "}}", "TooDeep", None),
    ],
)
def test_a_malformed_start_names_the_place(
    service: Service, body: Any, code: str, path: str | None
) -> None:
    sequence_id = service.activate()
    answer = service.post(f"/projects/p/sequences/{sequence_id}/executions", body)
    assert answer.status == 400
    [problem] = answer.json["problems"]
    assert problem["code"] == code
    assert path is None or problem["path"] == path


def test_variables_are_held_to_their_declaration(service: Service) -> None:
    sequence_id = service.activate()
    answer = service.post(
        f"/projects/p/sequences/{sequence_id}/executions", {"variables": {"amount": "5"}}
    )
    assert answer.status == 400
    assert service.get(EXECUTIONS).json["items"] == []


def test_numbers_keep_their_digits_on_the_way(service: Service) -> None:
    sequence_id = service.activate(linear(variables=[{"name": "big"}]))
    given = '{"variables": {"big": [123456789012345678901234567890, 0.1, 1e300, -0.0]}}'
    execution_id = service.start(sequence_id, given)
    read = service.get(f"{EXECUTIONS}/{execution_id}").json["variables"]["big"]
    assert read == [123456789012345678901234567890, 0.1, 1e300, 0.0]


def test_a_signal_moves_what_waits_for_it(service: Service) -> None:
    execution_id = service.start(service.activate(WAITING))
    path = f"{EXECUTIONS}/{execution_id}"
    assert service.get(path).json["status"] == "waiting"
    answer = service.post(f"{path}/signals/answer", {"payload": {"yes": True}})
    assert (answer.status, answer.json["id"]) == (202, execution_id)
    service.run()
    document = service.get(path).json
    assert document["status"] == "succeeded"
    assert document["nodeExecutions"]["ask"]["outputs"] == {"yes": True}


def test_a_signal_repeated_with_its_key_counts_once(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}"
    for _ in range(2):
        answer = service.post(f"{path}/signals/other", {"payload": 1}, Idempotency_Key="k, 1")
        assert answer.status == 202
    history = service.get(f"{path}/history").json["items"]
    assert [item["type"] for item in history].count("SignalReceived") == 1
    [received] = [item for item in history if item["type"] == "SignalReceived"]
    assert (received["name"], received["payload"], received["key"]) == ("other", 1, "k, 1")


def test_a_signals_name_may_be_of_any_script(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}"
    answer = service.post(f"{path}/signals/%E3%81%AF%E3%81%84%2F%20%F0%9F%98%80")
    assert answer.status == 202
    names = [item.get("name") for item in service.get(f"{path}/history").json["items"]]
    assert "はい/ 😀" in names


def test_a_signal_to_what_has_ended_is_a_conflict(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate())}"
    service.run()
    assert service.post(f"{path}/signals/answer").status == 409


def test_variables_are_set_all_or_none(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}"
    answer = service.patch(f"{path}/variables", {"amount": 7, "note": None})
    assert (answer.status, answer.json["variables"]) == (200, {"amount": 7, "note": None})
    for wrong in ({"amount": 8, "note": 1, "other": 1}, {"note": 2, "amount": "8"}):
        assert service.patch(f"{path}/variables", wrong).status == 400
    assert service.get(path).json["variables"] == {"amount": 7, "note": None}


def test_a_cancelled_execution_says_why(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}"
    answer = service.post(f"{path}/cancel", {"reason": "not needed"})
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    document = service.get(path).json
    assert (document["status"], document["reason"]) == ("cancelled", "not needed")
    assert document["nodeExecutions"]["ask"]["status"] == "cancelled"
    assert document["currentNodeIds"] == []
    assert service.post(f"{path}/cancel").status == 409


def test_who_did_it_is_in_the_history(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}"
    given = event("POST", f"{path}/cancel")
    claims = {"sub": "ada", "seriatim:projects": "p"}
    given["requestContext"]["authorizer"] = {"jwt": {"claims": claims}}
    assert handler(given, None)["statusCode"] == 200
    assert service.get(f"{path}/history").json["items"][-1]["by"] == "ada"


def test_executions_are_listed_newest_first(service: Service) -> None:
    sequence_id = service.activate()
    started = []
    for _ in range(5):
        started.append(service.start(sequence_id))
        service.world.clock.advance(1_000)
    listed = pages(service, EXECUTIONS, "limit=2")
    assert [each["id"] for each in listed] == started[::-1]


def test_executions_are_listed_by_status_sequence_and_time(service: Service) -> None:
    waiting, working = service.activate(WAITING), service.activate()
    first = service.start(waiting)
    service.world.clock.advance(60_000)
    second = service.start(working)
    service.run()

    def ids(query: str) -> list[str]:
        return [each["id"] for each in pages(service, EXECUTIONS, query)]

    assert ids("status=waiting") == [first]
    assert ids("status=succeeded") == [second]
    assert ids(f"sequenceId={waiting}") == [first]
    assert ids("startedAfter=2026-01-01T00:00:30Z") == [second]
    assert ids("startedBefore=2026-01-01T01:00:30%2B01:00") == [first]
    assert ids(f"status=failed&sequenceId={waiting}") == []


def test_a_cursor_of_another_list_is_refused(service: Service) -> None:
    sequence_id = service.activate()
    paths = [f"{EXECUTIONS}/{service.start(sequence_id)}" for _ in range(3)]
    service.run()
    cursors = {
        EXECUTIONS: service.get(EXECUTIONS, "limit=1").json["cursor"],
        f"{paths[0]}/history": service.get(f"{paths[0]}/history", "limit=1").json["cursor"],
        f"{paths[1]}/history": service.get(f"{paths[1]}/history", "limit=1").json["cursor"],
        f"{paths[0]}/nodes": service.get(f"{paths[0]}/nodes", "limit=1").json["cursor"],
    }
    for owner, cursor in cursors.items():
        assert cursor == cursor.strip("=+/ ")
        for path in cursors:
            expected = 200 if path == owner else 400
            assert service.get(path, f"cursor={cursor}").status == expected, (owner, path)
        for wrong in ("x", "%F0%9F%98%80", cursor[:-3]):
            answer = service.get(owner, f"cursor={wrong}")
            assert (answer.status, answer.json["code"]) == (400, "InvalidCursor")
    assert service.get(EXECUTIONS, f"status=failed&cursor={cursors[EXECUTIONS]}").status == 400


def test_the_history_has_every_event_in_order(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(loop(3)))}"
    service.run()
    whole = pages(service, f"{path}/history", "limit=200")
    assert [item["number"] for item in whole] == list(range(1, len(whole) + 1))
    assert whole[0]["type"] == "ExecutionStarted"
    assert whole[-1]["type"] == "ExecutionEnded"
    for limit in (1, 2, 7):
        assert pages(service, f"{path}/history", f"limit={limit}") == whole
    scheduled = [item for item in whole if item["type"] == "TaskScheduled"]
    assert [(item["nodeId"], item["run"], item["attempt"]) for item in scheduled] == [
        ("work", 1, 1),
        ("work", 2, 1),
        ("work", 3, 1),
    ]
    assert all(item["time"] == "2026-01-01T00:00:00.000Z" for item in whole)


def test_every_run_of_a_loop_is_listed(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(loop(4)))}"
    service.run()
    for limit in (1, 3, 50):
        runs = pages(service, f"{path}/nodes", f"limit={limit}")
        assert [(run["nodeId"], run["run"]) for run in runs] == [
            ("start", 1),
            *(pair for turn in range(1, 5) for pair in (("work", turn), ("again", turn))),
            ("end", 1),
        ]
        assert [run["outputs"] for run in runs if run["nodeId"] == "work"] == [
            {"count": turn} for turn in range(1, 5)
        ]
        assert {run["status"] for run in runs} == {"succeeded"}
    latest = service.get(path).json["nodeExecutions"]["work"]
    assert latest == runs[7]


def test_node_runs_are_listed_by_status(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}"
    assert [run["nodeId"] for run in pages(service, f"{path}/nodes", "status=waiting")] == ["ask"]
    assert [run["nodeId"] for run in pages(service, f"{path}/nodes", "status=succeeded")] == [
        "start"
    ]
    assert pages(service, f"{path}/nodes", "status=failed") == []


def test_an_execution_is_drawn_with_the_status_of_its_nodes(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate(WAITING))}"
    answer = service.get(f"{path}/graph")
    statuses = {node["id"]: node.get("status") for node in answer.json["nodes"]}
    assert statuses["ask"] == "waiting"
    assert statuses["start"] == "succeeded"
    assert service.get(f"{path}/graph", "format=svg").headers["Content-Type"] == "image/svg+xml"


def test_what_is_not_there_is_not_found(service: Service) -> None:
    for path in ("", "/history", "/nodes", "/nodes?status=running", "/graph"):
        route, _, query = path.partition("?")
        answer = service.get(f"{EXECUTIONS}/none{route}", query)
        assert (answer.status, answer.json["code"]) == (404, "NotFound")
    told = "There is no execution 'none' in this project."
    for path in ("/cancel", "/signals/x", "/pause", "/nodes/n/skip"):
        answer = service.post(f"{EXECUTIONS}/none{path}")
        assert (answer.status, answer.json["detail"]) == (404, told)
    assert service.patch(f"{EXECUTIONS}/none/variables", {"a": 1}).status == 404
