"""Compiled plans, kept: a revision and a catalogue of task definitions never change, so a plan is
compiled once.
"""

import threading
from collections import OrderedDict

from seriatim.domain.plan import Plan, compile_plan
from seriatim.domain.state import State
from seriatim.ports.sequences import Sequences
from seriatim.ports.task_definitions import TaskDefinitions

NODES_KEPT_MAX = 200_000
"""Plans are dropped, least recently used first, when together they have more nodes than this."""

PlanKey = tuple[str, str, int, str]
"""Project, sequence, revision, and the hash of the catalogue."""


class Plans:
    """Plans by what they are compiled from. Safe to use from several threads."""

    def __init__(self, sequences: Sequences, task_definitions: TaskDefinitions) -> None:
        self._sequences = sequences
        self._task_definitions = task_definitions
        self._plans: OrderedDict[PlanKey, Plan] = OrderedDict()
        self._nodes = 0
        self._lock = threading.Lock()

    def of(self, state: State) -> Plan:
        """The plan that an execution runs on."""
        return self.get(state.project_id, state.sequence_id, state.revision, state.tasks_version)

    def get(self, project_id: str, sequence_id: str, revision: int, tasks_version: str) -> Plan:
        """Raises ``NotFound`` for an unknown revision or catalogue."""
        key = (project_id, sequence_id, revision, tasks_version)
        with self._lock:
            plan = self._plans.get(key)
            if plan is not None:
                self._plans.move_to_end(key)
                return plan
        document = self._sequences.get_revision(project_id, sequence_id, revision)
        tasks = self._task_definitions.pinned(project_id, tasks_version)
        plan = compile_plan(document, tasks)
        self._keep(key, plan)
        return plan

    def _keep(self, key: PlanKey, plan: Plan) -> None:
        with self._lock:
            if key not in self._plans:
                self._nodes += len(plan.document["nodes"])
            self._plans[key] = plan
            while self._nodes > NODES_KEPT_MAX and len(self._plans) > 1:
                _, dropped = self._plans.popitem(last=False)
                self._nodes -= len(dropped.document["nodes"])
