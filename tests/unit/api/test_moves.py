"""Moving executions over HTTP."""

from tests.unit.api.caller import STARTABLE, Service

PATH = "/projects/p/sequences/{}/executions/move"
LONGER = {
    "nodes": [*STARTABLE["nodes"], {"id": "more", "type": "task", "taskDefinitionId": "echo"}],
    "transitions": [
        STARTABLE["transitions"][0],
        {"id": "t2", "sourceNodeId": "work", "targetNodeId": "more"},
        {"id": "t3", "sourceNodeId": "more", "targetNodeId": "end"},
    ],
}


def test_a_move_is_a_dry_run_unless_told_otherwise(service: Service) -> None:
    sequence_id = service.activate()
    execution = service.start(sequence_id)
    assert service.patch(f"/projects/p/sequences/{sequence_id}", LONGER).status == 200
    path = PATH.format(sequence_id)
    report = service.post(path, {"toRevision": 2})
    assert (report.status, report.json["dryRun"]) == (200, True)
    assert report.json["counts"]["movable"] == 1
    moved = service.post(path, {"toRevision": 2, "dryRun": False}, Idempotency_Key="k")
    assert moved.json["executions"][0] == {
        "id": execution,
        "outcome": "moved",
        "status": "running",
        "revision": 2,
        "obstacles": [],
    }
    service.run()
    assert "more" in service.get(f"/projects/p/executions/{execution}").json["nodeExecutions"]


def test_what_is_in_the_way_is_a_409_with_its_problems(service: Service) -> None:
    sequence_id = service.activate()
    execution = service.start(sequence_id)
    service.run()
    body = {"toRevision": 1, "executionIds": [execution], "dryRun": False}
    answer = service.post(PATH.format(sequence_id), body)
    assert (answer.status, answer.json["code"]) == (409, "CannotMove")
    assert answer.problem_codes == ["ExecutionOver"]
    assert answer.json["problems"][0]["path"] == "/executionIds/0"


def test_wrong_calls_are_refused(service: Service) -> None:
    sequence_id = service.activate()
    path = PATH.format(sequence_id)
    assert service.post(path, {}).status == 400
    assert service.post(path, {"toRevision": "2"}).status == 400
    assert service.post(path, {"toRevision": 0}).status == 400
    assert service.post(path, {"toRevision": 1, "executionIds": [""]}).status == 400
    assert service.post(path, {"toRevision": 1, "colour": 1}).status == 400
    assert service.post(path, {"toRevision": 9}).status == 404
    assert service.post(PATH.format("nothing"), {"toRevision": 1}).status == 404
