"""The reconciler function: once a minute it looks at the executions whose time has come."""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from functions import metrics, wiring
from functions.lambda_context import LambdaContext
from functions.observability import about
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import NotFound, Unavailable

LEDGERS_MAX: Final = 1_000
LEDGERS_MS_MAX: Final = 20_000

log = logging.getLogger("seriatim.reconciler")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Look at what is due, as far as time goes; the rest is the next run's. Answers how many
    executions were looked at, and how often what was done.
    """
    wired = wiring.current()
    deadline = wired.clock.now() + context.get_remaining_time_in_millis()
    repairs: Counter[str] = Counter()
    mended = _repair_permits(wired)
    if mended:
        repairs["permits"] = mended
    looks = 0
    for watched in wired.reconciler.due(deadline):
        with about(watched.key):
            repairs.update(_look(wired, watched.key))
        looks += 1
    permits = wired.permit_repair
    values: dict[str, metrics.Value] = {
        "ReconcilerLooks": looks,
        "ReconcilerRepairs": repairs.total(),
        "PermitsInUse": permits.in_use,
        "PermitsWaiting": permits.waiting,
    }
    metrics.emit(wired.clock.now(), values, {"repairs": dict(repairs)})
    return {"looks": looks, "repairs": dict(repairs)}


def _repair_permits(wired: wiring.Wiring) -> int:
    """How much was mended in ledgers. They get a part of the time only, executions the rest."""
    try:
        deadline = wired.clock.now() + LEDGERS_MS_MAX
        return wired.permit_repair.repair(LEDGERS_MAX, deadline)
    except Unavailable as problem:
        log.warning("ledgers cannot be looked at now: %s", problem)
        return 0
    except Exception:
        log.exception("ledgers cannot be looked at")
        return 0


def _look(wired: wiring.Wiring, key: ExecutionKey) -> tuple[str, ...]:
    """One execution's trouble holds up no other: it is looked at again in a minute."""
    try:
        done = wired.reconciler.look(key)
    except (NotFound, Unavailable) as problem:
        log.warning("it cannot be looked at now: %s", problem)
        return ()
    except Exception:
        log.exception("it cannot be looked at")
        return ("error",)
    if done:
        log.warning("repaired: %s", ", ".join(done))
    return done
