"""The local service reconciles on its own clock, over the real adapters."""

import time

from seriatim.domain.values import Status
from seriatim.local.publishing import PROJECT
from seriatim.local.service import LocalService
from seriatim.ports.summaries import SummaryFilter
from tests.integration.local import documents as d


def test_an_execution_that_lost_its_timer_goes_on() -> None:
    with LocalService(time_scale=200) as service:
        d.publish_all(service.wiring, d.chain("lost", d.timer("wait", 1_000)))
        state = d.run(service, "lost")
        assert state.status is Status.WAITING
        assert state.armed_at is not None
        service.wiring.timers.disarm(state.key, state.armed_at)
        ends = time.monotonic() + 30
        while not state.status.is_terminal:
            seen = service._activity.changes
            state = service.wiring.executions.load(state.key)
            assert time.monotonic() < ends, "nobody found it"
            service._activity.wait_for_change(seen, 1)
        assert state.status is Status.SUCCEEDED
        assert state.ended_at is not None
        assert state.ended_at - state.started_at < 1_000_000 + 15 * 60_000, "no watch found it"
        service.wait_idle()
        listed = service.wiring.summaries.list(PROJECT, SummaryFilter(), 5, None).items
        assert [one.status for one in listed] == [Status.SUCCEEDED]
