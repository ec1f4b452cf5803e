"""The bus on one machine: what is put on the deployment's own bus is shown to whoever listens.

AWS, embedded or emulated, takes the events first; of its rules moto serves none.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from seriatim.adapters.clients import Clients
from seriatim.domain.times import to_iso
from seriatim.local.lambda_context import ACCOUNT_ID, REGION
from seriatim.ports.clock import Clock
from seriatim.ports.ids import Ids

Listener = Callable[[dict[str, Any]], None]


class LocalBus:
    """Listens to the clients' calls, those of tasks too."""

    def __init__(self, bus: str, ids: Ids, clock: Clock) -> None:
        self._bus = bus
        self._ids = ids
        self._clock = clock
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have every event shown to ``listener``, as EventBridge hands it to a target."""
        self._listeners.append(listener)

    def attach(self, clients: Clients) -> None:
        """Listen to what these clients put."""
        put = clients.events.put_events

        def put_events(**params: Any) -> Any:
            self._take(params)
            return put(**params)

        vars(clients.events)["put_events"] = put_events

    def _take(self, params: dict[str, Any]) -> None:
        for entry in params["Entries"]:
            if str(entry.get("EventBusName", "")).rpartition("/")[2] == self._bus:
                event = self._event_of(entry)
                for listener in self._listeners:
                    listener(event)

    def _event_of(self, entry: dict[str, Any]) -> dict[str, Any]:
        time = entry.get("Time")
        at = int(time.timestamp() * 1000) if isinstance(time, datetime) else self._clock.now()
        return {
            "version": "0",
            "id": self._ids.new("event"),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": ACCOUNT_ID,
            "time": to_iso(at),
            "region": REGION,
            "resources": entry.get("Resources", []),
            "detail": msgspec.json.decode(entry["Detail"]),
        }
