"""What callers do with executions: start, signal, set variables, cancel, report on tasks, poll for
them.

Every call is safe to repeat; with an idempotency key a repetition gets the first answer. It is
acknowledged when its step is in the log and the message that moves it on has been sent: that
message goes out *before* the append, so that a crash between the two strands nothing. A step that
only changes the status has one too: its summary may be what the crash leaves out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from seriatim.application import work as w
from seriatim.application.advancing import Advance, Advancer
from seriatim.application.errors import Invalid, Retired, WrongState, as_error
from seriatim.application.handing_over import HandOver
from seriatim.application.plans import Plans
from seriatim.application.redriving import RedriveOrder, redrive_request
from seriatim.application.starting import Starter, StartInput
from seriatim.application.states import States
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionMoved, ExecutionRedriven
from seriatim.domain.decider.attempts import ALREADY_TAKEN
from seriatim.domain.decider.retiring import RETIRED
from seriatim.domain.decision import Decision
from seriatim.domain.state import State
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.errors import NotFound
from seriatim.ports.ids import Ids
from seriatim.ports.queue import OutgoingWork, WorkQueue
from seriatim.ports.task_tokens import TaskTokens, TokenClaims
from seriatim.ports.tasks import Failed

STATUS_EVENTS = (
    e.ExecutionStarted,
    e.ExecutionStatusChanged,
    e.ExecutionEnded,
    ExecutionMoved,
    ExecutionRedriven,
)

Admit = Callable[[str], None]
"""Whether a project may begin a new execution now: ``Quotas.admit_execution``."""

FindResultProblem = Callable[[Mapping[str, Any], Any], Failed | None]
"""``TaskRunner.check_result``: most who use this are never asked, so no runner is made for them."""


class Executions:
    """The use cases of callers."""

    def __init__(  # noqa: PLR0913 - every part that a caller's request may touch
        self,
        *,
        advancer: Advancer,
        starter: Starter,
        states: States,
        hand_over: HandOver,
        plans: Plans,
        find_result_problem: FindResultProblem,
        queue: WorkQueue,
        tokens: TaskTokens,
        ids: Ids,
        admit: Admit,
    ) -> None:
        self._advancer = advancer
        self._starter = starter
        self._states = states
        self._hand_over = hand_over
        self._plans = plans
        self._find_result_problem = find_result_problem
        self._queue = queue
        self._tokens = tokens
        self._ids = ids
        self._admit = admit

    def start(
        self,
        project_id: str,
        sequence_id: str,
        *,
        variables: Mapping[str, Any],
        name: str | None = None,
        priority: int = 0,
        metadata: Mapping[str, Any] | None = None,
        hops: int = 0,
        by: str | None = None,
    ) -> State:
        """Start an execution. A name that the sequence has used returns the same execution for the
        same input, whatever the project has used up meanwhile.

        Raises:
            OverQuota: the project begins no new execution today.
            NotFound: no such sequence.
            WrongState: the sequence is not active, or the name was used with another input.
            Invalid: a variable is of a wrong type.
        """
        execution_id = self._starter.execution_id(project_id, sequence_id, name)
        key = ExecutionKey(project_id, execution_id)
        given = StartInput(
            variables=dict(variables),
            name=name,
            priority=priority,
            metadata=dict(metadata or {}),
            hops=hops,
            by=by,
        )
        known = self._states.fresh(key) if name is not None else None
        if known is not None:
            return self._begun_before(known, given)
        self._admit(project_id)
        advance = self._starter.start(
            key,
            sequence_id,
            given,
            writer=self._ids.new("call"),
            announce=lambda *args: self._announce(key, *args),
        )
        assert advance.state is not None
        if advance.refusal is not None:
            return self._begun_before(advance.state, given)
        self._summarise(advance)
        return advance.state

    def _begun_before(self, state: State, given: StartInput) -> State:
        """The answer to a repeated start. Whoever was first may have died before anybody else could
        find the execution.
        """
        same = _same_or_refused(state, given)
        self._hand_over.repair_summary(same)
        return same

    def signal(
        self,
        key: ExecutionKey,
        name: str,
        payload: Any = None,
        idempotency_key: str | None = None,
        by: str | None = None,
    ) -> State:
        """Deliver a signal. A repeated idempotency key changes nothing and answers the same."""
        return self._submit(key, m.Signal(name=name, payload=payload, key=idempotency_key, by=by))

    def set_variables(
        self,
        key: ExecutionKey,
        values: Mapping[str, Any],
        by: str | None = None,
        idempotency_key: str | None = None,
    ) -> State:
        """Set variables, all or none. Raises ``Invalid`` for an unknown one or a wrong type."""
        return self._submit(key, m.VariablesUpdate(values=dict(values), key=idempotency_key, by=by))

    def cancel(
        self,
        key: ExecutionKey,
        reason: str | None = None,
        by: str | None = None,
        idempotency_key: str | None = None,
    ) -> State:
        """End the execution as cancelled. Raises ``WrongState`` if it has ended already, but for a
        repetition with the same idempotency key.
        """
        return self._submit(key, m.CancelRequest(reason=reason, key=idempotency_key, by=by))

    def pause(
        self,
        key: ExecutionKey,
        reason: str | None = None,
        by: str | None = None,
        idempotency_key: str | None = None,
    ) -> State:
        """Begin no node run from now on. Raises ``WrongState`` if it is paused or has ended."""
        return self._submit(key, m.PauseRequest(reason=reason, key=idempotency_key, by=by))

    def resume(
        self,
        key: ExecutionKey,
        reason: str | None = None,
        by: str | None = None,
        idempotency_key: str | None = None,
    ) -> State:
        """Go on after a pause. Raises ``WrongState`` if it is not paused or has ended."""
        return self._submit(key, m.ResumeRequest(reason=reason, key=idempotency_key, by=by))

    def redrive(self, key: ExecutionKey, asked: RedriveOrder) -> State:
        """Let an execution that did not succeed go on.

        Raises:
            NotFound: no such execution, or no such revision.
            WrongState: it runs or has succeeded, or the revision does not fit where it is.
            Invalid: a node to go on from is none that can be.
        """
        return self._submit(key, redrive_request(self._starter, self.load(key), asked))

    def move(self, key: ExecutionKey, request: m.MoveRequest) -> State:
        """Go on with another revision. Raises ``WrongState`` if it has ended, or if a token is in
        the way.
        """
        return self._submit(key, request)

    def order(self, key: ExecutionKey, order: m.NodeOrder) -> State:
        """Skip, complete, fail or run a node by hand.

        Raises ``NotFound`` for an unknown node, ``WrongState`` for one that does not allow it.
        """
        state = self.load(key)
        if not state.has_answered(order.key) and not self._plans.of(state).has_node(order.node_id):
            raise NotFound(f"there is no node {order.node_id!r} in this execution's revision")
        return self._submit(key, order)

    def task_success(self, token: str, output: Any) -> State:
        """Complete the attempt that the token is bound to. Raises ``WrongState`` if it is over."""
        claims = self._claims(token)
        number, attempt = claims.number, claims.attempt
        problem = self._check_result(claims, output)
        if problem is None:
            message: m.AnyMessage = m.TaskSuccess(number=number, attempt=attempt, result=output)
        else:
            message = m.TaskFailure(number=number, attempt=attempt, error=problem.error)
        return self._submit(claims.key, message)

    def _check_result(self, claims: TokenClaims, output: Any) -> Failed | None:
        """A result that is not what the definition promises fails the attempt, as it would have in
        process.
        """
        state = self.load(claims.key)
        run = state.active.get(claims.number)
        task = None if run is None else self._plans.of(state).node(run.node_id).task
        return None if task is None else self._find_result_problem(task, output)

    def task_failure(self, token: str, error: Error) -> State:
        """Fail the attempt that the token is bound to. Raises ``WrongState`` if it is over."""
        claims = self._claims(token)
        message = m.TaskFailure(number=claims.number, attempt=claims.attempt, error=error)
        return self._submit(claims.key, message)

    def task_heartbeat(self, token: str) -> State:
        """Record a sign of life. Raises ``WrongState`` if the attempt is over."""
        claims = self._claims(token)
        message = m.TaskHeartbeat(number=claims.number, attempt=claims.attempt)
        return self._submit(claims.key, message)

    def pick_up(self, claims: TokenClaims, worker_id: str) -> State | None:
        """Note that a worker has taken an attempt from its list; ``None`` if the attempt is over.

        Raises:
            WrongState: another worker has it.
        """
        message = m.TaskPickup(number=claims.number, attempt=claims.attempt, worker_id=worker_id)
        try:
            return self._submit(claims.key, message)
        except NotFound:
            return None
        except WrongState as refused:
            if refused.code == ALREADY_TAKEN:
                raise
            return None

    def load(self, key: ExecutionKey) -> State:
        """The execution as it is now. Strongly consistent. Raises ``NotFound``."""
        state = self._states.fresh(key)
        if state is None:
            raise NotFound(f"there is no execution {key.execution_id!r} in this project")
        if state.retired_at is not None:
            raise Retired(key.execution_id)
        return state

    # -- how a call is made durable ---------------------------------------------------------------

    def _submit(self, key: ExecutionKey, message: m.AnyMessage) -> State:
        advance = self._advancer.submit(
            key,
            message,
            self._ids.new("call"),
            announce=lambda *args: self._announce(key, *args),
        )
        if advance.refusal is not None:
            raise as_error(advance.refusal, key.execution_id)
        assert advance.state is not None
        if advance.step:
            self._summarise(advance)
        elif (repeated := getattr(message, "key", None)) is not None:
            # A repetition: whoever was first may have died before lists were told.
            self._hand_over.repair_summary(advance.state)
            return self._states.answered(key, repeated) or advance.state
        return advance.state

    def _announce(self, key: ExecutionKey, step: int, writer: str, decision: Decision) -> bool:
        """Send the message that moves the step on, before the step is written."""
        if not decision.commands and not any(isinstance(x, STATUS_EVENTS) for x in decision.events):
            return False
        work = w.HandOverStep(
            project_id=key.project_id, execution_id=key.execution_id, step=step, writer=writer
        )
        self._queue.send([OutgoingWork(key.project_id, w.encode(work))])
        return True

    def _summarise(self, advance: Advance) -> None:
        if advance.has_new_status and advance.state is not None:
            self._hand_over.summarise(advance.state)

    def _claims(self, token: str) -> TokenClaims:
        try:
            return self._tokens.verify(token)
        except ValueError as error:
            text = "this is no task token of this service; send the token as it was handed out"
            raise Invalid("InvalidTaskToken", text) from error


def _same_or_refused(state: State, given: StartInput) -> State:
    if state.retired_at is not None:
        text = (
            f"the name {state.name!r} is that of the retired execution {state.execution_id!r};"
            " it is free again when nothing is left of that"
        )
        raise WrongState(RETIRED, text)
    if given.is_that_of(state.input_hash):
        return state
    text = (
        f"the name {state.name!r} was used by execution {state.execution_id!r} with another input;"
        " choose another name, or repeat the same input"
    )
    raise WrongState("NameTaken", text)
