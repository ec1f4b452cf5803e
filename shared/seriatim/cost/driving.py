"""Runs a sequence once on this machine, with every call counted: its tasks replaced by their inputs
where their code is not here, its time skipped, its signals and callbacks given when all waits.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from seriatim.application.attempting import SendSignal
from seriatim.application.errors import Refused
from seriatim.authoring.files import LoadedFile
from seriatim.client.http import HttpClient
from seriatim.cost.counting import Meter, MeteredQueue, MeteredTimers, Usage
from seriatim.cost.transitions import count
from seriatim.domain.definition.kinds import Integration
from seriatim.domain.definition.task_definition import TaskDefinition, canonical_task_definition
from seriatim.domain.state import NodeRun, State
from seriatim.domain.validation.references import named_ids
from seriatim.domain.values import TERMINAL, ExecutionKey
from seriatim.local.event_source import Handler
from seriatim.local.publishing import PROJECT, LoadError, publish
from seriatim.local.service import LocalService, imported
from seriatim.ports.tasks import Completed, Failed, TaskOutcome
from seriatim.tasks.modules import TaskFunctions
from seriatim.topology import API, TOPOLOGY

RUN_SECONDS_MAX: Final = 120
EXECUTIONS_MAX: Final = 200
"""Of one run, children included."""
ECHO: Final = {"integration": "python", "python": {"function": "builtin.echo"}}
POLLED_MAX: Final = 10
OUTSIDE: Final = "cost-outside"
"""The activity that stands for whoever completes a task by its token."""

Document = dict[str, Any]


class CostError(Exception):
    """The sequence cannot be measured; the message says why, and what to do."""


@dataclass(kw_only=True)
class Measured:
    """One execution, with those that it started."""

    usage: Usage
    status: str
    failure: str = ""
    executions: int = 1
    transitions: int = 0
    """As Step Functions would count them."""
    attempts: dict[str, int] = field(default_factory=dict)
    """Of tasks, by integration."""
    assumptions: list[str] = field(default_factory=list)


def measure(
    loaded: LoadedFile,
    chosen: Mapping[str, Any],
    variables: Mapping[str, Any],
    tasks: Sequence[str] = (),
) -> Measured:
    """Run ``chosen``, a sequence of the file, once.

    Raises:
        CostError: it cannot be started, or waits for something that nobody gives.
        TaskModuleError, ServiceError: as ``LocalService``.
    """
    return _Measurement(loaded, chosen, tasks).run(variables)


class _Measurement:
    def __init__(self, loaded: LoadedFile, chosen: Mapping[str, Any], tasks: Sequence[str]) -> None:
        assert loaded.bundle is not None
        self._loaded = loaded
        self._definitions = loaded.bundle.task_definitions
        self._at = next(i for i, one in enumerate(loaded.documents["sequences"]) if one is chosen)
        self._known = frozenset(TaskFunctions(tasks).names)
        self._meter = Meter()
        self._assumptions: dict[str, None] = {}
        self._activities = _activities_of(self._definitions)
        self._is_over = threading.Event()
        self._stuck = ""
        self._key: ExecutionKey | None = None
        self._service = LocalService(
            tasks=tasks,
            skip_time=True,
            prepare=self._prepare,
            handlers=self._metered,
            hold_time=self._move,
        )

    def run(self, variables: Mapping[str, Any]) -> Measured:
        with self._service as service:
            sequence_id = self._publish()
            service.wait_idle()
            self._client = HttpClient(service.url, PROJECT)
            self._meter.switch(on=True)
            try:
                started = self._client.start(sequence_id, variables=variables)
            except Exception as error:
                raise CostError(f"The execution cannot be started: {error}") from error
            self._key = ExecutionKey(PROJECT, started["id"])
            service.ask_again()
            if not self._is_over.wait(RUN_SECONDS_MAX):
                raise CostError(f"The execution does not end within {RUN_SECONDS_MAX} seconds.")
            if self._stuck:
                raise CostError(self._stuck)
            return self._measured(self._key)

    # -- before

    def _prepare(self, wiring: Any) -> None:
        self._meter.watch(wiring.clients)
        parts = vars(wiring)
        parts["send_signal"] = partial(self._sent, wiring.send_signal)
        parts["queue"] = MeteredQueue(wiring.queue, self._meter)
        parts["timers"] = MeteredTimers(wiring.timers, self._meter)

    def _metered(self, handler: str) -> Handler:
        (name,) = (function.name for function in TOPOLOGY.functions if function.handler == handler)
        called = imported(handler)

        def metered(event: Any, context: Any) -> Any:
            self._meter.invoked(name)
            if name == API.name:
                self._meter.requested(len(event.get("body") or ""))
            elif "Records" in event and _is_from_queue(event):
                # Lambda's poller receives the batch, and deletes what was done.
                self._meter.messaged("ReceiveMessage", len(str(event)))
                self._meter.messaged("DeleteMessageBatch", 0)
            return called(event, context)

        return metered

    def _publish(self) -> str:
        definitions = self._service.wiring.definitions
        named = {
            name
            for one in self._loaded.documents["sequences"]
            for name in named_ids(one).task_definitions
        }
        try:
            for name in sorted(named - {one.id for one in self._definitions}):
                definitions.put_task_definition(PROJECT, name, self._undefined(name))
            published = publish(self._service.wiring, [self._loaded])
            for definition in self._definitions:
                document = self._stand_in(definition)
                if document is not None:
                    definitions.put_task_definition(PROJECT, definition.id, document)
        except (LoadError, Refused) as error:
            raise CostError(str(error)) from error
        return published.sequences[self._at].id

    def _undefined(self, name: str) -> Document:
        """A task that the file only names: the function of that name, if its code is here."""
        if name in self._known:
            return {"name": name, "integration": "python", "python": {"function": name}}
        self._assume(f"task {name} answers with its inputs")
        return {"name": name, **ECHO}

    def _stand_in(self, definition: TaskDefinition) -> Document | None:
        """What runs here in place of a task that can not; None where its code is here."""
        integration = definition.integration
        own = definition.object_of(integration) or {}
        if integration is Integration.PYTHON and own.get("function") in self._known:
            return None
        if integration is Integration.ACTIVITY:
            return None
        document = canonical_task_definition(definition)
        is_called_back = (
            own.get("callback")
            or own.get("invocation") == "async"
            or integration is Integration.SQS
        )
        kept = ("name", "timeoutSeconds", "heartbeatSeconds", "retryPolicy")
        left = {name: document[name] for name in kept if document.get(name) is not None}
        if is_called_back:
            self._assume(f"task {definition.id} is completed once, by its token")
            self._activities.add(OUTSIDE)
            return left | {"integration": "activity", "activity": {"name": OUTSIDE}}
        self._assume(f"task {definition.id} answers with its inputs")
        return left | ECHO

    # -- meanwhile

    def _move(self) -> bool:
        """Called when only time can move anything: give what an execution waits for, if that is
        somebody's to give. Whether time is to stay: it may move neither before it is known what
        was started, nor when that is over.
        """
        if self._key is None or self._is_over.is_set():
            return True
        self._meter.switch(on=False)
        open_executions = self._open_executions(self._key)
        if not open_executions:
            self._is_over.set()
            return True
        self._meter.switch(on=True)
        given = [self._give(execution) for execution in open_executions]
        if any(given):
            return True
        if any(map(_has_task_outside, open_executions)) and self._poll():
            return True
        if self._service.is_idle():
            self._stuck = _nothing_moves(open_executions)
            self._is_over.set()
        return False

    def _open_executions(self, key: ExecutionKey) -> list[Document]:
        root = self._client.execution(key.execution_id)
        if root["status"] in _ENDED:
            return []
        found, queue = [root], [root]
        while queue:
            for node in queue.pop()["nodeExecutions"].values():
                for child_id in (node.get("waitingFor") or {}).get("executionIds", ()):
                    child = self._client.execution(child_id)
                    found.append(child)
                    queue.append(child)
        return found

    def _give(self, execution: Document) -> bool:
        given = [
            self._give_to(execution["id"], node)
            for node in execution["nodeExecutions"].values()
            if node["status"] not in _ENDED
        ]
        return any(given)

    def _give_to(self, execution_id: str, node: Document) -> bool:
        wait = node.get("waitingFor") or {}
        name = node["nodeId"]
        if wait.get("signalName"):
            self._assume(f"node {name} gets the signal {wait['signalName']}")
            self._client.signal(execution_id, wait["signalName"])
            return True
        if "taskToken" in node:
            self._assume(f"node {name} is completed once, by its token")
            self._client.task_succeeded(node["taskToken"], node["inputs"])
            return True
        return False

    def _poll(self) -> bool:
        """Be the outside worker of every activity that has something to do."""
        tasks = [
            task
            for name in sorted(self._activities)
            for task in self._client.poll(name, worker_id="cost", tasks_max=POLLED_MAX)
        ]
        for task in tasks:
            self._assume(f"node {task['nodeId']} is done by an outside worker")
            self._client.task_succeeded(task["taskToken"], task["inputs"])
        return bool(tasks)

    def _sent(self, send: SendSignal, state: State, run: NodeRun) -> TaskOutcome:
        """What is not here takes in its signals all the same."""
        outcome = send(state, run)
        if not isinstance(outcome, Failed):
            return outcome
        name = run.inputs["signalName"]
        self._assume(f"the signal {name} of node {run.node_id} is taken in, by what is not counted")
        return Completed()

    def _assume(self, what: str) -> None:
        self._assumptions[what] = None

    # -- after

    def _measured(self, key: ExecutionKey) -> Measured:
        execution = self._client.execution(key.execution_id)
        measured = Measured(
            usage=self._meter.usage,
            status=execution["status"],
            assumptions=list(self._assumptions),
        )
        if execution["errors"]:
            error = execution["errors"][0]
            where = f"{error['nodeId']}: " if error.get("nodeId") else ""
            measured.failure = f"{where}{error['code']}: {error['message']}"
        integrations = {one.id: one.integration.value for one in self._definitions}
        wiring = self._service.wiring
        page = self._client.executions(limit=EXECUTIONS_MAX)
        measured.executions = len(page["items"])
        for listed in page["items"]:
            child = ExecutionKey(PROJECT, listed["id"])
            plan = wiring.plans.of(wiring.executions.load(child))
            counted = count(wiring.log.read(child), plan)
            measured.transitions += counted.transitions
            for task_id, attempts in counted.attempts.items():
                kind = integrations.get(task_id, "python")
                measured.attempts[kind] = measured.attempts.get(kind, 0) + attempts
        return measured


def _has_task_outside(execution: Document) -> bool:
    waits = [node.get("waitingFor") or {} for node in execution["nodeExecutions"].values()]
    return any(wait.get("kind") == "task" for wait in waits)


def _activities_of(definitions: Sequence[TaskDefinition]) -> set[str]:
    """The lists that an outside worker of these definitions polls."""
    own = (one.object_of(Integration.ACTIVITY) or {} for one in definitions)
    return {str(each["name"]) for each in own if "name" in each}


_ENDED: Final = frozenset(status.value for status in TERMINAL)


def _is_from_queue(event: Mapping[str, Any]) -> bool:
    return all("receiptHandle" in record for record in event["Records"])


def _nothing_moves(executions: Sequence[Document]) -> str:
    waits = [
        f"node {node['nodeId']} waits for {(node.get('waitingFor') or {}).get('kind', 'a task')}"
        for execution in executions
        for node in execution["nodeExecutions"].values()
        if node["status"] not in _ENDED
    ]
    return (
        f"The execution does not end by itself: {', '.join(waits)}. Give it what it waits for by "
        "--input, or take that node out of the file."
    )
