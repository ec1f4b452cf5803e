"""The enumerations of the data model, spelled as on the wire.

May import the standard library only: the decider uses these without pydantic.
"""

from enum import StrEnum


class NodeType(StrEnum):
    """What a node does."""

    TASK = "task"
    START = "start"
    END = "end"
    DECISION = "decision"
    FORK = "fork"
    JOIN = "join"
    SUBPROCESS = "subprocess"
    WAIT = "wait"
    TIMER = "timer"
    SIGNAL = "signal"


class VariableScope(StrEnum):
    """Whose a variable is: the execution's, one node run's, or the project's."""

    SEQUENCE = "sequence"
    NODE = "node"
    GLOBAL = "global"


class SequenceStatus(StrEnum):
    """Where a sequence is in its life. Only ``active`` can be started."""

    DRAFT = "draft"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"


class Trigger(StrEnum):
    """What makes a token take a transition."""

    SUCCESS = "success"
    ERROR = "error"
    TIMER = "timer"
    SIGNAL = "signal"


BOUNDARY_TRIGGERS = frozenset({Trigger.TIMER, Trigger.SIGNAL})
"""Triggers that act on a node while it runs or waits."""


class FailurePolicy(StrEnum):
    """What becomes of an execution when a failure is not caught."""

    FAIL_FAST = "fail_fast"
    FINISH_BRANCHES = "finish_branches"
    INCIDENT = "incident"


class DependencyType(StrEnum):
    """Whether a node waits for what it depends on."""

    BLOCKING = "blocking"
    NON_BLOCKING = "non_blocking"


class DependencyEvent(StrEnum):
    """What of the other node meets a dependency (the field ``on``)."""

    SUCCEEDED = "succeeded"
    COMPLETED = "completed"
    STARTED = "started"


class Jitter(StrEnum):
    """Whether a back-off is exact or spread."""

    NONE = "none"
    FULL = "full"


class JoinMode(StrEnum):
    """When a join fires."""

    ALL = "all"
    GATHER = "gather"
    ANY = "any"
    COUNT = "count"
    EXPRESSION = "expression"


class OnReached(StrEnum):
    """What a join that fired early does with the tokens that are still to come."""

    ABSORB = "absorb"
    CANCEL = "cancel"


class SignalMode(StrEnum):
    """Whether a signal node waits for a signal or sends one."""

    WAIT = "wait"
    SEND = "send"


class EndStatus(StrEnum):
    """What an end makes of its execution."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class VariableType(StrEnum):
    """Declared type of a variable or of a template's parameter."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"
    ANY = "any"


class Integration(StrEnum):
    """How a task definition's task is run."""

    PYTHON = "python"
    LAMBDA = "lambda"
    HTTP = "http"
    SQS = "sqs"
    EVENTBRIDGE = "eventbridge"
    ACTIVITY = "activity"


class Balancing(StrEnum):
    """How a task is given to one of several targets."""

    WEIGHTED = "weighted"
    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING = "least_outstanding"


class Invocation(StrEnum):
    """How a ``lambda`` task is invoked."""

    SYNC = "sync"
    ASYNC = "async"
