"""The use cases of one process, over the ports of ``port_wiring`` and what ``engine_wiring`` makes
of them. Everything is built when first asked for and then kept.
"""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

import os
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from functions import observability
from functions import settings as environment
from functions.building import built_once
from functions.engine_wiring import EngineWiring

if TYPE_CHECKING:
    from seriatim.application.attempting import Attempts
    from seriatim.application.bulk import Bulk
    from seriatim.application.dead_letters import DeadLetterHandling
    from seriatim.application.executions import Executions
    from seriatim.application.firing import Firer
    from seriatim.application.moving import Moving
    from seriatim.application.permit_repair import PermitRepair
    from seriatim.application.polling import Polling
    from seriatim.application.queued_starts import QueuedStarts
    from seriatim.application.reading import Reading
    from seriatim.application.reading_back import ReadingBack
    from seriatim.application.reconciling import Reconciler
    from seriatim.application.resource_pools import ResourcePools
    from seriatim.application.waiting import WhyWaiting
    from seriatim.application.worker import Worker
    from seriatim.domain.state import NodeRun, State
    from seriatim.ports.tasks import Failed, TaskOutcome, TaskRunner


class Wiring(EngineWiring):
    """The ports and use cases of one process."""

    @built_once
    def tasks(self) -> "TaskRunner":
        """Has the integrations run what an attempt is given."""
        from seriatim.tasks.modules import TaskFunctions
        from seriatim.tasks.runner import IntegrationRunner

        return IntegrationRunner(
            clock=self.clock,
            activities=self.activities,
            aws=self.aws,
            functions=TaskFunctions(self.settings.task_modules),
            send_heartbeat=self._is_still_wanted,
            http=lambda: self.http_tasks,
        )

    def _is_still_wanted(self, token: str) -> bool:
        """Record a sign of life; false if the attempt is over. One that was lost is not the end:
        the next one follows.
        """
        from seriatim.application.errors import WrongState
        from seriatim.ports.errors import NotFound, Unavailable

        try:
            self.executions.task_heartbeat(token)
        except (WrongState, NotFound):
            return False
        except Unavailable:
            return True
        return True

    def send_signal(self, state: "State", run: "NodeRun") -> "TaskOutcome":
        """What runs the attempt of a node that sends a signal: ``SignalSending.send``."""
        from seriatim.application.signal_sending import SignalSending

        return SignalSending(self.executions).send(state, run)

    def _result_problem(self, definition: Mapping[str, Any], result: Any) -> "Failed | None":
        return self.tasks.check_result(definition, result)

    def _admit(self, project_id: str) -> None:
        self.quotas.admit_execution(project_id)

    # -- use cases ---------------------------------------------------------------------------------

    @built_once
    def permit_repair(self) -> "PermitRepair":
        """Gives back what nobody wants."""
        from seriatim.application.permit_repair import PermitRepair

        return PermitRepair(
            self.ledgers,
            self.permits,
            self.queue,
            self.clock,
            is_wanted=self._has_claim,
            find_denials=self.rings.denials,
        )

    def _has_claim(self, project_id: str, ledger: str, request_id: str, execution_id: str) -> bool:
        """Whether an execution wants a permit, or holds it, as its log is now."""
        from seriatim.domain.decider.claims import wants
        from seriatim.domain.values import ExecutionKey

        state = self.states.fresh(ExecutionKey(project_id, execution_id))
        return state is not None and wants(state, ledger, request_id)

    @built_once
    def executions(self) -> "Executions":
        """What callers do with executions."""
        from seriatim.application.executions import Executions

        return Executions(
            advancer=self.advancer,
            starter=self.starter,
            states=self.states,
            hand_over=self.hand_over,
            plans=self.plans,
            find_result_problem=self._result_problem,
            queue=self.queue,
            tokens=self.tokens,
            ids=self.ids,
            admit=self._admit,
        )

    @built_once
    def resource_pools(self) -> "ResourcePools":
        """What operators do with resource pools."""
        from seriatim.application.resource_pools import ResourcePools

        return ResourcePools(self.permits, self.queue)

    @built_once
    def polling(self) -> "Polling":
        """What outside workers do."""
        from seriatim.application.polling import Polling

        return Polling(self.executions, self.activities, self.tokens, self.clock)

    @built_once
    def reading(self) -> "Reading":
        """Executions as callers see them."""
        from seriatim.application.reading import Reading

        return Reading(self.executions, self.log, self.listing, self.tokens)

    @built_once
    def reading_back(self) -> "ReadingBack":
        """Executions as callers see them, archived ones too."""
        from seriatim.application.reading_back import ReadingBack

        return ReadingBack(self.reading, self.archiving)

    @built_once
    def moving(self) -> "Moving":
        """Moves executions to other revisions."""
        from seriatim.application.moving import Moving

        return Moving(self.executions, self.plans, self.starter, self.summaries, self.clock)

    @built_once
    def why_waiting(self) -> "WhyWaiting":
        """Why executions wait."""
        from seriatim.application.waiting import Sources, WhyWaiting

        known = (self.executions, self.plans, self.advancer, self.activities, self.clock)
        return WhyWaiting(Sources(*known, self.permits))

    @built_once
    def bulk(self) -> "Bulk":
        """One act on many executions."""
        from seriatim.application.bulk import Bulk

        return Bulk(
            self.summaries,
            self.queue,
            self.starter,
            self.states,
            self.ids,
            self.bulk_keys,
            self.clock,
        )

    @built_once
    def attempts(self) -> "Attempts":
        """Runs attempts, and says what came of them."""
        from seriatim.application.attempting import Attempts

        running, plans = self.states.running, self.plans
        return Attempts(running, plans, self.tasks, self.send_signal, self.tokens, self.clock)

    @built_once
    def worker(self) -> "Worker":
        """What the work queue feeds."""
        from seriatim.application.worker import Worker

        return Worker(
            self.advancer,
            self.starter,
            self.states,
            self.hand_over,
            self.attempts,
            self.clock,
            self.bulk,
            self.retiring,
        )

    @built_once
    def firer(self) -> "Firer":
        """Starts what triggers ask for."""
        from seriatim.application.firing import Firer

        return Firer(self.triggers, self.executions, self.clock)

    @built_once
    def queued_starts(self) -> "QueuedStarts":
        """What the queue of starts feeds."""
        from seriatim.application.queued_starts import QueuedStarts

        return QueuedStarts(self.executions, self.firer)

    @built_once
    def reconciler(self) -> "Reconciler":
        """What runs every minute."""
        from seriatim.application.reconciling import Reconciler

        return Reconciler(
            watches=self.watches,
            log=self.log,
            states=self.states,
            plans=self.plans,
            advancer=self.advancer,
            hand_over=self.hand_over,
            publishing=self.event_publishing,
            retention=self.retention,
            clock=self.clock,
        )

    @built_once
    def dead_letter_handling(self) -> "DeadLetterHandling":
        """What the dead-letter queues feed."""
        from seriatim.application.dead_letters import DeadLetterHandling

        return DeadLetterHandling(self.advancer, self.states, self.plans, self.hand_over)

    def received(self, body: str) -> bytes:
        """The work that a queue message's body stands for (see ``adapters.sqs.opened``)."""
        from seriatim.adapters.sqs import opened

        return opened(body, self.payloads)


_current: Wiring | None = None
_lock = Lock()


def current() -> Wiring:
    """The process's wiring: the one in use, or else one of the environment's (in Lambda)."""
    global _current  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _current is None:
            observability.configure()
            _current = Wiring(environment.load(os.environ))
        return _current


def use(wiring: Wiring) -> None:
    """Have ``current`` answer this one from now on (the local runtime and tests)."""
    global _current  # noqa: PLW0603
    with _lock:
        _current = wiring
