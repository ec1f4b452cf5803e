"""The task runner: fills in an attempt's settings, checks its inputs and its result, and has the
integration that its definition names run it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from seriatim.domain.definition.kinds import Integration
from seriatim.domain.errors import EXPRESSION_ERROR, INVALID_INPUT, INVALID_OUTPUT
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.ports.activities import Activities
from seriatim.ports.clock import Clock
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from seriatim.tasks.activity import ActivityTasks
from seriatim.tasks.attempts import place_names
from seriatim.tasks.aws import Aws
from seriatim.tasks.eventbridge import EventBridgeTasks
from seriatim.tasks.failures import INVALID_TARGET, UNKNOWN_INTEGRATION, failed
from seriatim.tasks.lambda_ import LambdaTasks
from seriatim.tasks.modules import TaskFunctions
from seriatim.tasks.places import filled
from seriatim.tasks.python import PythonTasks, SendHeartbeat
from seriatim.tasks.schemas import mismatch
from seriatim.tasks.sqs import SqsTasks
from seriatim.tasks.targets import choose, with_target

INTEGRATIONS: Final[Mapping[Any, Integration]] = {each.value: each for each in Integration}
"""By name."""

TEXTS: Final[Mapping[Integration, tuple[str, ...]]] = {
    Integration.PYTHON: ("function",),
    Integration.LAMBDA: ("functionArn",),
    Integration.HTTP: ("method", "url"),
    Integration.SQS: ("queueUrl",),
    Integration.EVENTBRIDGE: ("busName", "source", "detailType"),
    Integration.ACTIVITY: ("name",),
}
"""What must be a text once its places are filled."""


class Runs(Protocol):
    """One integration."""

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> TaskOutcome:
        """Run one attempt; ``settings`` is the integration's object, its places filled."""
        ...


class IntegrationRunner:
    """Fulfils ``ports.tasks.TaskRunner``. Safe to use from several threads.

    ``send_heartbeat`` reports a sign of life of a ``python`` task, by its task token, and says
    whether the attempt is still wanted. ``http`` is asked for when the first request is sent: what
    it takes to send one is much to import.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        activities: Activities,
        aws: Aws,
        functions: TaskFunctions,
        send_heartbeat: SendHeartbeat,
        http: Callable[[], Runs],
    ) -> None:
        self._http = http
        self._integrations: dict[Integration, Runs] = {
            Integration.PYTHON: PythonTasks(clock, functions, send_heartbeat),
            Integration.LAMBDA: LambdaTasks(clock, aws),
            Integration.SQS: SqsTasks(aws),
            Integration.EVENTBRIDGE: EventBridgeTasks(aws),
            Integration.ACTIVITY: ActivityTasks(clock, activities),
        }

    def run(self, request: TaskRequest) -> TaskOutcome:
        """Run one attempt. What the task does wrong is an outcome; ``Unavailable`` says that it
        could not be handed out, and may be delivered again.
        """
        definition = request.definition
        problem = mismatch(
            definition.get("inputSchema"),
            request.inputs,
            code=INVALID_INPUT,
            complaint="the inputs do not match the inputSchema",
        )
        if problem is not None:
            return problem
        outcome = self._dispatch(request, with_target(definition, target_of(request)))
        if isinstance(outcome, Completed):
            return result_problem(definition, outcome.result) or outcome
        return outcome

    def check_result(self, definition: Mapping[str, Any], result: Any) -> Failed | None:
        """Hold a result that came by task token to the definition's output schema."""
        return result_problem(definition, result)

    def _dispatch(self, request: TaskRequest, definition: Mapping[str, Any]) -> TaskOutcome:
        name = definition.get("integration")
        integration = INTEGRATIONS.get(name)
        if integration is None:
            known = ", ".join(INTEGRATIONS)
            return failed(UNKNOWN_INTEGRATION, f"there is no integration {name!r}; use {known}")
        try:
            settings = filled(definition.get(integration) or {}, place_names(request))
        except ExpressionError as error:
            details = {"expression": error.source, "place": f"/{integration}{error.place}"}
            return failed(EXPRESSION_ERROR, f"{integration} of the task: {error}", details=details)
        for field in TEXTS[integration]:
            value = settings.get(field)
            if not isinstance(value, str) or not value.strip():
                message = (
                    f"{integration}.{field} of the task definition must be a text that is not blank"
                )
                return failed(INVALID_TARGET, message)
        if integration is Integration.HTTP:
            return self._http().run(request, settings)
        return self._integrations[integration].run(request, settings)


def result_problem(definition: Mapping[str, Any], result: Any) -> Failed | None:
    """Why a result does not match the definition's output schema; also for one that comes back by
    task token.
    """
    schema = definition.get("outputSchema")
    complaint = "the result does not match the outputSchema"
    return mismatch(schema, result, code=INVALID_OUTPUT, complaint=complaint)


def target_of(request: TaskRequest) -> int | None:
    """The target that was chosen for the attempt. One that was scheduled without a choice goes by
    the definition alone.
    """
    targets = request.definition.get("targets") or ()
    if request.target is not None and request.target < len(targets):
        return request.target
    return choose(request.definition, request.key.execution_id, request.number, request.attempt)
