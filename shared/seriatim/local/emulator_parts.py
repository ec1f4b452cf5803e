"""The parts of a local service on an emulator of AWS, named by ``AWS_ENDPOINT_URL``: all state is
there and outlives the service.
"""

import botocore.session

from functions.wiring import Wiring
from seriatim.adapters.clients import Clients
from seriatim.adapters.s3 import S3Payloads
from seriatim.adapters.sqs import SqsWorkQueue
from seriatim.local import environment, resources
from seriatim.local.emulator import (
    ScheduleFiring,
    ShortLeases,
    SqsSource,
    is_moto,
    one_write_at_a_time,
)
from seriatim.local.parts import Frame, GivenUp, Parts, ServiceError
from seriatim.local.triggers import stored_triggers
from seriatim.topology import DEAD_LETTER


def start_on_emulator(frame: Frame, endpoint: str) -> Parts:
    """Create what is missing there.

    Raises:
        ServiceError: the emulator cannot be used.
    """
    if not endpoint.startswith(("http://", "https://")):
        raise ServiceError(
            f"AWS_ENDPOINT_URL must be an address such as http://127.0.0.1:5000; it is"
            f" {endpoint!r}."
        )
    frame.stack.enter_context(environment.changed(environment.for_endpoint()))
    region = botocore.session.get_session().get_config_variable("region")
    clients = Clients(region, endpoint_url=endpoint)
    queues = _create(clients, endpoint)
    settings = frame.settings(queues)
    payloads = S3Payloads(clients.s3, settings.payload_bucket)
    start_queue = SqsWorkQueue(clients.sqs, settings.starts_queue_url, payloads)
    log = frame.start_log(clients, settings, payloads)
    known = stored_triggers(clients.dynamodb, settings.records_table, payloads)
    triggers = frame.start_triggers(start_queue.send, known)
    wiring = Wiring(
        settings,
        clients=clients,
        clock=frame.clock,
        log=log,
        payloads=payloads,
        queue=ShortLeases(SqsWorkQueue(clients.sqs, settings.work_queue_url, payloads)),
        start_queue=ShortLeases(start_queue),
        trigger_rules=triggers,
    )
    firing = ScheduleFiring(clients, frame.clock, settings.schedule_group)
    firing.start()
    frame.stack.callback(firing.stop)

    def source(url: str) -> SqsSource:
        return SqsSource(clients.sqs, url, frame.activity)

    fed = [queues[each.queue] for each in DEAD_LETTER.event_sources]
    return Parts(
        wiring,
        source(settings.work_queue_url),
        source(settings.starts_queue_url),
        tuple(GivenUp(source(url), arn) for url, arn in fed),
        triggers,
    )


def _create(clients: Clients, endpoint: str) -> dict[str, resources.QueueNames]:
    """Create what the topology names and is not there yet; returns the queues."""
    try:
        if is_moto(endpoint):
            one_write_at_a_time(clients)
        resources.create_storage(clients, has_streams=True)
        return resources.create_movement(clients)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise ServiceError(
            f"The emulator at {endpoint} (AWS_ENDPOINT_URL) cannot be used: {error}"
        ) from error
