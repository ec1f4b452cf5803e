"""One sentence for each kind of waiting, from its data: for people, and for them alone."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from seriatim.domain.times import from_iso

Document = Mapping[str, Any]

UNITS: Final = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))
VALUE_CHARACTERS_MAX: Final = 80


def sentence(item: Document, now: int) -> str:
    """Why it waits, in one sentence; ``item`` is the document without it."""
    say = SENTENCES.get(item["kind"])
    said = say(item, now) if say is not None else f"waits for a {item['kind']}"
    place = _node(item)
    return f"{place} {said}." if place else f"{said[:1].upper()}{said[1:]}."


def relative(at: int, now: int) -> str:
    """How far off an instant is: ``in 4 minutes``, ``2 hours ago``, ``now``."""
    distance = abs(at - now)
    for size, name in UNITS:
        if distance >= size:
            count = round(distance / size)
            words = f"{count} {name}{'s' * (count != 1)}"
            return f"in {words}" if at > now else f"{words} ago"
    return "now"


def _node(item: Document) -> str:
    if "nodeId" not in item:
        return ""
    index = f"[{item['index']}]" if "index" in item else ""
    return f"Node {item['nodeId']!r}{index}"


def _at(time: str, now: int) -> str:
    return f"{time} ({relative(from_iso(time), now)})"


def _bound(item: Document, now: int) -> str:
    parts = []
    if "heartbeatUntil" in item:
        parts.append(f"its next heartbeat must come by {_at(item['heartbeatUntil'], now)}")
    if "deadline" in item:
        parts.append(f"it times out at {_at(item['deadline'], now)}")
    return "".join(f"; {part}" for part in parts)


def _old(item: Document, now: int) -> str:
    return relative(from_iso(item["since"]), now).replace("now", "just now")


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, bool) or value is None:
        text = {True: "true", False: "false", None: "null"}[value]
    is_long = len(text) > VALUE_CHARACTERS_MAX
    return text[: VALUE_CHARACTERS_MAX - 1] + "…" if is_long else text


def _names(names: list[str]) -> str:
    quoted = [repr(name) for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _timer(item: Document, now: int) -> str:
    return f"waits until {_at(item['until'], now)}"


def _signal(item: Document, now: int) -> str:  # noqa: ARG001 - all are called alike
    kept = [name for name in item.get("keptSignals", {}) if name != item["signalName"]]
    said = f"waits for the signal {item['signalName']!r}"
    return f"{said}; kept are signals named {_names(kept)}" if kept else said


def _until(item: Document, now: int) -> str:
    values = item.get("values", {})
    read = ", ".join(f"{name} is {_short(value)}" for name, value in values.items())
    said = f"waits until {item.get('expression', '')!r} is true"
    return f"{said}; now {read}{_bound(item, now)}" if read else said + _bound(item, now)


def _choice(item: Document, now: int) -> str:
    ways = [_boundary(way, now) for way in item["boundaries"]]
    first = " or ".join(ways) or "nothing that could come"
    return f"waits for what comes first: {first}" if len(ways) > 1 else f"waits for {first}"


def _boundary(way: Document, now: int) -> str:
    is_timer = way["trigger"] == "timer"
    what = f"the time {_at(way['until'], now)}" if is_timer else f"the signal {way['signalName']!r}"
    return f"{what} if {way['condition']!r} is true then" if "condition" in way else what


def _callback(item: Document, now: int) -> str:
    said = f"waits for a caller with its task token, handed out {_old(item, now)}"
    if "expression" in item:
        said += f", or until {item['expression']!r} is true"
    return said + _bound(item, now)


def _task(item: Document, now: int) -> str:
    attempt = item.get("attempt", 1)
    if not item.get("handedOut"):
        return f"runs attempt {attempt} in a worker, begun {_old(item, now)}{_bound(item, now)}"
    who = f"worker {item['workerId']!r}" if "workerId" in item else f"{item['integration']}"
    last = f", last heard of {_at(item['lastHeartbeat'], now)}" if "lastHeartbeat" in item else ""
    said = f"waits for the result of attempt {attempt}, which {who} has, begun {_old(item, now)}"
    return said + last + _bound(item, now)


def _activity(item: Document, now: int) -> str:
    name = item["activity"]
    last = item.get("lastPoll")
    if last is None:
        polls = "nobody has polled for it"
    else:
        polls = f"last polled for by {last['workerId']!r} at {_at(last['time'], now)}"
    bound = f"; it must be taken by {_at(item['queueUntil'], now)}" if "queueUntil" in item else ""
    said = f"waits in the activity list {name!r}, offered {_old(item, now)}; {polls}{bound}"
    return said + _bound(item, now)


def _retry(item: Document, now: int) -> str:
    error = item.get("error") or {}
    why = f" after {error.get('code')}: {error.get('message', '')}" if error else ""
    return f"tries again (attempt {item['attempt']}) at {_at(item['until'], now)}{why}".rstrip(". ")


def _child(item: Document, now: int) -> str:
    known = {
        one["id"]: one["status"] + (", paused" if one.get("paused") else "")
        for one in item.get("executions", ())
    }
    ids = [f"{one} ({known[one]})" if one in known else one for one in item["executionIds"]]
    return f"waits for the child execution {', '.join(ids)}{_bound(item, now)}"


def _children(item: Document, now: int) -> str:
    said = f"waits for its child executions: {item['ended']} of {item['items']} have ended"
    if item["failed"]:
        said += f" ({item['failed']} failed)"
    return f"{said}, {_running(item, item['started'] - item['ended'])}{_bound(item, now)}"


def _items(item: Document, now: int) -> str:  # noqa: ARG001
    failed = item.get("failed", 0)
    said = f"waits for its items: {item['ended']} of {item['items']} have ended"
    said += f", {failed} failed" if failed else ""
    return f"{said}, {_running(item, item['started'] - item['ended'] - failed)}"


def _running(item: Document, count: int) -> str:
    limit = f" of at most {item['limit']}" if "limit" in item else ""
    return f"{count}{limit} are on their way"


def _dependency(item: Document, now: int) -> str:  # noqa: ARG001
    others = [
        f"{one['nodeId']!r} to have {one['on']} (it is {one.get('status', 'not there yet')})"
        for one in item["nodes"]
    ]
    return f"waits for {' and for '.join(others)}" if others else "goes on with the next step"


def _incident(item: Document, now: int) -> str:
    error = item.get("error") or {}
    why = ": ".join(part for part in (error.get("code"), error.get("message")) if part)
    return f"has failed {_old(item, now)} and waits for an operator ({why})"


def _permit(item: Document, now: int) -> str:
    parts = [_units(pool, count, item) for pool, count in item["units"].items()]
    again = "" if "nodeId" in item else "pending: what its nodes had acquired is to come back; it "
    return f"{again}waits for {' and '.join(parts)}{_line(item)}{_bound(item, now)}"


def _slot(item: Document, now: int) -> str:  # noqa: ARG001
    whose = "the project" if item["ledger"] == "project" else "the sequence"
    limit = next(iter(item.get("capacity", {}).values()), None)
    most = f", which runs {limit} at once" if limit is not None else ""
    return f"pending: the execution waits for a slot of {whose}{most}{_line(item)}"


def _units(pool: str, count: int, item: Document) -> str:
    ledger = item["ledger"]
    what = f"a slot of {ledger!r}" if ledger.startswith("task:") else f"{count} of {pool!r}"
    capacity = item.get("capacity", {}).get(pool)
    return what if capacity is None else f"{what} (there are {capacity})"


def _line(item: Document) -> str:
    holders = item.get("holders", ())
    names = [
        f"{one['executionId']}/{one['nodeId']}" if "nodeId" in one else one["executionId"]
        for one in holders[:3]
    ]
    more = item.get("held", 0) - len(names)
    said = f"; held by {', '.join(names)}" if names else ""
    said += f" and {more} more" if names and more > 0 else ""
    return f"{said}; it is number {item['position']} in line" if "position" in item else said


def _rate(item: Document, now: int) -> str:
    return f"waits for the rate of {item['ledger']!r} until {_at(item['until'], now)}"


def _paused(item: Document, now: int) -> str:
    by = f" by {item['by']}" if "by" in item else ""
    why = f" ({item['reason']})" if "reason" in item else ""
    said = f"paused{by} {_old(item, now)}{why}; no node begins until it is resumed"
    return f"{said}, {item['tokens']} token(s) would go on" if item["tokens"] else said


def _join(item: Document, now: int) -> str:  # noqa: ARG001
    held = _names([one["transitionId"] for one in item["held"]])
    tokens = sum(one["tokens"] for one in item["held"])
    said = f"holds {tokens} token{'s' * (tokens != 1)} (from {held})"
    expected = "; ".join(_way(one) for one in item["expected"])
    if item.get("waveOpen"):
        said += " for its next firing"
        return f"{said}, and the last one still expects {expected}" if expected else said
    if item.get("keptByFailure"):
        said += " and does not fire, for a token that could have come has failed"
        return f"{said}; it could still get {expected}" if expected else said
    if expected:
        return f"{said} and still expects {expected}"
    return f"{said}, all that it asks for, and goes on with the next step"


def _way(expected: Document) -> str:
    where = ", ".join(f"{at['nodeId']!r} ({at['status']})" for at in expected["tokensAt"])
    return f"one from {expected['transitionId']!r}, which is at {where}"


SENTENCES: Final[Mapping[str, Callable[[Document, int], str]]] = {
    "join": _join,
    "timer": _timer,
    "signal": _signal,
    "until": _until,
    "choice": _choice,
    "callback": _callback,
    "task": _task,
    "activity": _activity,
    "retry": _retry,
    "child": _child,
    "children": _children,
    "items": _items,
    "dependency": _dependency,
    "incident": _incident,
    "paused": _paused,
    "permit": _permit,
    "slot": _slot,
    "rate": _rate,
}
