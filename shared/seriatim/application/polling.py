"""Polling an activity list: outside workers take attempts that wait there."""

from typing import Any

from seriatim.application.errors import WrongState
from seriatim.application.executions import Executions
from seriatim.domain.values import ExecutionKey
from seriatim.ports.activities import Activities, ActivityClaim
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Unavailable
from seriatim.ports.task_tokens import TaskTokens, TokenClaims

POLL_INTERVAL_MS = 250
"""How often a waiting poll looks again."""

CLAIM_LEASE_MS = 30_000
"""How long a claimed attempt stays off the list while its pick-up is being recorded."""

SEARCH_MS = 5_000
"""How long a poll that would not wait goes on past attempts that are over."""

ANSWER_MS = 1_000
"""How long the first attempt that was taken waits for others: its time counts already."""


class Polling:
    """The use case of outside workers."""

    def __init__(
        self,
        executions: Executions,
        activities: Activities,
        tokens: TaskTokens,
        clock: Clock,
    ) -> None:
        self._executions = executions
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
        began = self._clock.now()
        self._activities.record_poll(project_id, name, worker_id, began)
        until = began + round(wait_seconds * 1000)
        search_until = max(until, began + SEARCH_MS)
        while True:
            tasks = self._taken(project_id, name, worker_id, tasks_max, search_until)
            left = until - self._clock.now()
            if tasks or left <= 0:
                return tasks
            self._clock.sleep(min(POLL_INTERVAL_MS, left))

    def _taken(
        self, project_id: str, name: str, worker_id: str, tasks_max: int, until: int
    ) -> list[dict[str, Any]]:
        """What is fit to be given out, sought until ``until``. The worker gets what has begun for
        it, though the next cannot begin now, or would be long in coming: that one is free for
        whoever asks, or when its lease is over.
        """
        tasks: list[dict[str, Any]] = []
        claims = self._activities.claim(project_id, name, self._clock.now(), CLAIM_LEASE_MS)
        try:
            for claim in claims:
                task = self._take(claim, worker_id)
                if task is not None:
                    tasks.append(task)
                if len(tasks) == 1:
                    until = min(until, self._clock.now() + ANSWER_MS)
                if len(tasks) == tasks_max or self._clock.now() >= until:
                    break
        except Unavailable:
            if not tasks:
                raise
        return tasks

    def _take(self, claim: ActivityClaim, worker_id: str) -> dict[str, Any] | None:
        task = claim.task
        key = ExecutionKey(task.project_id, task.execution_id)
        claims = TokenClaims(key, task.number, task.attempt)
        try:
            state = self._executions.pick_up(claims, worker_id)
        except WrongState:
            # It is taken off before it is given out: its worker may never have heard of it, and
            # gets it when it polls after the lease.
            return None
        self._activities.settle(claim)
        run = state.active.get(task.number) if state is not None else None
        if run is None or (run.deadline is not None and run.deadline <= self._clock.now()):
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
