"""What is known of an execution's node runs, from its history so far. No input or output here."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from seriatim.domain.times import from_iso
from seriatim.graph.measure import one_line, plain

Item = Mapping[str, Any]
Advice = Callable[[Item, Item], str | None]
"""From the event and what is waited for to what a person could do about it."""

FINISHED_KEPT: Final = 200


@dataclass(slots=True)
class NodeRow:
    """One node run as it stands. Times are milliseconds."""

    number: int
    label: str
    started: int
    status: str = "running"
    attempt: int = 0
    note: str = ""
    ended: int | None = None
    items: int = 0
    items_done: int = 0


class Progress:
    """The fold of a history. ``end`` is its last item, once it is there."""

    def __init__(self, advice: Advice | None = None) -> None:
        self._advice = advice
        self.execution_id = ""
        self.status = "running"
        self.started: int | None = None
        self.now = 0
        """The execution's time: that of the last event, and what has passed here since."""
        self.active: dict[int, NodeRow] = {}
        self.finished: deque[NodeRow] = deque(maxlen=FINISHED_KEPT)
        self.counts: dict[str, int] = {}
        self.end: dict[str, Any] | None = None
        self._event_time = 0
        self._seen_at = 0.0

    def pass_time(self, monotonic: float) -> None:
        """Let time pass between events."""
        self.now = self._event_time + int((monotonic - self._seen_at) * 1000)

    def take(self, item: Item, monotonic: float) -> str | None:
        """Take in the next item of the history; the line to show for it, if it is worth one."""
        self._event_time = self.now = from_iso(item["time"])
        self._seen_at = monotonic
        said = self._of_execution(item) if "nodeRun" not in item else self._of_node(item)
        return None if said is None else f"{item['time'][11:23]}  {one_line(said)}"

    def _of_execution(self, item: Item) -> str | None:
        match item["type"]:
            case "ExecutionStarted":
                self.execution_id = item["executionId"]
                self.started = self._event_time
                return f"execution {self.execution_id} started"
            case "ExecutionStatusChanged":
                self.status = item["status"]
            case "SignalReceived":
                return f"signal {item['name']!r} received"
            case "VariablesSet":
                return f"variables set: {', '.join(item['values'])}"
            case "ExecutionEnded":
                self.status = item["status"]
                self.end = dict(item)
                self._give_up_rest()
                return f"execution {self.status}{_because(item)}{_after(self._since_start())}"
            case _:
                pass
        return None

    def _since_start(self) -> int:
        return self._event_time - (self.started or self._event_time)

    def _give_up_rest(self) -> None:
        for row in self.active.values():
            row.status, row.ended, row.note = "cancelled", self._event_time, ""
            self._finish(row)
        self.active.clear()

    def _finish(self, row: NodeRow) -> None:
        self.finished.append(row)
        self.counts[row.status] = self.counts.get(row.status, 0) + 1

    def _of_node(self, item: Item) -> str | None:
        number = item["nodeRun"]
        if item["type"] == "NodeStarted":
            self.active[number] = NodeRow(number, _label(item), self._event_time)
            return None
        row = self.active.get(number)
        if row is None:
            return None
        match item["type"]:
            case "NodeSucceeded" | "NodeFailed" | "NodeCancelled":
                return self._ended(row, item)
            case "FiringUndone":
                return self._ended(row, {**item, "type": "NodeCancelled"})
            case _:
                said = self._going_on(row, item)
                return None if said is None else f"{row.label}  {said}"

    def _ended(self, row: NodeRow, item: Item) -> str:
        row.status = str(item["type"]).removeprefix("Node").lower()
        row.ended, row.note = self._event_time, _because(item).removeprefix(": ")
        del self.active[row.number]
        self._finish(row)
        return f"{row.label}  {row.status}{_because(item)}{_after(row.ended - row.started)}"

    def _going_on(self, row: NodeRow, item: Item) -> str | None:
        match item["type"]:
            case "NodeWaiting":
                row.status, row.note = "waiting", self._waiting_for(item)
                return f"waits for {row.note}"
            case "TaskScheduled" if row.status != "waiting" or row.attempt:
                row.status, row.attempt = "running", item.get("attempt", 1)
                row.note = "handed out" if item.get("handedOut") else ""
                return f"attempt {row.attempt} {row.note}".rstrip()
            case "TaskStarted":
                row.note = f"taken by {item['workerId']}"
                return row.note
            case "TaskFailed":
                again = item.get("retryAt")
                row.note = _error(item) + (f"; again at {again[11:19]}" if again else "")
                row.status = "waiting" if again else row.status
                return f"attempt {item['attempt']} failed: {row.note}"
            case "DependenciesResolved":
                row.status, row.note = "running", ""
                return "waits no more"
            case "ForEachStarted":
                row.status, row.items = "waiting", len(item.get("items", ()))
                row.note = f"{row.items} items"
                return row.note
            case "ItemEnded":
                row.items_done += 1
                row.note = f"{row.items_done} of {row.items} items"
            case "ChildStarted":
                return f"child execution {item['childId']} started"
            case "ChildEnded":
                return f"child execution {item['childId']} {item['outcome']['status']}"
            case "BoundaryFired":
                return f"a further token left by {', '.join(item['taken'])}"
            case "BoundaryPassed":
                return f"transition {item['transitionId']} was not taken: its condition is not true"
            case _:
                pass
        return None

    def _waiting_for(self, item: Item) -> str:
        wait: Item = item["wait"]
        words = waiting_words(wait)
        advice = self._advice(item, wait) if self._advice else None
        return f"{words} ({advice})" if advice else words


def waiting_words(wait: Item) -> str:
    """What a node run waits for, in words."""
    nodes = ", ".join(wait.get("nodeIds", ()))
    match wait["kind"]:
        case "timer":
            return f"the time: {wait['at']}"
        case "signal":
            return f"the signal {wait['name']!r}"
        case "until":
            return "its condition"
        case "callback":
            return "its task token"
        case "child":
            return f"child execution {nodes}"
        case "dependency":
            return f"the nodes {nodes}"
        case "choice":
            return "the first of its transitions"
        case "items":
            return "its items"
        case "incident":
            return "an operator"
        case kind:
            return str(kind)


def _label(item: Item) -> str:
    label = plain(item["nodeId"])
    if item.get("index") is not None:
        label += f"[{item['index']}]"
    return label if item.get("run", 1) == 1 else f"{label} (run {item['run']})"


def _error(item: Item) -> str:
    error = item.get("error") or {}
    return ": ".join(part for part in (error.get("code"), error.get("message")) if part)


def _because(item: Item) -> str:
    reason = _error(item) or item.get("reason")
    return f": {reason}" if reason else ""


def _after(milliseconds: int) -> str:
    return f" after {elapsed(milliseconds)}" if milliseconds >= 1 else ""


def elapsed(milliseconds: int) -> str:
    """A stretch of time as people read it: ``0.12 s``, ``3 min 5 s``, ``2 h 10 min``."""
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.{2 if milliseconds < 10_000 else 1}f} s"
    seconds = milliseconds // 1000
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
