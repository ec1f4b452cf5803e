"""How much validation tells, and how hard it tries: at each bound all is said, one over it the
answer says that there is more, and nothing wrong is said.
"""

from typing import Any

import pytest

from seriatim.domain.definition.value_types import shorten
from seriatim.domain.limits import PATH_CHARACTERS_SHOWN_MAX, SHOWN_VALUE_CHARACTERS_MAX
from seriatim.domain.validation.cycles import ARROW, show_path
from tests.builders import sequence
from tests.unit.domain.validation.asking import codes, for_activation, only

VALIDATION = "seriatim.domain.validation"


def bounded(patch: pytest.MonkeyPatch, module: str, name: str, value: int) -> None:
    patch.setattr(f"{VALIDATION}.{module}.{name}", value)


def waiting_for_the_next(pairs: int) -> dict[str, Any]:
    """As many pairs of nodes, the first of each waiting for the second."""
    nodes = {f"a{n}": {"dependencies": [{"nodeId": f"b{n}"}]} for n in range(pairs)}
    way = " > ".join(f"a{n} > b{n}" for n in range(pairs))
    return sequence(f"start > {way} > end", nodes=nodes)


@pytest.mark.parametrize(("pairs", "told"), [(2, 2), (3, 2)])
def test_no_more_blocking_cycles_are_told_than_may(
    monkeypatch: pytest.MonkeyPatch, pairs: int, told: int
) -> None:
    bounded(monkeypatch, "dependencies", "BLOCKING_CYCLES_MAX", 2)
    assert codes(for_activation(waiting_for_the_next(pairs))) == ["BlockingCycle"] * told


def body(nodes: int) -> dict[str, Any]:
    """A ``forEach`` whose body has so many nodes before its join."""
    way = " > ".join(f"a{n}" for n in range(nodes))
    parameters = {"forEach": "[1]", "joinNodeId": "join"}
    return sequence(
        f"start > fork > {way} > join > end", nodes={"fork": {"parameters": parameters}}
    )


def test_bodies_hold_no_more_nodes_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded(monkeypatch, "inspection", "BODY_NODES_MAX", 5)
    bounded(monkeypatch, "node_rules", "BODY_NODES_MAX", 5)
    assert codes(for_activation(body(5))) == []
    [problem] = for_activation(body(6))
    assert (problem.code, problem.path) == ("TooMany", "/nodes")
    assert "more than 5 nodes" in problem.message


def least(patch: pytest.MonkeyPatch, module: str, name: str, code: str, document: Any) -> int:
    """The least effort with which validation does not say that it stopped."""
    for effort in range(1_000):
        bounded(patch, module, name, effort)
        if not only(for_activation(document), code):
            return effort
    raise AssertionError("no effort is enough")


def test_a_search_for_cycles_that_stops_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    document = sequence("start > a > decide >[1 > 2]> a", "decide > end")
    name = "CYCLE_TRANSITIONS_VISITED_MAX"
    enough = least(monkeypatch, "cycles", name, "MoreCircularPaths", document)
    assert codes(for_activation(document)) == ["CircularPath"]
    bounded(monkeypatch, "cycles", name, enough - 1)
    assert codes(for_activation(document))[-1] == "MoreCircularPaths"


def test_a_search_of_branches_that_stops_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    document = sequence("start > fork > a > join > end", "fork > b > join")
    name = "BRANCH_TRANSITIONS_VISITED_MAX"
    enough = least(monkeypatch, "branches", name, "PartlyChecked", document)
    assert codes(for_activation(document)) == []
    bounded(monkeypatch, "branches", name, enough - 1)
    assert codes(for_activation(document)) == ["PartlyChecked"]


def test_certainty_that_stops_early_warns_less_and_never_wrongly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mapping = {"sourceNodeId": "b", "sourceOutputName": "o", "targetInputName": "i"}
    document = sequence(
        "start > decide >[1 > 2]> a > c > end",
        "decide > b > c",
        nodes={"c": {"inputMappings": [mapping]}},
    )
    assert codes(for_activation(document)) == ["MayNotHaveRun"]
    bounded(monkeypatch, "certainty", "CERTAINTY_ROUNDS_MAX", 0)
    assert codes(for_activation(document)) == []


@pytest.mark.parametrize("id_characters", [1, 7, 128])
def test_a_path_in_a_message_is_no_longer_than_may(id_characters: int) -> None:
    fit = (PATH_CHARACTERS_SHOWN_MAX + len(ARROW)) // (id_characters + len(ARROW))
    whole = ["n" * id_characters] * fit
    assert show_path(whole) == ARROW.join(whole)
    for count in (fit + 1, 10_000):
        shown = show_path(["n" * id_characters] * count)
        assert PATH_CHARACTERS_SHOWN_MAX * 0.8 < len(shown) <= PATH_CHARACTERS_SHOWN_MAX
        assert shown.count("more) …") == 1


def test_a_long_path_keeps_its_ends() -> None:
    shown = show_path([f"node-{number}" for number in range(5_000)])
    assert shown.startswith("node-0 → node-1 → ")
    assert shown.endswith(" → node-4999")


def test_a_value_in_a_message_is_no_longer_than_may() -> None:
    whole = "x" * SHOWN_VALUE_CHARACTERS_MAX
    assert shorten(whole) == whole
    assert shorten(whole + "x") == whole[:-1] + "…"
