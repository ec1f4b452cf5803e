"""The service that hostile calls are made to: a project with one of everything in it."""

import json
import pickle
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from seriatim.adapters.task_tokens import SignedTaskTokens
from seriatim.tasks.activity import activity_task
from tests.hostile.cases import Case, bodies
from tests.unit.api.caller import ACCOUNT_ID, Answer, Service, answer_to, event
from tests.world import World

STORES = (
    "activities", "global_variables", "ledgers", "log", "payloads", "project_settings",
    "sequences", "summaries", "task_definitions", "templates", "triggers",
)  # fmt: skip
"""What a refused call must leave as it was; a message or a timer too many is harmless."""

STORED_BYTES_MAX = 300_000
"""A stage that has stored more is left for a new one: to compare it takes too long."""


class OneKey:
    """Signs task tokens, as the keys in Secrets Manager do."""

    def current(self) -> tuple[str, bytes]:
        """Name and bytes of the only key."""
        return "k1", b"k" * 64

    def find(self, name: str) -> bytes | None:
        """The key of that name."""
        return b"k" * 64 if name == "k1" else None


def _signing() -> Service:
    """A service whose task tokens are signed as in the cloud."""
    world: Any = World()
    world.tokens = SignedTaskTokens(OneKey())  # type: ignore[arg-type]
    world.restart()
    return Service(world)


@dataclass
class Stage:
    """A service of its own."""

    service: Service = field(default_factory=_signing)

    @cached_property
    def ids(self) -> dict[str, str]:
        """What stands in a case's path, query and text for ids that the service has given."""
        service = self.service
        active = service.activate(bodies()["running"])
        text = json.dumps(bodies()["sequence"]).replace("<ACTIVE>", active)
        draft = service.create(json.loads(text))
        template = service.post("/projects/p/templates", bodies()["template"]).json["id"]
        for name, body in (
            ("variables/rate", {"value": 1}),
            ("resource-pools/db", {"capacity": 1}),
            ("task-definitions/outside", bodies()["activity"]),
        ):
            assert service.put(f"/projects/p/{name}", body).status == 200
        execution = service.start(active, {"name": "first", "variables": {"amount": 5}})
        ended = service.start(active, {"name": "ended", "metadata": {"color": "red"}})
        assert service.post(f"/projects/p/executions/{ended}/cancel").status == 200
        service.run()
        self._offer_all()
        polled = service.post("/projects/p/activities/outside/poll", {"workerId": "w"}).json
        return {
            "ACTIVE": active,
            "DRAFT": draft,
            "TEMPLATE": template,
            "EXECUTION": execution,
            "ENDED": ended,
            "TOKEN": polled["tasks"][0]["taskToken"],
        }

    def _offer_all(self) -> None:
        """Put on their lists what the tasks have handed out, as the runner of activities does."""
        world = self.service.world
        for asked in world.tasks.requests:
            world.activities.offer("outside", activity_task(asked, world.clock.now()))

    def answer(self, case: Case) -> Answer:
        """Make the call; the answer is held to the OpenAPI document."""
        text, query = self._filled(case.text), self._filled(case.query) or ""
        if case.upload is not None:
            begun = self.service.post("/projects/p/uploads").json
            self.service.world.uploads.receive(begun["url"], case.upload.encode("latin-1"))
            text = f'{{"uploadId": "{begun["uploadId"]}"}}'
        given = event(
            case.method,
            self._filled(case.path) or "",
            query=query,
            body=text,
            headers={name.lower(): value for name, value in case.headers.items()},
        )
        given["requestContext"]["accountId"] = ACCOUNT_ID
        if case.base64 is not None:
            given |= {"body": case.base64, "isBase64Encoded": True}
        return answer_to(given)

    def stored(self) -> bytes:
        """All that the service has stored."""
        world: Any = self.service.world
        return pickle.dumps({name: state_of(getattr(world, name)) for name in STORES})

    def prepared(self) -> bytes:
        """Make everything; what is stored then."""
        assert self.ids
        return self.stored()

    def is_reusable(self, case: Case, stored: bytes) -> bool:
        """Whether the next case finds what it expects: something new does not matter to it."""
        is_new = case.method == "POST" and case.path.endswith("/sequences")
        return is_new and len(stored) <= STORED_BYTES_MAX

    def follow(self, case: Case, answer: Answer) -> None:
        """Take further what was accepted: activate and start a sequence, let all run, read it."""
        service, world = self.service, self.service.world
        if case.method == "POST" and case.path.endswith("/sequences"):
            path = answer.headers["Location"]
            if service.post(f"{path}/activate").status == 200:
                service.post(f"{path}/executions")
        while world.deliver_next():
            pass
        self._read_back()
        for each in service.get("/projects/p/executions", "limit=2").json["items"]:
            service.post(f"/projects/p/executions/{each['id']}/signals/go", {"payload": 1})
        service.run()
        self._read_back()

    def _read_back(self) -> None:
        get = self.service.get
        for kind in ("sequences", "executions", "templates", "task-definitions", "variables"):
            assert get(f"/projects/p/{kind}", "limit=200").status == 200
        for each in get("/projects/p/executions", "limit=3").json["items"]:
            for part in ("", "/history", "/nodes", "/waiting", "/graph"):
                answer = get(f"/projects/p/executions/{each['id']}{part}")
                assert answer.status == 200, answer.text

    def _filled(self, text: str | None) -> str | None:
        if text is None:
            return None
        for name, value in self.ids.items():
            text = text.replace(f"<{name}>", json.dumps(value)[1:-1])
        return text


def state_of(store: object) -> dict[str, Any]:
    """What a fake of a port holds."""
    return {
        name: state_of(value) if type(value).__name__.startswith(("Fake", "StepCodec")) else value
        for name, value in vars(store).items()
        if name not in {"_lock", "_clock"} and not callable(value)
    }
