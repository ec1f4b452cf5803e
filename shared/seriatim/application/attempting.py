"""One attempt of a task: what it is given, and the message that tells what came of it."""

from collections.abc import Callable
from typing import TypeAlias, assert_never

from seriatim.application.plans import Plans
from seriatim.application.running import OnCancel, Running
from seriatim.domain import messages as m
from seriatim.domain.decider.names import Names
from seriatim.domain.state import NodeRun, State
from seriatim.ports.clock import Clock
from seriatim.ports.task_tokens import TaskTokens, TokenClaims
from seriatim.ports.tasks import (
    Completed,
    Failed,
    HandedOut,
    TaskOutcome,
    TaskRequest,
    TaskRunner,
)

SendSignal: TypeAlias = Callable[[State, NodeRun], TaskOutcome]
"""``SignalSending.send``: few need it, so it is not made for all."""


class Attempts:
    """Runs attempts in this process. Safe to use from several threads."""

    def __init__(
        self,
        running: Running,
        plans: Plans,
        tasks: TaskRunner,
        send_signal: SendSignal,
        tokens: TaskTokens,
        clock: Clock,
    ) -> None:
        self._send_signal = send_signal
        self._running = running
        self._plans = plans
        self._tasks = tasks
        self._tokens = tokens
        self._clock = clock

    def run(self, state: State, run: NodeRun) -> m.TaskSuccess | m.TaskFailure | None:
        """Run a node run's attempt; ``None`` where somebody outside has it now. Raises
        ``Unavailable`` where it is to be delivered again.
        """
        if run.worker_id is not None:
            return None
        if self._plans.of(state).node(run.node_id).type == "signal":
            outcome = self._send_signal(state, run)
        else:
            with self._running.attempt(state.key, run.number, run.attempts) as on_cancel:
                outcome = self._tasks.run(self._request(state, run, on_cancel))
        match outcome:
            case Completed():
                return m.TaskSuccess(number=run.number, attempt=run.attempts, result=outcome.result)
            case Failed():
                return m.TaskFailure(number=run.number, attempt=run.attempts, error=outcome.error)
            case HandedOut():
                return None
            case _:
                assert_never(outcome)

    def _request(self, state: State, run: NodeRun, on_cancel: OnCancel) -> TaskRequest:
        plan = self._plans.of(state)
        node = plan.node(run.node_id)
        assert node.task is not None, "a task without a definition has failed already"
        deadline = run.deadline
        if deadline is None and node.timeout_ms is not None and not run.handed_out:
            deadline = self._clock.now() + node.timeout_ms
        claims = TokenClaims(state.key, run.number, run.attempts)
        return TaskRequest(
            key=state.key,
            sequence_id=state.sequence_id,
            node_id=run.node_id,
            number=run.number,
            run=run.run,
            attempt=run.attempts,
            definition=dict(node.task),
            inputs=run.inputs,
            idempotency_key=f"{state.execution_id}/{run.number}",
            task_token=self._tokens.issue(claims),
            deadline=deadline,
            queue_by=run.queue_by,
            priority=state.priority,
            index=run.index,
            target=run.target,
            names=Names(plan, state, run.scope, {"inputs": run.inputs}),
            on_cancel=on_cancel,
        )
