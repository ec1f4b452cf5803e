"""Polling an activity list: outside workers take attempts that wait there."""

from collections.abc import Sequence
from typing import Any

from seriatim.application.executions import Executions
from seriatim.application.plans import Plans
from seriatim.domain.values import ExecutionKey
from seriatim.ports.activities import Activities, ActivityClaim
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Unavailable
from seriatim.ports.task_tokens import TaskTokens, TokenClaims

POLL_INTERVAL_MS = 250
"""How often a waiting poll looks again."""

CLAIM_LEASE_MS = 30_000
"""How long a claimed attempt stays off the list while its pick-up is being recorded."""


class Polling:
    """The use case of outside workers."""

    def __init__(
        self,
        executions: Executions,
        plans: Plans,
        activities: Activities,
        tokens: TaskTokens,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._plans = plans
        self._activities = activities
        self._tokens = tokens
        self._clock = clock

    def poll(
        self, project_id: str, name: str, worker_id: str, wait_seconds: float, tasks_max: int
    ) -> list[dict[str, Any]]:
        """Up to ``tasks_max`` attempts, as soon as there is one, or none after ``wait_seconds``.

        Each answer is ``{taskToken, executionId, nodeId, attempt, inputs, idempotencyKey,
        deadline}``. An attempt that is over is taken off the list and not given out.
        """
        self._activities.record_poll(project_id, name, worker_id, self._clock.now())
        until = self._clock.now() + round(wait_seconds * 1000)
        while True:
            claims = self._activities.claim(
                project_id, name, tasks_max, self._clock.now(), CLAIM_LEASE_MS
            )
            tasks = self._taken(claims, worker_id)
            left = until - self._clock.now()
            if tasks or left <= 0:
                return tasks
            self._clock.sleep(min(POLL_INTERVAL_MS, left))

    def _taken(self, claims: Sequence[ActivityClaim], worker_id: str) -> list[dict[str, Any]]:
        """What is fit to be given out. The worker gets what has begun for it, though the next
        cannot begin now: that one is offered again when its lease is over.
        """
        tasks: list[dict[str, Any]] = []
        for claim in claims:
            try:
                task = self._take(claim, worker_id)
            except Unavailable:
                if not tasks:
                    raise
                break
            if task is not None:
                tasks.append(task)
        return tasks

    def _take(self, claim: ActivityClaim, worker_id: str) -> dict[str, Any] | None:
        task = claim.task
        key = ExecutionKey(task.project_id, task.execution_id)
        claims = TokenClaims(key, task.number, task.attempt)
        state = self._executions.pick_up(claims, worker_id)
        self._activities.settle(claim)
        run = state.active.get(task.number) if state is not None else None
        if state is None or run is None:
            return None
        return {
            "taskToken": self._tokens.issue(claims),
            "executionId": task.execution_id,
            "nodeId": task.node_id,
            "attempt": task.attempt,
            "inputs": run.inputs,
            "idempotencyKey": f"{task.execution_id}/{task.number}",
            "deadline": run.deadline,
        }
