"""What the local queue gives up goes through the dead-letter function, as in the cloud."""

from seriatim.domain.errors import DEAD_LETTERED
from seriatim.domain.values import Status
from seriatim.local.publishing import PROJECT
from seriatim.local.queue import MemoryQueue
from seriatim.local.service import LocalService
from seriatim.ports.queue import OutgoingWork
from seriatim.ports.tasks import TaskOutcome, TaskRequest
from tests.integration.local import documents as d


class Deadly:
    """A task runner that no worker survives."""

    def run(self, request: TaskRequest) -> TaskOutcome:
        raise RuntimeError("the worker is gone")

    def check_result(self, definition: object, result: object) -> None:
        """Every result will do."""


def test_an_attempt_that_kills_every_worker_fails_and_says_why() -> None:
    with LocalService(skip_time=True) as service:
        d.publish_all(service.wiring, d.chain("c", d.task("echo", x=1)))
        service.wiring.__dict__["tasks"] = Deadly()
        assert isinstance(service.queue, MemoryQueue)
        service.queue._receives_max = 4
        state = d.run(service, "c")
    assert state.status is Status.FAILED
    assert state.failure is not None
    assert state.failure.code == DEAD_LETTERED


def test_what_is_no_work_stays_where_it_is() -> None:
    with LocalService(skip_time=True) as service:
        assert isinstance(service.queue, MemoryQueue)
        service.queue._receives_max = 4
        service.queue.send([OutgoingWork(PROJECT, b"no work")])
        service.wait_idle()
        [(source, _)] = service._given_up
        assert isinstance(source, MemoryQueue)
        assert sum((source.depth.visible, source.depth.in_flight)) == 1
