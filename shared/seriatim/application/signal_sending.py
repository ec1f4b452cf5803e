"""Signals that one execution sends to another: delivered by the attempt that sends them, so that
its node fails where nobody takes them in.
"""

from seriatim.application.errors import Refused
from seriatim.application.executions import Executions
from seriatim.domain.errors import SIGNAL_NOT_DELIVERED
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.errors import NotFound
from seriatim.ports.tasks import Completed, Failed

RETRYABLE = frozenset({"TooManySignals"})
"""What may pass by itself."""

NO_SUCH_EXECUTION = "ExecutionNotFound"


class SignalSending:
    """What runs the attempt of a ``signal`` node that sends."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def send(self, state: State, run: NodeRun) -> Completed | Failed:
        """Deliver the signal, under a key of the node run: sent again it changes nothing. Raises
        ``Unavailable``: whether it was taken in is unknown.
        """
        target, name = run.inputs["targetExecutionId"], run.inputs["signalName"]
        try:
            self._executions.signal(
                ExecutionKey(state.project_id, target),
                name,
                run.inputs.get("payload"),
                f"{state.execution_id}/{run.number}",
                by=state.execution_id,
            )
        except Refused as refused:
            code, why = refused.code, refused.message
        except NotFound as missing:
            code, why = getattr(missing, "code", NO_SUCH_EXECUTION), str(missing)
        else:
            return Completed()
        text = f"execution {target!r} did not take in the signal {name!r}: {why}; name one that"
        text += " runs, or catch this with an error transition"
        details = {"targetExecutionId": target, "signalName": name, "code": code}
        return Failed(Error(SIGNAL_NOT_DELIVERED, text, details, retryable=code in RETRYABLE))
