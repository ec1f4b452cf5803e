"""Logs that earlier versions wrote are read as they were, and go on.

A file is never edited (CONTRIBUTING.md). Where a test fails, the code is at fault: a field of an
event lost its default, a name changed, or the same events now fold to something else.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seriatim.adapters.dynamodb.step_codec import KNOWN
from seriatim.domain.step import FORMAT
from seriatim.ports.errors import Unavailable
from tests.replay.lives import ALL
from tests.replay.recording import HISTORIES, loaded, outcome, shown
from tests.simulation.versions import UNKNOWN_TO_FIRST

FILES = sorted(HISTORIES.glob("*/*.json"))
NODE_TYPES = 10

every_history = pytest.mark.parametrize(
    "file", FILES, ids=[f"{file.parent.name}-{file.stem}" for file in FILES]
)


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@every_history
def test_a_recorded_log_reads_as_it_did(file: Path) -> None:
    history = read(file)
    world, key = loaded(ALL[file.stem], history)
    assert lacking(history["shown"], shown(world, key)) == []


@every_history
def test_a_recorded_execution_goes_on_as_it_did(file: Path) -> None:
    history = read(file)
    world, key = loaded(ALL[file.stem], history)
    for act in ALL[file.stem].after:
        act(world, key)
    world.run()
    assert lacking(history["ended"], outcome(world, key)) == []


@every_history
def test_an_older_version_leaves_alone_what_a_newer_one_wrote(file: Path) -> None:
    """While code is deployed both run; what the older cannot read comes to the newer later."""
    world, key = loaded(ALL[file.stem], read(file))
    records = world.log._steps[key]
    dreamt = '{"events":[{"type":"NodeDreamt","number":1}]}'
    last = msgspec.structs.replace(records[-1], number=len(records) + 1, body=dreamt)
    newer = msgspec.structs.replace(last, references=None, whole=None)
    world.log._steps[key] = [*records, newer]
    with pytest.raises(Unavailable, match="NodeDreamt"):
        world.wired.executions.signal(key, "go", 1, "a key", "ann")
    assert world.log._steps[key] == [*records, newer]


def lacking(old: Any, new: Any, place: str = "") -> list[str]:
    """Where the new value is not the old one; fields that have come in between are no matter."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            found for name in old for found in lacking(old[name], new.get(name), f"{place}/{name}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [found for at, pair in pairs for found in lacking(*pair, f"{place}/{at}")]
    return [] if old == new else [f"{place} was {old!r}, is {new!r}"]


def test_every_step_says_its_format() -> None:
    formats = {
        record["format"] for file in FILES for log in read(file)["logs"].values() for record in log
    }
    assert formats
    assert max(formats) <= FORMAT


def test_the_histories_have_every_kind_of_event_and_command() -> None:
    """But for ``Continue``: it has no fields, and comes after 500 node runs in one step."""
    bodies = [
        json.loads(record["body"] or "{}")
        for file in FILES
        for log in read(file)["logs"].values()
        for record in log
    ]
    found = {
        one["type"]
        for body in bodies
        for one in (*body.get("events", ()), *body.get("commands", ()))
    }
    assert KNOWN - found == {"Continue"}


def test_the_first_histories_have_nothing_that_the_simulation_says_came_later() -> None:
    first = [history for history in map(read, FILES) if "kept" not in history]
    records = [record for history in first for log in history["logs"].values() for record in log]
    events = [event for record in records for event in json.loads(record["body"])["events"]]
    assert not {event["type"] for event in events} & UNKNOWN_TO_FIRST
    assert not any("acquires" in event for event in events)
    assert not any(record.get("tally") for record in records)


def test_the_scenarios_have_every_type_of_node() -> None:
    documents = [one.document for one in ALL.values()]
    types = {node["type"] for document in documents for node in document["nodes"]}
    assert len(types) >= NODE_TYPES
    assert {file.stem for file in FILES} <= set(ALL)
