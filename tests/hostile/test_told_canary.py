"""What the functions tell CloudWatch of their work, metrics and log lines of every level, holds no
secret and no payload; and no secret is in an event of the bus, an answer or what the command line
shows.

Goal: invariant S16 for all that operators read. How: markers in every secret that a call or a task
can carry, and in every payload; all functions handle their events as Lambda hands them over, good
ones and bad ones; then every metric with its dimensions and properties, and every log record with
its extras and traces, is searched.
"""

import logging
from collections.abc import Iterator

import pytest

from functions import metrics
from functions.api.handler import handler as api
from functions.dead_letter.handler import handler as dead_letter
from functions.notifier.handler import handler as notifier
from functions.reconciler.handler import handler as reconciler
from functions.starter.handler import handler as starter
from functions.worker.handler import handler as worker
from seriatim.domain.values import Error
from seriatim.ports.tasks import Failed, TaskOutcome, TaskRequest
from seriatim.tasks.http import HttpTasks
from seriatim.tasks.places import filled
from tests.hostile.test_secrets_canary import CANARY, DAY_MS, Kept, definition, echo, recorded
from tests.unit.api.caller import JsonObject, Service
from tests.unit.api.test_executions import linear
from tests.unit.cli.command import CommandLine
from tests.unit.functions.test_notifier import records as stream_records
from tests.unit.functions.test_reconciler import Context
from tests.unit.functions.test_starter import record
from tests.unit.local.test_gateway import serving as serving_gateway
from tests.unit.tasks.http_servers import loopback, serving
from tests.world import SETTINGS

PAYLOAD = "payload-77ab"
"""In each value that is a caller's own."""
BEARER = "bearer-3f09"
"""In what a caller proves himself with."""
QUERY = "query-51cd"
"""In the query of a task's URL, where other services want their keys."""
KINDS = ("good", "again", "wrong", "broken", "elsewhere")
CALLER = {"authorization": f"Bearer {BEARER}", "x-amz-security-token": BEARER, "cookie": BEARER}
IDENTITY = {"jwt": {"claims": {"seriatim:projects": "p", "sub": f"user-{PAYLOAD}"}, "raw": BEARER}}


class Told:
    """All that operators read, of one service whose functions are called as Lambda calls them."""

    def __init__(self, service: Service, lines: list[str], log: pytest.LogCaptureFixture) -> None:
        self.service = service
        self.lines = lines
        self._log = log

    def deliver(self) -> None:
        """Have the worker handle what there is, and time pass, until nothing moves any more."""
        world = self.service.world
        for _ in range(500):
            messages = list(world.queue.receive(5, hidden_seconds=3_600))
            if messages:
                events = [record(one.body.decode(), one.message_id) for one in messages]
                for event, message in zip(events, messages, strict=True):
                    event["receiptHandle"] = message.receipt
                failed = worker({"Records": events}, Context())["batchItemFailures"]
                for message in messages:
                    if {"itemIdentifier": message.message_id} not in failed:
                        world.queue.delete(message.receipt)
                continue
            hours = [at for at, _ in world.timers.armed()]
            visible = world.queue.next_visible_at()
            hours += [] if visible is None else [visible]
            if not hours:
                return
            world.clock.advance(max(0, min(hours) - world.clock.now()))
            for work in world.timers.ring(world.clock.now()):
                world.queue.send([work])
        raise AssertionError("it goes on for ever")

    def notify(self) -> None:
        """Have the notifier hear of every step, of one that cannot be read, and of trouble."""
        world = self.service.world
        for key in list(world.log.keys()):
            notifier({"Records": stream_records(world, key)}, None)
        [first, *_] = stream_records(world, next(iter(world.log.keys())))
        world.event_bus.fail_next = 1
        notifier({"Records": [first]}, None)
        first["dynamodb"]["NewImage"]["body"] = {"S": f'{{"{PAYLOAD}'}
        notifier({"Records": [first]}, None)

    def everything(self) -> str:
        """Metrics and logs."""
        extras = [repr(one.__dict__) for one in self._log.records]
        return "\n".join([*self.lines, self._log.text, *extras])


@pytest.fixture
def seriatim(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


@pytest.fixture
def told(service: Service, caplog: pytest.LogCaptureFixture) -> Iterator[Told]:
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []
    metrics.use(lines.append)
    yield Told(service, lines, caplog)
    metrics.use(None)


def with_payloads(url: str, kind: str) -> JsonObject:
    made = definition(f"{url}?key={QUERY}") if kind != "broken" else definition(url)
    made["http"]["headers"] = {"x-own": PAYLOAD}
    if "body" in made["http"]:
        made["http"]["body"] = "${inputs}"
    return made


def play(told: Told, url: str) -> list[str]:
    """Run tasks of all kinds, in all ways that there are to fail; the ids of the executions."""
    service = told.service
    http = HttpTasks(
        service.world.clock, is_loopback_allowed=True, resolve=loopback, secrets=Kept()
    )

    def run(request: TaskRequest) -> TaskOutcome:
        return http.run(request, filled(request.definition["http"], {"inputs": request.inputs}))

    started = []
    for kind in KINDS:
        service.world.tasks.scripts[kind] = run
        made = with_payloads(f"{url}/{kind}", kind)
        assert service.put(f"/projects/p/task-definitions/{kind}", made).status == 200
        node = {"id": kind, "type": "task", "taskDefinitionId": kind, "parameters": {"a": PAYLOAD}}
        sequence_id = service.activate(
            linear(node, retentionDays=1, variables=[{"name": "v"}], metadata={"m": PAYLOAD})
        )
        body = {"variables": {"v": PAYLOAD}, "metadata": {"m": PAYLOAD}}
        started.append(service.start(sequence_id, body))
    error = Error("Declined", f"no {PAYLOAD}", {"why": PAYLOAD})
    service.world.tasks.scripts["work"] = lambda _: Failed(error)
    started.append(service.start(service.activate()))
    told.deliver()
    return started


def call_badly(service: Service, execution_id: str) -> list[str]:
    """Calls that are refused or fail, with what a caller proves himself with; their answers."""
    path = f"/projects/p/executions/{execution_id}"
    answers = [
        service.call(method, where, body, headers=CALLER, authorizer=identity).text
        for identity in (IDENTITY, None, {"jwt": {"claims": {}, "raw": BEARER}})
        for method, where, body in (
            ("GET", path, None),
            ("GET", "/projects/p/nowhere", None),
            ("POST", f"{path}/signals/go", {"payload": PAYLOAD, "more": 1}),
            ("POST", f"{path}/cancel", "{"),
            ("PUT", "/projects/p/variables/rate", {"value": PAYLOAD, "version": 9}),
            ("POST", "/task-tokens/success", {"taskToken": BEARER, "output": PAYLOAD}),
        )
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.world.sequences, "list", None)
        answers.append(service.call("GET", "/projects/p/sequences", headers=CALLER).text)
    return answers


def handle_badly(service: Service) -> None:
    """Messages that no function can handle."""
    dlq = {"eventSourceARN": SETTINGS.timer_dlq_arn}
    for body in (PAYLOAD, f'{{"x": "{PAYLOAD}', f'{{"variables": "{PAYLOAD}"}}'):
        worker({"Records": [record(body)]}, Context())
        sent = record(body) | dlq
        sent["attributes"] |= {"SentTimestamp": "0"}
        dead_letter({"Records": [sent]}, Context())
        starter({"Records": [record(body)]}, None)
    number = linear(variables=[{"name": "n", "type": "integer"}])
    start = {"projectId": "p", "sequenceId": service.activate(number)}
    for wrong in (
        {"variables": {"n": PAYLOAD}},
        {"variables": {PAYLOAD: 1}},
        {"variables": PAYLOAD},
        {"sequenceId": f"{PAYLOAD}/"},
        {"name": f"{PAYLOAD}\n"},
    ):
        starter({"Records": [record(start | wrong)]}, None)


def test_no_function_tells_a_secret_or_a_payload(told: Told) -> None:
    service = told.service
    with serving(echo) as server:
        started = play(told, server.url())
        assert all(CANARY in one.headers["authorization"] for one in server.seen)
        assert any(QUERY in one.target for one in server.seen)
    told.notify()
    answers = call_badly(service, started[0])
    handle_badly(service)
    service.world.clock.advance(DAY_MS)
    outcome = repr(reconciler({}, Context()))
    told.deliver()
    said = told.everything()
    for name in ("ExecutionsFailed", "QueueAge", "ReconcilerLooks", "DeadLettersKept"):
        assert name in said
    assert "cannot be published" in said
    assert "is refused" in said
    assert '"code":"InternalError"' in "".join(answers)
    for marker in (CANARY, BEARER, QUERY, PAYLOAD):
        assert marker not in said + outcome, [line for line in said.splitlines() if marker in line]
    events = repr(service.world.event_bus.events)
    assert PAYLOAD in events, "metadata is told on the bus, as is documented"
    for marker in (CANARY, BEARER, QUERY):
        assert marker not in events + "".join(answers)


def test_the_command_line_shows_no_secret(told: Told, seriatim: CommandLine) -> None:
    given = recorded(told.service)
    with serving(echo) as server:
        started = play(told, server.url())
    shown = []
    with serving_gateway(api) as gateway:
        for command, *arguments in (
            *((name, one) for one in started for name in ("get", "history", "waiting")),
            ("list",),
            *(("redrive", one) for one in started),
        ):
            for form in ((), ("--json",)) if command in {"get", "list"} else ((),):
                ran = seriatim(
                    command, *arguments, "--project", "p", "--endpoint", gateway.url, *form
                )
                shown.append(ran.out + ran.err)
    text = "".join(shown)
    assert "[credential]" in text
    assert CANARY not in text + repr(given)
    assert QUERY not in text, [line for line in text.splitlines() if QUERY in line]
