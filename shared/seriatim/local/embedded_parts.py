"""The parts of a local service on AWS inside of this process: queues and timers in memory, all else
on moto.
"""

from functions.wiring import Wiring
from seriatim.adapters.s3 import S3Payloads
from seriatim.adapters.sqs import packed
from seriatim.application.lanes import Gather
from seriatim.local import resources
from seriatim.local.dead_letters import MemoryDeadLetters
from seriatim.local.parts import Frame, GivenUp, Parts
from seriatim.local.queue import MemoryQueue
from seriatim.local.timers import MemoryTimers
from seriatim.local.uploads import LocalUploads
from seriatim.ports.payloads import Payloads
from seriatim.topology import DEAD_LETTER, STARTS, TOPOLOGY, WORK, Queue


def start_embedded(
    frame: Frame, *, gather: Gather, dead_letters: MemoryDeadLetters, url: str
) -> Parts:
    """Begin with an AWS that is empty and ends with the frame. Starts that are refused go to
    ``dead_letters``; ``url`` is the HTTP API's.
    """
    from seriatim.local.embedded import embedded_aws  # noqa: PLC0415 - moto is slow to import

    clients = frame.stack.enter_context(embedded_aws())
    settings = frame.settings(resources.embedded_queues())
    payloads = S3Payloads(clients.s3, settings.payload_bucket)
    given_up: list[GivenUp] = []
    queue = _memory_queue(frame, WORK, payloads, given_up)
    starts = _memory_queue(frame, STARTS, payloads, given_up)
    uploads = LocalUploads(clients.s3, settings.payload_bucket, url)
    log = frame.start_log(clients, settings, payloads)
    triggers = frame.start_triggers(starts.send)
    wiring = Wiring(
        settings,
        clients=clients,
        clock=frame.clock,
        log=log,
        gather=gather,
        payloads=payloads,
        queue=queue,
        start_queue=starts,
        dead_letters=dead_letters,
        trigger_rules=triggers,
        timers=MemoryTimers(queue),
        uploads=uploads,
    )
    return Parts(wiring, queue, starts, tuple(given_up), triggers, uploads)


def _memory_queue(
    frame: Frame, queue: Queue, payloads: Payloads, given_up: list[GivenUp]
) -> MemoryQueue:
    """A queue and its dead-letter queue, which is added to ``given_up`` if it feeds a function."""
    assert queue.dead_letter_queue is not None
    hidden = TOPOLOGY.queue(queue.dead_letter_queue).visibility_timeout_seconds
    dead_letters = MemoryQueue(frame.clock, frame.activity, visibility_seconds=hidden)
    if any(fed.queue == queue.dead_letter_queue for fed in DEAD_LETTER.event_sources):
        arn = resources.embedded_queues()[queue.dead_letter_queue].arn
        given_up.append(GivenUp(dead_letters, arn))
    return MemoryQueue(
        frame.clock,
        frame.activity,
        visibility_seconds=resources.RECEIVE_VISIBILITY_SECONDS,
        receives_max=queue.max_receive_count,
        dead_letters=dead_letters,
        # An invocation costs nothing here: a message waits for no other of its batch. Nor could
        # one of several say that the invocation waits for the clock.
        delivery_messages_max=1,
        body_of=lambda work: packed(work, payloads),
    )
