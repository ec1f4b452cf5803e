"""What is read from a document: the lines of nodes and edges, and leniency towards drafts."""

import pytest

from seriatim.graph.drawing import Drawing, duration, read_drawing
from tests.unit.graph.documents import every_kind, node, sequence, transition


def labels(drawing: Drawing) -> dict[str, tuple[str, ...]]:
    return {edge.id: edge.label for edge in drawing.edges}


def notes(drawing: Drawing) -> dict[str, tuple[str, ...]]:
    return {vertex.id: vertex.notes for vertex in drawing.vertices}


def test_notes_say_what_a_node_does() -> None:
    found = notes(read_drawing(every_kind()))
    assert found["charge"] == ("charge", "task charge-card")
    assert found["child"] == ("sequence invoice", "each items")
    assert found["sync"] == ("count 2",)
    assert found["hold"] == ("until ready",)
    assert found["cool"] == ("1 min 30 s",)
    assert found["ask"] == ("receive answer",)
    assert found["tell"] == ("send done",)
    assert found["start"] == ()


def test_labels_say_when_an_edge_is_taken() -> None:
    found = labels(read_drawing(every_kind()))
    assert found["choice-split"] == ("[3] total > 100",)
    assert found["choice-hold"] == ("otherwise",)
    assert found["charge-bad"] == ("on error", "otherwise")
    assert found["charge-choice"] == ()
    assert found["hold-cool"] == ("after 1 h 1 min 30 s",)
    assert found["ask-charge"] == ("on signal redo, goes on",)
    assert found["cool-hold"] == ("again",)


def test_the_unconditional_way_out_of_a_fork_is_no_default() -> None:
    document = sequence(
        [node("f", "fork"), node("a"), node("b")],
        [transition("f", "a", condition="x"), transition("f", "b")],
    )
    assert labels(read_drawing(document)) == {"f-a": ("x",), "f-b": ()}


def test_a_dependency_is_an_edge_from_what_is_waited_for() -> None:
    [edge] = [e for e in read_drawing(every_kind()).edges if e.kind == "dependency"]
    assert (edge.source, edge.target, edge.label) == ("charge", "left", ("waits until succeeded",))


def test_a_transition_to_a_missing_node_is_drawn_to_an_unknown_one() -> None:
    drawing = read_drawing(sequence([node("a")], [transition("a", "ghost")]))
    assert [(v.id, v.kind) for v in drawing.vertices] == [("a", "task"), ("ghost", "unknown")]


@pytest.mark.parametrize(
    "broken",
    [
        {"nodes": [{"id": "a", "type": "teapot"}]},
        {"nodes": [{"id": "a", "type": ["task"]}]},
        {"nodes": [{"id": "a", "type": "join", "parameters": "none"}]},
        {"nodes": [{"id": "a"}], "transitions": {"a": "b"}},
        {"nodes": [{"id": "a"}], "transitions": [None, {"id": "t"}, {"sourceNodeId": 5}]},
        {"nodes": [{"id": "a", "dependencies": [{"nodeId": None}, 4]}], "name": 5},
        {"nodes": [{"id": "a", "type": "timer", "parameters": {"durationSeconds": []}}]},
        {"nodes": [{"id": "a", "type": "task", "taskDefinitionId": 7}], "revision": "x"},
        {"nodes": []},
    ],
)
def test_a_broken_draft_is_drawn_all_the_same(broken: dict[str, object]) -> None:
    assert len(read_drawing(broken).vertices) == len(broken["nodes"])  # type: ignore[arg-type]


@pytest.mark.parametrize("nothing", [{}, {"nodes": None}, {"nodes": [{"name": "x"}]}])
def test_a_document_without_nodes_is_refused_with_what_to_do(nothing: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="`nodes` must be a list of objects with an `id`"):
        read_drawing(nothing)


def test_an_overlay_gives_nodes_their_status() -> None:
    drawing = read_drawing(every_kind(), {"charge": "failed", "gone": "running"})
    by_id = {vertex.id: vertex.status for vertex in drawing.vertices}
    assert (by_id["charge"], by_id["choice"]) == ("failed", None)
    assert drawing.is_execution


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.5, "0.5 s"),
        (60, "1 min"),
        (90_061, "1 d 1 h 1 min 1 s"),
        ("${pause}", "${pause}"),
        (None, "?"),
        (True, "True"),
    ],
)
def test_durations_are_read_by_people(seconds: object, words: str) -> None:
    assert duration(seconds) == words
