"""What the AWS integrations are handed: clients, and what their errors mean."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from seriatim.domain.values import Error
from seriatim.tasks.failures import shortened

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient


class TaskClients(Protocol):
    """The AWS clients that tasks are run with, each built when first asked for."""

    @property
    def functions(self) -> "LambdaClient":
        """Lambda, waiting as long as a function may run, and repeating nothing by itself."""
        ...

    @property
    def sqs(self) -> "SQSClient": ...

    @property
    def events(self) -> "EventBridgeClient": ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Aws:
    """The clients, the errors that they raise on purpose, and which of these may pass by
    themselves.
    """

    clients: TaskClients
    errors: tuple[type[Exception], ...]
    is_transient: Callable[[BaseException], bool]
    own_queues: tuple[str, ...] = ()
    """URLs of the service's own queues, to which no task may send: what lies there is taken at its
    word, whichever project it names.
    """

    def error_of(self, service: str, exception: Exception) -> Error:
        """The failed attempt's error for one of ``errors``: ``Service.Code``."""
        response = getattr(exception, "response", None) or {}
        answer = response.get("Error", {})
        code = answer.get("Code") or type(exception).__name__
        message = answer.get("Message") or str(exception)
        return Error(
            f"{service}.{code}", shortened(message), retryable=self.is_transient(exception)
        )
