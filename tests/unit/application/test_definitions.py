"""Definitions: what happens when several change the same, and what activation knows of the project.

What the calls answer is tested through the API (``tests/unit/api``); here is what needs a hand on
the store.
"""

from collections.abc import Callable
from typing import Any

import pytest

from seriatim.application.definitions import ATTEMPTS_MAX, Definitions
from seriatim.application.errors import Invalid, MovedOn, WrongState
from seriatim.ports.errors import Conflict
from seriatim.ports.sequences import SequenceRecord
from tests.builders import sequence
from tests.fakes.clock import FakeClock
from tests.fakes.ids import FakeIds
from tests.fakes.ledgers import FakeLedgers
from tests.fakes.sequences import FakeSequences
from tests.fakes.task_definitions import FakeTaskDefinitions

ECHO = {"integration": "python", "python": {"function": "builtin.echo"}}
PLAIN = sequence("start > a > end")


class Contended(FakeSequences):
    """Lets somebody else be faster, for as long as ``interfere`` is there."""

    def __init__(self) -> None:
        super().__init__()
        self.interfere: Callable[[], None] | None = None

    def update(self, record: SequenceRecord, expected_version: int, *, publish: bool) -> None:
        """Update, after the other has."""
        interfere, self.interfere = self.interfere, None
        if interfere is not None:
            interfere()
        super().update(record, expected_version, publish=publish)


@pytest.fixture
def sequences() -> Contended:
    return Contended()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def definitions(sequences: Contended, clock: FakeClock) -> Definitions:
    made = Definitions(sequences, FakeTaskDefinitions(), FakeLedgers(), FakeIds(), clock)
    made.put_task_definition("p", "echo", ECHO)
    return made


def created(definitions: Definitions, document: dict[str, Any] = PLAIN) -> str:
    found: str = definitions.create("p", document).document["id"]
    return found


def activated(definitions: Definitions, document: dict[str, Any] = PLAIN) -> str:
    sequence_id = created(definitions, document)
    definitions.activate("p", sequence_id)
    return sequence_id


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [problem.code for problem in refused.value.problems if problem.severity == "error"]


def test_two_changes_at_once_are_both_made(sequences: Contended, definitions: Definitions) -> None:
    sequence_id = activated(definitions)

    def other() -> None:
        definitions.change("p", sequence_id, {"metadata": {"other": 1}})

    sequences.interfere = other
    changed = definitions.change("p", sequence_id, {"metadata": {"mine": 2}})
    assert changed.document["metadata"] == {"other": 1, "mine": 2}
    assert changed.document["revision"] == 3
    assert sequences.get_revision("p", sequence_id, 2)["metadata"] == {"other": 1}


def test_a_change_based_on_a_version_that_moves_on_meanwhile_is_not_made(
    sequences: Contended, definitions: Definitions
) -> None:
    sequence_id = created(definitions)
    version = str(definitions.get("p", sequence_id).version)
    sequences.interfere = lambda: ignore(
        definitions.change("p", sequence_id, {"description": "other"})
    )
    with pytest.raises(MovedOn):
        definitions.change("p", sequence_id, {"description": "mine"}, {version})
    assert definitions.get("p", sequence_id).document["description"] == "other"


def test_of_two_activations_at_once_one_is_told_that_it_is_done(
    sequences: Contended, definitions: Definitions, clock: FakeClock
) -> None:
    sequence_id = created(definitions)

    def other() -> None:
        clock.advance(1)
        definitions.activate("p", sequence_id)

    sequences.interfere = other
    with pytest.raises(WrongState):
        definitions.activate("p", sequence_id)
    assert definitions.get("p", sequence_id).document["revision"] == 1


def test_a_change_gives_up_when_others_are_always_faster(
    sequences: Contended, definitions: Definitions
) -> None:
    sequence_id = created(definitions)
    made: list[int] = []

    def other() -> None:
        made.append(len(made))
        definitions.change("p", sequence_id, {"metadata": {"n": len(made)}})
        sequences.interfere = other

    sequences.interfere = other
    with pytest.raises(Conflict):
        definitions.change("p", sequence_id, {"description": "mine"})
    assert len(made) == ATTEMPTS_MAX


def ignore(_: object) -> None:
    """For calls whose answer does not matter."""


def test_what_is_stored_is_the_document_with_its_place_in_life(
    sequences: Contended, definitions: Definitions
) -> None:
    sequence_id = activated(definitions)
    stored = sequences.get_revision("p", sequence_id, 1)
    assert (stored["id"], stored["projectId"]) == (sequence_id, "p")
    assert (stored["status"], stored["revision"]) == ("active", 1)
    definitions.deprecate("p", sequence_id)
    assert sequences.get("p", sequence_id).document["status"] == "deprecated"
    assert sequences.get_revision("p", sequence_id, 1)["status"] == "active"


def subprocess(*children: str) -> dict[str, Any]:
    names = [f"sub{number}" for number in range(len(children))]
    nodes = {
        name: {"parameters": {"sequenceId": child}}
        for name, child in zip(names, children, strict=True)
    }
    return sequence(" > ".join(["start", *names, "end"]), nodes=nodes)


def test_activation_sees_through_others_that_a_sequence_comes_to_run_itself(
    definitions: Definitions,
) -> None:
    first = activated(definitions)
    second = activated(definitions, subprocess(first))
    third = activated(definitions, subprocess(second))
    with pytest.raises(Invalid) as refused:
        definitions.change("p", first, subprocess(third))
    assert codes(refused) == ["EndlessRecursion"]


def test_activation_names_unknown_sequences_and_warns_of_inactive_ones(
    definitions: Definitions,
) -> None:
    draft = created(definitions)
    sequence_id = created(definitions, subprocess(draft, "nowhere"))
    with pytest.raises(Invalid) as refused:
        definitions.activate("p", sequence_id)
    assert codes(refused) == ["UnknownSequence"]
    found = {(problem.code, problem.severity) for problem in refused.value.problems}
    assert ("SequenceNotActive", "warning") in found


def test_an_unknown_handler_of_failures_is_named(definitions: Definitions) -> None:
    answer = definitions.validate("p", {**PLAIN, "onFailureSequenceId": "nowhere"})
    [problem] = [each for each in answer["problems"] if each["severity"] == "error"]
    assert (problem["code"], problem["path"]) == ("UnknownSequence", "/onFailureSequenceId")


def test_a_task_definition_that_reads_a_variable_wants_it_declared(
    definitions: Definitions,
) -> None:
    document = {
        "integration": "http",
        "http": {"method": "GET", "url": "https://example.org/${customer}"},
    }
    definitions.put_task_definition("p", "fetch", document)
    fetching = sequence("start > a > end", nodes={"a": {"taskDefinitionId": "fetch"}})
    with pytest.raises(Invalid) as refused:
        definitions.activate("p", created(definitions, fetching))
    assert codes(refused) == ["UnknownVariable"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"nodes": 5},
        {"nodes": [None, 5, {"type": "subprocess"}]},
        {"nodes": [{"type": "subprocess", "parameters": {"sequenceId": ["x"]}}]},
        {"nodes": [{"type": "subprocess", "parameters": {"sequenceId": ""}}]},
        {"nodes": [{"taskDefinitionId": "a/b"}, {"taskDefinitionId": ""}]},
        {"onFailureSequenceId": "\x00"},
        {"nodes": [{"type": ["subprocess"], "parameters": 1}]},
    ],
)
def test_a_document_of_any_shape_is_validated(
    definitions: Definitions, document: dict[str, Any]
) -> None:
    answer = definitions.validate("p", document)
    assert answer["valid"] is False
    assert answer["problems"]


def test_a_stored_definition_that_new_rules_refuse_counts_as_there(
    sequences: Contended, definitions: Definitions
) -> None:
    old = activated(definitions)
    record = sequences.get("p", old)
    changed = SequenceRecord(
        **{
            **{name: getattr(record, name) for name in record.__struct_fields__},
            "document": {"nodes": "as they were long ago"},
            "version": record.version + 1,
        }
    )
    sequences.update(changed, record.version, publish=False)
    assert activated(definitions, subprocess(old))
