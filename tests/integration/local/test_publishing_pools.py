"""Resource pools in files become pools of the service."""

import json
from typing import Any

from seriatim.authoring.files import load_text
from seriatim.local.publishing import PROJECT, publish
from seriatim.local.service import LocalService

BUNDLE: dict[str, Any] = {
    "resourcePools": [{"id": "db", "capacity": 2}],
    "sequences": [
        {
            "id": "locked",
            "name": "locked",
            "nodes": [
                {"id": "start", "type": "start", "acquire": {"db": 1}},
                {"id": "end", "type": "end", "release": {"db": 1}},
            ],
            "transitions": [{"id": "t", "sourceNodeId": "start", "targetNodeId": "end"}],
        }
    ],
}


def test_pools_are_there_before_the_sequences_that_name_them() -> None:
    with LocalService() as service:
        for capacity in (2, 2, 3):
            pools = [{"id": "db", "capacity": capacity}]
            text = json.dumps({**BUNDLE, "resourcePools": pools})
            published = publish(service.wiring, [load_text(text, "pools.json")])
            assert published.resource_pool_ids == ("db",)
            assert [one.status for one in published.sequences] == ["active"]
            assert published.left_out == ()
            shown = service.wiring.resource_pools.get(PROJECT, "db")
            assert shown["capacity"] == capacity
