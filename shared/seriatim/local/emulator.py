"""The other end of AWS where ``AWS_ENDPOINT_URL`` names an emulator: what Lambda and Scheduler
would do there, done here.

State outlives this process: messages in flight come back when their visibility timeout is over, and
schedules are found again by listing them.
"""

import heapq
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session

from seriatim.adapters.clients import READ_TIMEOUT_SECONDS, Clients
from seriatim.adapters.errors import code_of
from seriatim.local.activity import Activity
from seriatim.local.clock import WaitableClock
from seriatim.local.queue import DELIVERY_MESSAGES_MAX, Delivery, Received
from seriatim.local.resources import RECEIVE_VISIBILITY_SECONDS
from seriatim.ports.queue import OutgoingWork, WorkQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

POLL_SECONDS = 1
"""Of one long poll; less than the client waits for an answer."""
PAUSE_SECONDS = 1
"""After a call that failed."""
LIST_SECONDS = 15
"""Between looks at the schedules; every timer is armed at least a minute ahead."""

log = logging.getLogger("seriatim.local")


class ShortLeases:
    """A work queue whose leases are short: a process that was killed is soon started again."""

    def __init__(self, queue: WorkQueue) -> None:
        self._queue = queue

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """As the queue does."""
        self._queue.send(work)

    def extend(self, receipt: str, seconds: int) -> None:
        """Keep a received message hidden for that long, up to the local bound."""
        self._queue.extend(receipt, min(seconds, RECEIVE_VISIBILITY_SECONDS))


class SqsSource:
    """The receiving end of an SQS queue; fulfils ``event_source.Source``.

    One waiting invoker polls for all of them and shares what it gets.
    """

    def __init__(self, client: "SQSClient", url: str, activity: Activity) -> None:
        self._client = client
        self._url = url
        self._activity = activity
        self._changed = threading.Condition()
        self._received: deque[Received] = deque()
        self._waiting = 0
        self._is_polling = False
        self._is_closed = threading.Event()
        self._share = 1
        """Messages to ask for per waiting invoker; grows while more is there than was asked for."""
        self._is_failing = False

    def receive(self, invokers: int) -> Delivery | None:  # noqa: ARG002 - its peers that wait count
        """Wait for messages, a fair share of what there is; ``None`` once it is closed."""
        while True:
            with self._changed:
                while not (self._is_closed.is_set() or self._received) and self._is_polling:
                    self._waiting += 1
                    self._changed.wait()
                    self._waiting -= 1
                if self._is_closed.is_set():
                    return None
                if self._received:
                    return self._take()
                self._is_polling = True
                wanted = min(DELIVERY_MESSAGES_MAX, self._share * (self._waiting + 1))
            self._poll(wanted)

    def settle(self, delivery: Delivery, failed: Collection[str]) -> None:
        """Delete the messages but the ``failed`` ones. One that is not deleted comes again."""
        done = [message for message in delivery.messages if message.message_id not in failed]
        try:
            if done:
                self._client.delete_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(index), "ReceiptHandle": message.receipt}
                        for index, message in enumerate(done)
                    ],
                )
        except (BotoCoreError, ClientError) as error:
            log.warning("SQS did not delete %s messages: %s", len(done), error)
        self._activity.end(delivery.run)

    def close(self) -> None:
        """Send every receiver home."""
        self._is_closed.set()
        with self._changed:
            self._changed.notify_all()

    def is_idle(self) -> bool:
        """No message can be received now or is being delayed, and nothing runs."""
        with self._changed:
            if self._received or self._activity.awake or self._activity.asleep:
                return False
        attributes = self._client.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return not any(int(number) for number in attributes.values())

    def _take(self) -> Delivery:
        share = max(1, len(self._received) // (self._waiting + 1))
        messages = tuple(self._received.popleft() for _ in range(share))
        return Delivery(messages, self._activity.begin())

    def _poll(self, wanted: int) -> None:
        messages: list[Received] = []
        try:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=wanted,
                WaitTimeSeconds=POLL_SECONDS,
                MessageSystemAttributeNames=["All"],
            )
            messages = [
                Received(m["MessageId"], m["ReceiptHandle"], m["Body"], dict(m["Attributes"]))  # type: ignore[arg-type]
                for m in answer.get("Messages", [])
            ]
            self._is_failing = False
        except (BotoCoreError, ClientError) as error:
            if not self._is_failing:
                log.warning("SQS cannot be reached, trying on: %s", error)
            self._is_failing = True
            self._is_closed.wait(PAUSE_SECONDS)
        finally:
            with self._changed:
                self._is_polling = False
                self._received.extend(messages)
                has_more = len(messages) == wanted
                self._share = min(DELIVERY_MESSAGES_MAX, self._share * 2) if has_more else 1
                self._changed.notify_all()


def is_moto(endpoint: str) -> bool:
    """Whether the emulator is moto's server, by a page that only it has."""
    try:
        with urlopen(f"{endpoint.rstrip('/')}/moto-api/", timeout=PAUSE_SECONDS) as page:  # noqa: S310 - the user's endpoint
            return b"Moto" in page.read()
    except (OSError, ValueError):
        return False


def one_write_at_a_time(clients: Clients) -> None:
    """Have this process ask DynamoDB one thing after the other.

    moto's server works on requests side by side, and then loses conditional writes.
    """
    lock = threading.Lock()
    # As botocore's own sessions: else a request waits 40 ms for the answer to its first half.
    at_once: Any = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    session = URLLib3Session(timeout=READ_TIMEOUT_SECONDS["dynamodb"], socket_options=at_once)

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        with lock:
            answer: AWSResponse = session.send(request)
            return answer

    clients.dynamodb.meta.events.register("before-send.dynamodb", send)  # type: ignore[arg-type]


class ScheduleFiring:
    """Fires the due schedules of a group: moto's server keeps them but never rings.

    Where the emulator rings itself, the schedule is gone by then, or rings twice: no harm.
    """

    def __init__(self, clients: Clients, clock: WaitableClock, group: str) -> None:
        self._clients = clients
        self._clock = clock
        self._group = group
        self._known: set[str] = set()
        self._due: list[tuple[int, str, str, str]] = []
        """Instant, schedule name, queue ARN, message."""
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule-firing", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._is_stopping.set()
        self._thread.join(POLL_SECONDS)

    def _run(self) -> None:
        is_failing = False
        look_at = time.monotonic()
        while not self._is_stopping.is_set():
            try:
                if time.monotonic() >= look_at:
                    self.look()
                    look_at = time.monotonic() + LIST_SECONDS
                self.fire()
                is_failing = False
            except (BotoCoreError, ClientError) as error:
                if not is_failing:
                    log.warning("schedules cannot be read or fired, trying on: %s", error)
                is_failing = True
            self._is_stopping.wait(PAUSE_SECONDS)

    def look(self) -> None:
        """Find the schedules that are new."""
        pages = self._clients.scheduler.get_paginator("list_schedules")
        names = {
            schedule["Name"]
            for page in pages.paginate(GroupName=self._group)
            for schedule in page["Schedules"]
        }
        for name in names - self._known:
            self._read(name)
        self._known = names

    def fire(self) -> None:
        """Send the messages of the schedules that are due, and delete those."""
        while self._due and self._due[0][0] <= self._clock.now():
            _, name, queue_arn, message = self._due[0]
            if self._still_there(name):
                queue = queue_arn.rpartition(":")[2]
                url = self._clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
                self._clients.sqs.send_message(QueueUrl=url, MessageBody=message)
                self._forget(name)
            heapq.heappop(self._due)

    def _read(self, name: str) -> None:
        try:
            schedule = self._clients.scheduler.get_schedule(Name=name, GroupName=self._group)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return
            raise
        expression = schedule["ScheduleExpression"] + "+0000"
        at = datetime.strptime(expression, "at(%Y-%m-%dT%H:%M:%S)%z")
        due = int(at.timestamp() * 1000)
        target = schedule["Target"]
        heapq.heappush(self._due, (due, name, target["Arn"], target.get("Input", "")))

    def _still_there(self, name: str) -> bool:
        try:
            self._clients.scheduler.get_schedule(Name=name, GroupName=self._group)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return False
            raise
        return True

    def _forget(self, name: str) -> None:
        try:
            self._clients.scheduler.delete_schedule(Name=name, GroupName=self._group)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
