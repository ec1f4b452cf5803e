"""How long an execution of three tasks takes while another project has just started 2,000 of them,
beside how long it takes when nobody else is there. Both in one run, on one machine.

The 2,000 are put on the work queue at once, as a start queue or a ``forEach`` of children would do
it: locally calls of the API start executions no faster than workers end them.
"""

import statistics
import time

from bench import shapes
from seriatim.application import work as w
from seriatim.local.queue import MemoryQueue
from seriatim.local.service import LocalService
from seriatim.ports.queue import OutgoingWork

TASKS = 3
FLOOD = 2_000
ROUNDS = 15
LOOK_SECONDS = 0.001
BUSY, QUIET = "busy", "quiet"


def latency(service: LocalService, sequence_id: str) -> float:
    """Seconds from the call that starts an execution to its end."""
    begun = time.perf_counter()
    key = service.wiring.executions.start(QUIET, sequence_id, variables={}).key
    while True:
        state = service.wiring.states.known(key)
        if state is not None and state.status.is_terminal:
            return time.perf_counter() - begun
        time.sleep(LOOK_SECONDS)


def flood(service: LocalService, sequence_id: str) -> None:
    """Start the executions of the busy project, all at once."""
    starts = (
        w.StartExecution(
            project_id=BUSY, execution_id=f"exec-{number}", sequence_id=sequence_id, variables={}
        )
        for number in range(FLOOD)
    )
    service.wiring.queue.send([OutgoingWork(BUSY, w.encode(start)) for start in starts])


def main() -> None:
    """Measure, and print both medians and their ratio."""
    with LocalService() as service:
        assert isinstance(service.queue, MemoryQueue), "measured on embedded AWS"
        chain = shapes.chain_of(TASKS)
        busy, quiet = (shapes.publish(service, chain, project) for project in (BUSY, QUIET))
        latency(service, quiet)
        idle = [latency(service, quiet) for _ in range(ROUNDS)]
        flood(service, busy)
        flooded = [latency(service, quiet) for _ in range(ROUNDS)]
        left = service.queue.depth.visible
    assert left > 0, "the flood has to last as long as what is measured"
    ratio = statistics.median(flooded) / statistics.median(idle)
    print(f"an execution of {TASKS} tasks, {ROUNDS} times, embedded AWS (medians)")
    print(f"  nobody else there:                 {statistics.median(idle) * 1000:8.0f} ms")
    print(
        f"  another project starts {FLOOD:,} more: {statistics.median(flooded) * 1000:8.0f} ms"
        f" (slowest {max(flooded) * 1000:.0f} ms; {left:,} still waited at the end)"
    )
    print(f"  the flood makes it {ratio:.1f} times as long")


if __name__ == "__main__":
    main()
