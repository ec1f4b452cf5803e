"""Goal: an execution goes when its retention is over, and is read from the archive."""

import time

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, Refused

DAY = 86_400
PATIENCE_SECONDS = 30


def wait_until_retired(service: LocalService, caller: Caller, execution_id: str) -> None:
    """The reconciler comes on the service's clock, and then by the second."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while execution_id in [one["id"] for one in caller.call("GET", "/executions")["items"]]:
        assert time.monotonic() < ends, "it is kept"
        seen = service._activity.changes
        service._activity.wait_for_change(seen, 1)


@pytest.mark.parametrize("archive", [True, False])
def test_what_is_kept_no_longer_is_in_no_list(archive: bool) -> None:
    with LocalService(skip_time=True) as service:
        caller = Caller(service)
        caller.call("PUT", "/settings", {"archive": archive})
        before = caller.run(sequence("start > a > end", retentionDays=1), order="A-1" * 5_000)
        history = caller.history(before["id"])
        timer = {"parameters": {"durationSeconds": 2 * DAY}}
        later = caller.run(sequence("start > timer > end", nodes={"timer": timer}))
        wait_until_retired(service, caller, before["id"])
        assert [one["id"] for one in caller.call("GET", "/executions")["items"]] == [later["id"]]
        with pytest.raises(Refused) as refused:
            caller.call("POST", f"/executions/{before['id']}/redrive")
        assert (refused.value.status, refused.value.body["code"]) == (404, "ExecutionRetired")
        if archive:
            assert caller.look(before["id"]) == {**before, "archived": True}
            assert caller.history(before["id"]) == history
        else:
            with pytest.raises(Refused):
                caller.look(before["id"])
