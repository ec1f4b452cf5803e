"""Templates in files become templates of the service, and stay the same when loaded again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.wiring import Wiring
from seriatim.authoring.files import load_text
from seriatim.local.publishing import PROJECT, Published, publish
from seriatim.local.service import LocalService

PAUSE = {"id": "pause", "type": "timer", "parameters": {"durationSeconds": {"$parameter": "delay"}}}
TEMPLATE: dict[str, Any] = {
    "name": "Reminder",
    "description": "waits",
    "parameters": [{"name": "delay", "type": "number", "default": 5}],
    "nodes": [{"id": "start", "type": "start"}, PAUSE, {"id": "end", "type": "end"}],
    "transitions": [
        {"id": "t1", "sourceNodeId": "start", "targetNodeId": "pause"},
        {"id": "t2", "sourceNodeId": "pause", "targetNodeId": "end"},
    ],
}


@pytest.fixture(scope="module")
def wiring() -> Iterator[Wiring]:
    with LocalService() as service:
        yield service.wiring


def load(wiring: Wiring, *templates: dict[str, Any]) -> Published:
    text = json.dumps({"templates": templates})
    return publish(wiring, [load_text(text, "templates.json")])


def test_a_template_with_an_id_keeps_it_and_is_updated(wiring: Wiring) -> None:
    first, again, changed, without = (
        load(wiring, template).templates
        for template in (
            {**TEMPLATE, "id": "reminder"},
            {**TEMPLATE, "id": "reminder"},
            {**TEMPLATE, "id": "reminder", "name": "Renamed"},
            {name: TEMPLATE[name] for name in TEMPLATE if name != "description"}
            | {"id": "reminder"},
        )
    )
    assert first == again == (("reminder", "Reminder"),)
    assert changed == (("reminder", "Renamed"),)
    assert without == first
    document = wiring.templating.get(PROJECT, "reminder").document
    assert "description" not in document


def test_a_template_without_an_id_is_known_by_its_name(wiring: Wiring) -> None:
    nameless = {**TEMPLATE, "name": "Nameless"}
    ((own_id, _),) = load(wiring, nameless).templates
    ((again, _),) = load(wiring, {**nameless, "description": "other"}).templates
    assert again == own_id
    assert wiring.templating.get(PROJECT, own_id).document["description"] == "other"


def test_a_loaded_template_is_instantiated(wiring: Wiring) -> None:
    load(wiring, {**TEMPLATE, "id": "instantiated"})
    made = wiring.templating.instantiate(PROJECT, "instantiated", {"delay": 7}).document
    assert made["nodes"][1]["parameters"]["durationSeconds"] == 7
    assert load(wiring).left_out == ()
