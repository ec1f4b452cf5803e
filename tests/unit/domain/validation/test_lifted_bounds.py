"""A time-out of 0 on a node lifts nothing, and says so where somebody wrote it."""

from typing import Any

import pytest

from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.bundles import parse_bundle
from seriatim.domain.validation.lifted_bounds import BOUNDS
from seriatim.domain.validation.references import References
from tests.builders import ACTIVITY, sequence
from tests.unit.domain.validation.asking import the

NOTHING_BESIDES = References(task_definitions={}, sequences={}, resource_pools={})


def problems_of(task: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    bundle = {"taskDefinitions": [ACTIVITY | task], "sequences": [document | {"id": "one"}]}
    return parse_bundle(bundle, NOTHING_BESIDES)[1]


def node(**fields: Any) -> dict[str, Any]:
    return sequence("start > a > end", nodes={"a": {"taskDefinitionId": "outside", **fields}})


@pytest.mark.parametrize("bound", BOUNDS)
def test_0_beside_a_bound_of_the_definition_is_warned_of(bound: str) -> None:
    found = the(problems_of({bound: 90}, node(**{bound: 0})))
    assert (found.code, found.severity, found.node_id) == ("FieldHasNoEffect", "warning", "a")
    assert found.path == f"/sequences/0/nodes/1/{bound}"
    assert "the 90 seconds of the task definition 'outside' hold" in found.message


@pytest.mark.parametrize("bound", BOUNDS)
def test_what_lifts_nothing_is_not_warned_of(bound: str) -> None:
    assert problems_of({bound: 90}, node()) == []
    assert problems_of({bound: 90}, node(**{bound: 100})) == []
    assert problems_of({}, node(**{bound: 0})) == []
    assert problems_of({bound: 0}, node(**{bound: 0})) == []


def test_what_the_service_gave_out_is_not_warned_of() -> None:
    """It has all its fields, whether anybody wrote them or not."""
    given = canonical(TaskSequence.model_validate(node()))
    assert problems_of({"timeoutSeconds": 90}, node() | {"nodes": given["nodes"]}) == []


@pytest.mark.parametrize("wrong", [None, "0", True, [], {}])
def test_what_is_no_number_is_somebody_elses_to_tell(wrong: Any) -> None:
    codes = [one.code for one in problems_of({"timeoutSeconds": 90}, node(timeoutSeconds=wrong))]
    codes += [one.code for one in problems_of({"timeoutSeconds": wrong}, node(timeoutSeconds=0))]
    assert "FieldHasNoEffect" not in codes
