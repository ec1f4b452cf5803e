"""Goal: as a user meets them, schedules start executions until they are paused, events start what
waits for them, and a bad start harms nobody.
"""

import json
import threading
from typing import Any

from seriatim.local.service import LocalService
from seriatim.ports.queue import OutgoingWork
from tests.builders import sequence
from tests.e2e.calls import Caller

SECONDS_MAX = 30
SIMPLE = sequence("start > a > end", variables=[{"name": "cause", "type": "any"}])


class Heard:
    """Waits until so many executions of a sequence are told to have succeeded."""

    def __init__(self, service: LocalService) -> None:
        self.details: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        service.bus.listen(self._take)

    def _take(self, event: dict[str, Any]) -> None:
        with self._changed:
            self.details.append(event["detail"])
            self._changed.notify_all()

    def successes(self, sequence_id: str) -> int:
        return len(
            {
                told["executionId"]
                for told in self.details
                if told["status"] == "succeeded" and told["sequenceId"] == sequence_id
            }
        )

    def wait(self, sequence_id: str, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: self.successes(sequence_id) >= count, SECONDS_MAX
            ), self.details


def named(caller: Caller, sequence_id: str) -> list[str]:
    found = caller.call("GET", "/executions", sequenceId=sequence_id, limit=200)
    return sorted(item["name"] for item in found["items"])


def test_a_schedule_starts_executions_until_it_is_paused() -> None:
    service = LocalService(time_scale=1_000)
    heard = Heard(service)
    with service:
        caller = Caller(service)
        sequence_id = caller.publish(SIMPLE)
        trigger = {
            "sequenceId": sequence_id,
            "schedule": {"rate": "5 minutes"},
            "variables": {"cause": "${event.time}"},
        }
        caller.call("PUT", "/triggers/often", trigger)
        heard.wait(sequence_id, 3)
        caller.call("PUT", "/triggers/often", {**trigger, "enabled": False})
        service.wait_idle()
        names = named(caller, sequence_id)
        assert len(set(names)) == len(names) >= 3
        assert all(name.startswith("often@") for name in names)
        shown = caller.call("GET", "/triggers/often")
        assert shown["lastExecutionId"]
        assert "lastError" not in shown


def test_a_schedule_fires_in_time_that_is_skipped() -> None:
    service = LocalService(skip_time=True)
    heard = Heard(service)
    with service:
        caller = Caller(service)
        sequence_id = caller.publish(SIMPLE)
        daily = {"sequenceId": sequence_id, "schedule": {"cron": "0 9 * * ? *"}}
        caller.call("PUT", "/triggers/daily", daily)
        heard.wait(sequence_id, 3)
        caller.call("DELETE", "/triggers/daily")
        service.wait_idle()
        assert all(name.endswith("T09:00:00.000Z") for name in named(caller, sequence_id))


def test_the_end_of_one_sequence_starts_another_and_loops_end() -> None:
    service = LocalService()
    heard = Heard(service)
    with service:
        caller = Caller(service)
        first, second = caller.publish(SIMPLE), caller.publish(SIMPLE)
        pattern = {"source": ["seriatim"], "detail": {"status": ["succeeded"]}}
        trigger = {
            "sequenceId": second,
            "eventPattern": {**pattern, "detail": {"status": ["succeeded"], "sequenceId": [first]}},
            "variables": {"cause": "${event.detail.executionId}"},
        }
        caller.call("PUT", "/triggers/after", trigger)
        started = caller.call("POST", f"/sequences/{first}/executions", {})
        heard.wait(second, 1)
        service.wait_idle()
        (follower,) = caller.call("GET", "/executions", sequenceId=second)["items"]
        whole = caller.call("GET", f"/executions/{follower['id']}")
        assert whole["variables"]["cause"] == started["id"]

        caller.call("PUT", "/triggers/after", {"sequenceId": second, "eventPattern": pattern})
        caller.call("POST", f"/sequences/{first}/executions", {})
        service.wait_idle()
        shown = caller.call("GET", "/triggers/after")
        assert shown["lastError"]["code"] == "TriggerLoop"
        assert [letter.code for letter in service.dead_letters.kept] == ["TriggerLoop"]


def test_a_bad_start_goes_to_the_dead_letters_and_the_others_go_on() -> None:
    with LocalService() as service:
        caller = Caller(service)
        sequence_id = caller.publish(SIMPLE)
        good = {"projectId": "default", "sequenceId": sequence_id, "name": "good"}
        for body in ("no JSON", json.dumps({**good, "sequenceId": "?"}), json.dumps(good)):
            service.starts.send([OutgoingWork("default", body.encode())])  # type: ignore[union-attr]
        service.wait_idle()
        assert named(caller, sequence_id) == ["good"]
        assert {letter.code for letter in service.dead_letters.kept} == {
            "MalformedMessage",
            "NotFound",
        }


def test_the_bus_is_told_of_node_runs_where_that_is_wanted() -> None:
    service = LocalService(node_events=True)
    heard = Heard(service)
    with service:
        caller = Caller(service)
        sequence_id = caller.publish(SIMPLE)
        execution_id = caller.call("POST", f"/sequences/{sequence_id}/executions")["id"]
        heard.wait(sequence_id, 1)
    of_nodes = [told for told in heard.details if "nodeId" in told]
    assert [(told["nodeId"], told["run"], told["status"]) for told in of_nodes] == [
        ("start", 1, "pending"),
        ("start", 1, "succeeded"),
        ("a", 1, "pending"),
        ("a", 1, "running"),
        ("a", 1, "succeeded"),
        ("end", 1, "pending"),
        ("end", 1, "succeeded"),
    ]
    numbers = [told["sequenceNumber"] for told in heard.details]
    assert numbers == sorted(set(numbers))
    assert {told["executionId"] for told in of_nodes} == {execution_id}
    always = {"projectId", "sequenceId", "revision", "time", "startTime"}
    assert all(always <= set(told) for told in of_nodes)
