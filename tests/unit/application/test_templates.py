"""Templates: what happens when several change the same, and what old templates may hold.

What the calls answer is tested through the API (``tests/unit/api``).
"""

from collections.abc import Callable

import msgspec
import pytest

from seriatim.application.definitions import Definitions
from seriatim.application.errors import Invalid, MovedOn
from seriatim.application.templates import ATTEMPTS_MAX, Templating
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.templates import TemplateRecord
from tests.builders import sequence
from tests.fakes.clock import FakeClock
from tests.fakes.ids import FakeIds
from tests.fakes.ledgers import FakeLedgers
from tests.fakes.sequences import FakeSequences
from tests.fakes.task_definitions import FakeTaskDefinitions
from tests.fakes.templates import FakeTemplates

PLAIN = sequence("start > a > end", metadata={"first": 0})


class Contended(FakeTemplates):
    """Lets somebody else be faster, for as long as ``interfere`` is there."""

    def __init__(self) -> None:
        super().__init__()
        self.interfere: Callable[[], object] | None = None

    def update(self, record: TemplateRecord, expected_version: int) -> None:
        """Update, after the other has done its part."""
        self._let_the_other()
        super().update(record, expected_version)

    def delete(self, project_id: str, template_id: str, expected_version: int) -> None:
        """Delete, after the other has done its part."""
        self._let_the_other()
        super().delete(project_id, template_id, expected_version)

    def _let_the_other(self) -> None:
        interfere, self.interfere = self.interfere, None
        if interfere is not None:
            interfere()


@pytest.fixture
def kept() -> Contended:
    return Contended()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def templating(kept: Contended, clock: FakeClock) -> Templating:
    ids = FakeIds()
    definitions = Definitions(FakeSequences(), FakeTaskDefinitions(), FakeLedgers(), ids, clock)
    return Templating(kept, definitions, ids, clock)


def created(templating: Templating) -> str:
    found: str = templating.create("p", PLAIN).document["id"]
    return found


def test_two_changes_at_once_are_both_made(kept: Contended, templating: Templating) -> None:
    template_id = created(templating)
    kept.interfere = lambda: templating.change("p", template_id, {"metadata": {"other": 1}})
    changed = templating.change("p", template_id, {"metadata": {"mine": 2}})
    assert changed.document["metadata"] == {"first": 0, "other": 1, "mine": 2}
    assert changed.version == 3


def test_a_change_or_deletion_based_on_a_version_that_moves_on_meanwhile_is_not_made(
    kept: Contended, templating: Templating
) -> None:
    template_id = created(templating)
    kept.interfere = lambda: templating.change("p", template_id, {"description": "other"})
    with pytest.raises(MovedOn):
        templating.change("p", template_id, {"description": "mine"}, {"1"})
    kept.interfere = lambda: templating.change("p", template_id, {"description": "another"})
    with pytest.raises(MovedOn):
        templating.delete("p", template_id, {"2"})
    assert templating.get("p", template_id).document["description"] == "another"


def test_a_deletion_of_whatever_version_follows_the_other_change(
    kept: Contended, templating: Templating
) -> None:
    template_id = created(templating)
    kept.interfere = lambda: templating.change("p", template_id, {"description": "other"})
    templating.delete("p", template_id)
    with pytest.raises(NotFound):
        templating.get("p", template_id)


def test_a_change_of_what_is_deleted_meanwhile_finds_nothing(
    kept: Contended, templating: Templating
) -> None:
    template_id = created(templating)
    kept.interfere = lambda: templating.delete("p", template_id)
    with pytest.raises(NotFound):
        templating.change("p", template_id, {"description": "mine"})


CHANGES: list[Callable[[Templating, str], object]] = [
    lambda templating, own: templating.change("p", own, {"description": "mine"}),
    lambda templating, own: templating.delete("p", own),
]


@pytest.mark.parametrize("change", CHANGES, ids=["change", "delete"])
def test_it_gives_up_when_others_are_always_faster(
    kept: Contended, templating: Templating, change: Callable[[Templating, str], object]
) -> None:
    template_id = created(templating)
    made: list[int] = []

    def other() -> None:
        made.append(len(made))
        templating.change("p", template_id, {"metadata": {"n": len(made)}})
        kept.interfere = other

    kept.interfere = other
    with pytest.raises(Conflict):
        change(templating, template_id)
    assert len(made) == ATTEMPTS_MAX


def test_updates_never_seem_older_than_what_they_change(
    templating: Templating, clock: FakeClock
) -> None:
    template_id = created(templating)
    clock.advance(5)
    changed = templating.change("p", template_id, {"description": "new"}).document
    assert changed["createdAt"] == "2026-01-01T00:00:00.000Z"
    assert changed["updatedAt"] == "2026-01-01T00:00:00.005Z"


def test_a_stored_template_that_new_rules_refuse_is_not_instantiated(
    kept: Contended, templating: Templating
) -> None:
    template_id = created(templating)
    record = kept.get("p", template_id)
    document = {**record.document, "parameters": [{"name": "x", "type": "as it was long ago"}]}
    kept.update(msgspec.structs.replace(record, document=document, version=2), 1)
    with pytest.raises(Invalid) as refused:
        templating.instantiate("p", template_id, {})
    assert refused.value.code == "InvalidTemplate"
    assert [problem.path for problem in refused.value.problems] == ["/parameters/0/type"]
