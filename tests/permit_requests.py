"""Short forms of permit requests and of ledgers."""

from typing import Any

from seriatim.domain.permits.asking import request
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.pools import set_pool
from seriatim.domain.permits.values import SLOTS, Denied, Granted, Notice, PermitRequest, Rules

NOW = 1_767_225_600_000
MINUTE = 60_000


def asked(id_: str, units: dict[str, int] | None = None, **given: Any) -> PermitRequest:
    """A request; the execution is what stands before the first ``/``."""
    return PermitRequest(
        id=id_, execution_id=id_.split("/", maxsplit=1)[0], units=units or {SLOTS: 1}, **given
    )


def kept(id_: str, units: dict[str, int], **given: Any) -> PermitRequest:
    """A request for what is held across nodes."""
    return asked(id_, units, is_kept=True, **given)


def slots(id_: str, **rules: Any) -> PermitRequest:
    """A request for a slot, with rules."""
    return asked(id_, rules=Rules(**rules))


def pools(**capacities: int) -> Ledger:
    """A ledger with these pools."""
    ledger = Ledger()
    for name, capacity in capacities.items():
        ledger, _ = set_pool(ledger, name, capacity, NOW)
    return ledger


def after_requests(ledger: Ledger, *requests: PermitRequest, now: int = NOW) -> Ledger:
    """The ledger when all have asked, in this order."""
    for one in requests:
        ledger, _ = request(ledger, one, now)
    return ledger


def granted(notices: tuple[Notice, ...]) -> list[str]:
    """The ids of the requests that were granted."""
    return [notice.request_id for notice in notices if isinstance(notice, Granted)]


def denied(notices: tuple[Notice, ...]) -> dict[str, str]:
    """The codes of the requests that were denied."""
    return {
        notice.request_id: notice.error.code for notice in notices if isinstance(notice, Denied)
    }
