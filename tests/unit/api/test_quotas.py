"""Quotas of a project over the API."""

from seriatim.application.choices import KEPT_MS
from tests.unit.api.caller import Service
from tests.unit.api.test_executions import EXECUTIONS, WAITING

SETTINGS = "/projects/p/settings"


def test_starts_over_the_quota_wait_for_the_next_minute(service: Service) -> None:
    sequence_id = service.activate(WAITING)
    starts = f"/projects/p/sequences/{sequence_id}/executions"
    service.put(SETTINGS, {"maxStartsPerMinute": 2})
    for number in range(2):
        assert service.post(starts, {"name": f"n{number}"}).status == 202
    refused = service.post(starts, {"name": "n2"})
    assert (refused.status, refused.json["code"]) == (429, "StartRateExceeded")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert len(service.get(EXECUTIONS).json["items"]) == 2, "nothing was begun"
    service.world.clock.advance(int(refused.headers["Retry-After"]) * 1_000)
    assert service.post(starts, {"name": "n2"}).status == 202


def test_a_project_without_a_quota_counts_nothing(service: Service) -> None:
    sequence_id = service.activate(WAITING)
    for _ in range(5):
        service.start(sequence_id)
    assert not service.world.start_counts._counts


def test_one_projects_quota_is_not_anothers(service: Service) -> None:
    service.put(SETTINGS, {"maxStartsPerMinute": 1})
    service.start(service.activate(WAITING))
    other_id = service.activate(WAITING, "other")
    for _ in range(3):
        service.start(other_id, project="other")


def test_a_quota_counts_from_a_minute_after_its_change_at_the_latest(service: Service) -> None:
    sequence_id = service.activate(WAITING)
    starts = f"/projects/p/sequences/{sequence_id}/executions"
    service.start(sequence_id)
    service.put(SETTINGS, {"maxStartsPerMinute": 1})
    service.world.clock.advance(KEPT_MS)
    service.start(sequence_id)
    assert service.post(starts).status == 429
