"""Goal: an `http` attempt whose server never answers ends as soon as its execution is cancelled."""

from threading import Event

import msgspec

from seriatim.ports.tasks import Failed, TaskOutcome, TaskRequest
from seriatim.tasks.http import HttpTasks
from tests.builders import sequence
from tests.unit.tasks.attempts import runner
from tests.unit.tasks.http_servers import Reply, Seen, loopback, serving
from tests.world import World

SECONDS_MAX = 20


def test_a_request_in_flight_is_broken_off_when_its_execution_is_cancelled() -> None:
    world = World()
    world.publish(sequence("start > a > end"))
    key = world.start()
    is_broken_off = Event()
    outcomes: list[TaskOutcome] = []

    def cancels_and_is_silent(seen: Seen) -> Reply:
        world.wired.executions.cancel(key, "enough")
        is_broken_off.wait(SECONDS_MAX)
        return Reply(200)

    with serving(cancels_and_is_silent) as server:

        def call(request: TaskRequest) -> TaskOutcome:
            http = HttpTasks(world.clock, is_loopback_allowed=True, resolve=loopback)
            settings = {"method": "GET", "url": server.url()}
            definition = {"id": "call", "integration": "http", "http": settings}
            real = msgspec.structs.replace(request, definition=definition)
            outcomes.append(runner(http=http, clock=world.clock).run(real))
            is_broken_off.set()
            return outcomes[-1]

        world.tasks.scripts["a"] = call
        world.run()
    [outcome] = outcomes
    assert isinstance(outcome, Failed)
    assert (world.state(key).status, world.state(key).outputs) == ("cancelled", {})
    assert len(world.tasks.runs) == 1, "nothing is tried again"
