"""The parts of a plan: transitions, rules, variables; and how each is compiled."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from seriatim.domain.expressions.language import Expression, parse
from seriatim.domain.permits.values import Rules


class PlanTransition(msgspec.Struct, frozen=True):
    """A directed edge; ``order`` is its place in the document."""

    id: str
    source: str
    target: str
    order: int
    trigger: str
    condition: Expression | None
    after_ms: int | None
    signal_name: str | None
    is_interrupting: bool


class InputRule(msgspec.Struct, frozen=True):
    """Where one input comes from."""

    source_node_id: str
    source_output: str
    target_input: str
    transformation: Expression | None


class OutputRule(msgspec.Struct, frozen=True):
    """How one output is computed, and which variable it sets."""

    name: str
    value: Expression
    variable: str | None


class RetryRule(msgspec.Struct, frozen=True):
    """A retry policy; ``patterns`` ``None`` means every error that is marked retryable."""

    retries_max: int = 0
    interval_ms: int = 0
    multiplier: float = 1.0
    interval_ms_max: int | None = None
    patterns: tuple[str, ...] | None = None
    has_jitter: bool = False


class VariableSpec(msgspec.Struct, frozen=True):
    """A declared variable."""

    name: str
    type: str
    scope: str
    has_default: bool
    default: Any = None


class Dependency(msgspec.Struct, frozen=True):
    """What a node needs of another one beyond the flow."""

    node_id: str
    is_blocking: bool
    on: str


class Need(msgspec.Struct, frozen=True):
    """What an attempt needs of one ledger; ``rules`` where it knows only what it is told."""

    ledger: str
    units: dict[str, int]
    rules: Rules | None = None


def expression_of(text: str | None) -> Expression | None:
    """Parse an expression that may be absent."""
    return None if text is None else parse(text)


def transition_of(t: Mapping[str, Any], order: int) -> PlanTransition:
    """Compile the transition at place ``order`` of the document."""
    after = t.get("afterSeconds")
    return PlanTransition(
        id=t["id"],
        source=t["sourceNodeId"],
        target=t["targetNodeId"],
        order=order,
        trigger=t.get("trigger") or "success",
        condition=expression_of(t.get("condition")),
        after_ms=None if after is None else round(after * 1000),
        signal_name=t.get("signalName"),
        is_interrupting=t.get("interrupting") is not False,
    )


def guarded_signals_of(transitions: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Names of signals that a condition may keep from a boundary transition: it may come true
    later.
    """
    return frozenset(
        t["signalName"]
        for t in transitions
        if t.get("trigger") == "signal" and t.get("condition") is not None
    )


def variable_of(v: Mapping[str, Any]) -> VariableSpec:
    """Compile a declared variable; a default of null is none."""
    default = v.get("defaultValue")
    return VariableSpec(
        name=v["name"],
        type=v.get("type") or "any",
        scope=v.get("scope") or "sequence",
        has_default=default is not None,
        default=default,
    )


def rules_of(task: Mapping[str, Any]) -> Rules | None:
    """What bounds the attempts of a task definition over all executions; ``None``: nothing does,
    and there is at most one target.
    """
    capacity, rate = task.get("maxConcurrency"), task.get("rateLimit")
    targets = task.get("targets") or ()
    if capacity is None and rate is None and len(targets) < 2:
        return None
    return Rules(
        capacity=capacity,
        rate_permits=rate["permits"] if rate else None,
        rate_ms=round(rate["perSeconds"] * 1000) if rate else None,
        balancing=task.get("balancing") if len(targets) > 1 else None,
        weights=tuple(float(target.get("weight", 1)) for target in targets)
        if len(targets) > 1
        else (),
    )


def retry_rule_of(p: Mapping[str, Any]) -> RetryRule:
    """Compile a retry policy; seconds become milliseconds."""
    patterns = p.get("retryableErrors")
    interval_max = p.get("maxIntervalSeconds")
    return RetryRule(
        retries_max=p.get("maxRetries") or 0,
        interval_ms=round((p.get("retryIntervalSeconds") or 0) * 1000),
        multiplier=p.get("backoffMultiplier") or 1.0,
        interval_ms_max=round(interval_max * 1000) if interval_max else None,
        patterns=None if patterns is None else tuple(patterns),
        has_jitter=p.get("jitter") == "full",
    )
