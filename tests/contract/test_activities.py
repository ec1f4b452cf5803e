"""What every ``Activities`` does."""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import msgspec
import pytest

from seriatim.ports.activities import Activities, ActivityPoll, ActivityTask

LEASE = 30_000


def task(project: str, offered_at: int, **changes: Any) -> ActivityTask:
    fields = {
        "project_id": project,
        "execution_id": f"exec-{offered_at}",
        "node_id": "approve",
        "number": 3,
        "attempt": 1,
        "offered_at": offered_at,
    }
    return ActivityTask(**{**fields, **changes})


def claimed(activities: Activities, project: str, limit: int = 10, now: int = 100) -> list[int]:
    """When the tasks of one claim were offered."""
    claims = islice(activities.claim(project, "desk", now, LEASE), limit)
    return [claim.task.offered_at for claim in claims]


def test_an_offered_task_is_claimed_as_it_was(activities: Activities, project: str) -> None:
    offered = task(project, 5, execution_id="执行", node_id="审批", attempt=2)
    activities.offer("办公桌", offered)
    claims = activities.claim(project, "办公桌", 100, LEASE)
    assert [claim.task for claim in claims] == [offered]


def test_the_oldest_are_claimed_first(activities: Activities, project: str) -> None:
    for offered_at in (30, 5, 100, 20):
        activities.offer("desk", task(project, offered_at))
    assert claimed(activities, project, limit=2) == [5, 20]
    assert claimed(activities, project, limit=2) == [30, 100]
    assert claimed(activities, project, limit=2) == []


def test_an_attempt_that_is_offered_again_is_there_once(
    activities: Activities, project: str
) -> None:
    """A redelivered message offers it again, at a later time."""
    first = task(project, 5)
    activities.offer("desk", first)
    activities.offer("desk", msgspec.structs.replace(first, offered_at=9))
    assert claimed(activities, project) == [5]


def test_an_attempt_that_is_offered_again_stays_claimed(
    activities: Activities, project: str
) -> None:
    activities.offer("desk", task(project, 5))
    assert claimed(activities, project) == [5]
    activities.offer("desk", task(project, 5))
    assert claimed(activities, project) == []


def test_attempts_and_node_runs_are_tasks_of_their_own(
    activities: Activities, project: str
) -> None:
    first = task(project, 5)
    activities.offer("desk", first)
    activities.offer("desk", msgspec.structs.replace(first, attempt=2))
    activities.offer("desk", msgspec.structs.replace(first, number=4))
    assert len(claimed(activities, project)) == 3


def test_an_unsettled_claim_comes_back_after_its_lease(
    activities: Activities, project: str
) -> None:
    activities.offer("desk", task(project, 5))
    assert claimed(activities, project, now=100) == [5]
    assert claimed(activities, project, now=100 + LEASE - 1) == []
    assert claimed(activities, project, now=100 + LEASE) == [5]


def test_a_settled_task_is_gone_for_good(activities: Activities, project: str) -> None:
    activities.offer("desk", task(project, 5))
    claim = next(activities.claim(project, "desk", 100, LEASE))
    activities.settle(claim)
    activities.settle(claim)
    assert claimed(activities, project, now=100 + 2 * LEASE) == []


def test_lists_and_projects_are_apart(activities: Activities, project: str) -> None:
    activities.offer("desk", task(project, 5))
    assert list(activities.claim(project, "other", 100, LEASE)) == []
    assert list(activities.claim(f"{project}-b", "desk", 100, LEASE)) == []
    assert claimed(activities, project) == [5]


def test_polls_are_taken_in(activities: Activities, project: str) -> None:
    activities.record_poll(project, "desk", "worker-1", 100)
    activities.record_poll(project, "desk", "worker-1", 200)
    activities.record_poll(project, "desk", "работник" * 500, 200)
    assert claimed(activities, project) == []


def test_the_last_poll_of_a_list_is_known(activities: Activities, project: str) -> None:
    assert activities.last_poll(project, "desk") is None
    activities.record_poll(project, "desk", "worker-1", 100)
    activities.record_poll(project, "desk", "работник" * 500, 300)
    activities.record_poll(project, "desk", "worker-1", 200)
    activities.record_poll(project, "other", "worker-2", 400)
    poll = activities.last_poll(project, "desk")
    assert poll == ActivityPoll("работник" * 500, 300)


def test_eight_pollers_never_hold_the_same_task(activities: Activities, project: str) -> None:
    for offered_at in range(40):
        activities.offer("desk", task(project, offered_at))

    def poll(_: int) -> list[int]:
        found: list[int] = []
        while batch := claimed(activities, project, limit=3):
            found.extend(batch)
        return found

    with ThreadPoolExecutor(8) as pool:
        taken = [offered_at for found in pool.map(poll, range(8)) for offered_at in found]
    assert len(taken) == len(set(taken))
    rest = claimed(activities, project, limit=50)
    assert sorted(taken + rest) == list(range(40))


@pytest.mark.parametrize("limit", [1, 10])
def test_a_claim_takes_no_more_than_asked(activities: Activities, project: str, limit: int) -> None:
    for offered_at in range(15):
        activities.offer("desk", task(project, offered_at))
    assert claimed(activities, project, limit=limit) == list(range(limit))


def test_a_higher_priority_is_claimed_first(activities: Activities, project: str) -> None:
    top = 1_000_000_000
    for offered_at, priority in ((5, 0), (6, -top), (7, 3), (8, top), (9, 3)):
        activities.offer("desk", task(project, offered_at, priority=priority))
    assert claimed(activities, project) == [8, 7, 9, 5, 6]


def test_what_is_not_asked_for_is_not_claimed(activities: Activities, project: str) -> None:
    """Else who dies with one task in hand would keep the others from everybody."""
    for offered_at in (5, 6):
        activities.offer("desk", task(project, offered_at))
    claims = activities.claim(project, "desk", 100, LEASE)
    assert next(claims).task.offered_at == 5
    assert claimed(activities, project) == [6]


def test_more_than_are_read_at_once_are_claimed(activities: Activities, project: str) -> None:
    for offered_at in range(120):
        activities.offer("desk", task(project, offered_at))
    assert claimed(activities, project, limit=200, now=200) == list(range(120))


def test_what_nobody_claimed_in_time_goes_off_the_list(
    activities: Activities, project: str
) -> None:
    for offered_at, over_at in ((5, 99), (6, 100), (7, 101), (8, None)):
        activities.offer("desk", task(project, offered_at, over_at=over_at))
    assert claimed(activities, project, now=100) == [7, 8]
    activities.offer("desk", task(project, 5, over_at=None))
    assert claimed(activities, project, now=100) == [5]


def test_what_was_claimed_in_time_comes_back_after_its_lease(
    activities: Activities, project: str
) -> None:
    """It may have been picked up: whether it is over its execution knows."""
    activities.offer("desk", task(project, 5, over_at=150))
    assert claimed(activities, project, now=100) == [5]
    assert claimed(activities, project, now=100 + LEASE) == [5]


def test_what_another_claimed_in_time_is_not_dropped_by_who_did_not_see_it(
    activities: Activities, project: str
) -> None:
    """A poll reads a page of the list, and is slow with its first; another's clock is behind."""
    activities.offer("desk", task(project, 5))
    activities.offer("desk", task(project, 6, over_at=150))
    slow = activities.claim(project, "desk", 200, LEASE)
    assert next(slow).task.offered_at == 5
    assert claimed(activities, project, now=149) == [6]
    assert list(slow) == []
    assert claimed(activities, project, now=149 + LEASE) == [6]
