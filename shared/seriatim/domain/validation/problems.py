"""Problems: what is wrong with a definition, where, and what to do about it.

Every code is documented in ``docs/problems.md``; a code, once published, keeps its meaning.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

import msgspec

from seriatim.domain.limits import PROBLEMS_MAX
from seriatim.domain.pointers import PathPart, pointer

Severity = Literal["error", "warning"]


class ProblemCode(StrEnum):
    """Stable names of all problems."""

    # Shape of a document
    INVALID_JSON = "InvalidJson"
    INVALID_YAML = "InvalidYaml"
    UNREADABLE_FILE = "UnreadableFile"
    DUPLICATE_KEY = "DuplicateKey"
    NOT_FINITE = "NotFinite"
    INVALID_TEXT = "InvalidText"
    TOO_DEEP = "TooDeep"
    TOO_LONG = "TooLong"
    TOO_MANY = "TooMany"
    EMPTY = "Empty"
    WRONG_TYPE = "WrongType"
    OUT_OF_RANGE = "OutOfRange"
    NOT_ONE_OF = "NotOneOf"
    MISSING_FIELD = "MissingField"
    UNKNOWN_FIELD = "UnknownField"
    INVALID_ID = "InvalidId"
    INVALID_NAME = "InvalidName"
    INVALID_TIME = "InvalidTime"
    INVALID_ARN = "InvalidArn"
    INVALID_URL = "InvalidUrl"
    INVALID_HEADER = "InvalidHeader"
    INVALID_PATTERN = "InvalidPattern"
    INVALID_SCHEDULE = "InvalidSchedule"
    INVALID_SCHEMA = "InvalidSchema"
    WRONG_DEFAULT = "WrongDefault"
    # Structure of a sequence
    NO_NODES = "NoNodes"
    NO_TRANSITIONS = "NoTransitions"
    NO_START_NODE = "NoStartNode"
    SEVERAL_START_NODES = "SeveralStartNodes"
    NO_END_NODE = "NoEndNode"
    DUPLICATE_NODE_ID = "DuplicateNodeId"
    DUPLICATE_TRANSITION_ID = "DuplicateTransitionId"
    DUPLICATE_VARIABLE = "DuplicateVariable"
    DUPLICATE_ID = "DuplicateId"
    UNKNOWN_NODE = "UnknownNode"
    UNKNOWN_VARIABLE = "UnknownVariable"
    TRANSITION_INTO_START = "TransitionIntoStart"
    TRANSITION_OUT_OF_END = "TransitionOutOfEnd"
    MISSING_PARAMETER = "MissingParameter"
    UNKNOWN_PARAMETER = "UnknownParameter"
    INVALID_PARAMETER = "InvalidParameter"
    INVALID_TRIGGER = "InvalidTrigger"
    EXPRESSION_SYNTAX = "ExpressionSyntax"
    COUNT_TOO_HIGH = "CountTooHigh"
    # Activation: errors
    MISSING_TASK_DEFINITION = "MissingTaskDefinition"
    UNKNOWN_TASK_DEFINITION = "UnknownTaskDefinition"
    UNKNOWN_SEQUENCE = "UnknownSequence"
    SEQUENCE_ARCHIVED = "SequenceArchived"
    UNKNOWN_REVISION = "UnknownRevision"
    UNKNOWN_RESOURCE_POOL = "UnknownResourcePool"
    UNREACHABLE_NODE = "UnreachableNode"
    NO_OUTGOING_TRANSITION = "NoOutgoingTransition"
    NO_END_REACHABLE = "NoEndReachable"
    NO_DEFAULT_PATH = "NoDefaultPath"
    SEVERAL_DEFAULT_PATHS = "SeveralDefaultPaths"
    BLOCKING_CYCLE = "BlockingCycle"
    ENDLESS_RECURSION = "EndlessRecursion"
    BODY_ENTERED = "BodyEntered"
    BODY_LEFT = "BodyLeft"
    BODY_RESTARTED = "BodyRestarted"
    END_IN_BODY = "EndInBody"
    JOIN_SHARED = "JoinShared"
    # Activation: warnings
    CIRCULAR_PATH = "CircularPath"
    MORE_CIRCULAR_PATHS = "MoreCircularPaths"
    JOIN_CYCLE = "JoinCycle"
    FORK_NEVER_JOINS = "ForkNeverJoins"
    END_WHILE_OTHERS_RUN = "EndWhileOthersRun"
    MAY_NOT_HAVE_RUN = "MayNotHaveRun"
    VARIABLE_NEVER_READ = "VariableNeverRead"
    VARIABLE_MAY_BE_UNSET = "VariableMayBeUnset"
    SHADOWED_VARIABLE = "ShadowedVariable"
    NO_SUCCESS_TRANSITION = "NoSuccessTransition"
    BOUNDARY_NEVER_FIRES = "BoundaryNeverFires"
    FIELD_HAS_NO_EFFECT = "FieldHasNoEffect"
    SEQUENCE_NOT_ACTIVE = "SequenceNotActive"
    POOL_TOO_SMALL = "PoolTooSmall"
    PARTLY_CHECKED = "PartlyChecked"
    # Templates and bundles
    UNKNOWN_TEMPLATE_PARAMETER = "UnknownTemplateParameter"
    MISSING_ARGUMENT = "MissingArgument"
    UNKNOWN_ARGUMENT = "UnknownArgument"
    # About the answer itself
    MORE_PROBLEMS = "MoreProblems"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One thing that is wrong. ``path`` is a JSON pointer into the document, never empty."""

    code: str
    severity: Severity
    message: str
    node_id: str | None = None
    transition_id: str | None = None
    path: str

    def to_json(self) -> dict[str, str]:
        """The problem as callers see it; ids only where it is about a node or a transition."""
        document = {
            "code": str(self.code),
            "severity": self.severity,
            "message": self.message,
            "path": self.path,
        }
        if self.node_id is not None:
            document["nodeId"] = self.node_id
        if self.transition_id is not None:
            document["transitionId"] = self.transition_id
        return document


def error(
    code: ProblemCode,
    message: str,
    *path: PathPart,
    node_id: str | None = None,
    transition_id: str | None = None,
) -> Problem:
    """A problem that must be corrected; ``path`` is its place in parts."""
    return Problem(
        code=code,
        severity="error",
        message=message,
        node_id=node_id,
        transition_id=transition_id,
        path=pointer(*path),
    )


def warning(
    code: ProblemCode,
    message: str,
    *path: PathPart,
    node_id: str | None = None,
    transition_id: str | None = None,
) -> Problem:
    """A problem that may be meant; ``path`` is its place in parts."""
    found = error(code, message, *path, node_id=node_id, transition_id=transition_id)
    return msgspec.structs.replace(found, severity="warning")


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether any of the problems is more than a warning."""
    return any(problem.severity == "error" for problem in problems)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Errors first, then warnings, each as found, at most ``PROBLEMS_MAX`` and a note.

    The note that some were left out has the severity of the gravest of them.
    """
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    if len(ordered) <= PROBLEMS_MAX:
        return ordered
    left_out = ordered[PROBLEMS_MAX:]
    note = Problem(
        code=ProblemCode.MORE_PROBLEMS,
        severity=left_out[0].severity,
        message=f"There are {len(left_out):,} more problems; correct these first.",
        path="/",
    )
    return [*ordered[:PROBLEMS_MAX], note]


def under(problems: Iterable[Problem], *parts: PathPart) -> list[Problem]:
    """The same problems, seen from a document that holds theirs at ``parts``."""
    prefix = pointer(*parts) if parts else ""
    return [
        msgspec.structs.replace(
            problem, path=prefix if problem.path == "/" else prefix + problem.path
        )
        for problem in problems
    ]
