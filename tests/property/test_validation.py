"""Validation under random documents: it always answers, and its searches agree with slow ones.

Documents are either any JSON or a right one with something changed; graphs are small, so that all
cycles and all runs can be enumerated.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.authoring.files import load_text
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.limits import PROBLEMS_MAX
from seriatim.domain.validation.bundles import parse_bundle
from seriatim.domain.validation.certainty import certain_before
from seriatim.domain.validation.cycles import Effort, elementary_cycles
from seriatim.domain.validation.graph import Graph, components, reachable
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.parse import DocumentMode, parse_sequence
from seriatim.domain.validation.problems import Problem, ProblemCode, has_errors
from seriatim.domain.validation.references import References, named_ids
from seriatim.domain.validation.task_definitions import parse_task_definition
from seriatim.domain.validation.templates import parse_template_document
from seriatim.domain.validation.triggers import parse_trigger
from tests.builders import sequence
from tests.unit.domain.validation.asking import parsed

REFERENCES = References(task_definitions={}, sequences={}, resource_pools={})

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "a", "start", "task", "x > 1", "${a}", "${", "timer", "error", "\ud800"])
)
KEYS = st.text(max_size=5) | st.sampled_from(
    ["name", "nodes", "transitions", "variables", "id", "type", "parameters", "trigger"]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)

RIGHT = sequence(
    "start > fork > a > join > decide >[total > 5]> sub > end",
    "fork > wait > join",
    "decide > each > timer > join2 > signal > end",
    "a >!error> join",
    "wait >!signal> join",
    "decide >[total < 0]> fork",
    nodes={
        "each": {
            "type": "fork",
            "parameters": {"forEach": "[1]", "joinNodeId": "join2", "maxConcurrency": 2},
        },
        "sub": {"parameters": {"sequenceId": "own", "variables": {"x": "${total}"}}},
        "wait": {"parameters": {"until": "total > 9"}, "dependencies": [{"nodeId": "a"}]},
        "timer": {"parameters": {"durationSeconds": "${index}"}},
        "signal": {"parameters": {"signalName": "go-${total}"}},
        "a": {
            "retryPolicy": {"maxRetries": 2, "retryableErrors": ["A.*"]},
            "resources": {"db": 2},
            "inputMappings": [
                {"sourceNodeId": "start", "sourceOutputName": "o", "targetInputName": "i"}
            ],
            "outputMappings": [{"outputName": "total", "valueExpression": "result + 1"}],
        },
    },
    variables=[{"name": "total", "type": "number", "defaultValue": 1}],
)
for one in RIGHT["nodes"]:
    if one["type"] != "task":
        one.pop("taskDefinitionId", None)
RIGHT["transitions"][-2]["signalName"] = "stop"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inside, (*path, key))


PLACES = list(places(RIGHT))


def altered(value: Any, path: tuple[Any, ...], new: Any, *, drop: bool) -> Any:
    """The value with what is at the path replaced, or left out."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and drop:
        del copy[path[0]]
    else:
        copy[path[0]] = altered(copy[path[0]], path[1:], new, drop=drop)
    return copy


@st.composite
def documents(draw: st.DrawFn) -> Any:
    document = RIGHT
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(document))))
        document = altered(document, path, draw(JSON), drop=draw(st.booleans()))
        if not isinstance(document, dict) or not document:
            break
    return document


def check_answer(found: object, problems: list[Problem]) -> None:
    assert len(problems) <= PROBLEMS_MAX + 1
    assert found is not None or has_errors(problems)
    for problem in problems:
        answer = problem.to_json()
        assert answer["code"] in {code.value for code in ProblemCode}
        assert answer["path"].startswith("/")
        assert answer["message"].endswith((".", "?"))
        assert answer["severity"] in {"error", "warning"}
        assert "\ud800" not in "".join(answer.values())


def test_the_right_document_is_right() -> None:
    _, problems = parse_sequence(RIGHT, references=References())
    assert not has_errors(problems), problems


@given(JSON | documents())
@settings(max_examples=300)
def test_validation_always_answers(document: Any) -> None:
    for mode in DocumentMode:
        check_answer(*parse_sequence(document, mode=mode, references=REFERENCES))
    check_answer(*parse_sequence(document))
    check_answer(*parse_bundle({"sequences": [document]}, REFERENCES))
    check_answer(*parse_task_definition(document))
    check_answer(*parse_template_document(document))
    check_answer(*parse_trigger(document))
    assert named_ids(document) is not None


@given(documents())
@settings(max_examples=200)
def test_what_is_stored_comes_back_the_same(document: Any) -> None:
    found, problems = parse_sequence(document, sequence_id="s", project_id="p")
    if found is not None and not has_errors(problems):
        stored = canonical(found)
        again, rest = parse_sequence(stored, mode=DocumentMode.STORED)
        assert rest == problems
        assert again is not None
        assert canonical(again) == stored


@given(documents())
@settings(max_examples=200)
def test_activation_finds_at_least_what_creation_finds(document: Any) -> None:
    at_creation = parse_sequence(document)[1]
    for_activation = parse_sequence(document, references=REFERENCES)[1]
    assert set(at_creation) <= set(for_activation)


@given(st.text(max_size=80) | st.text("{}[]:,-&*?! \n\t\"'ab#|>%@`", max_size=80))
@settings(max_examples=300)
def test_any_text_can_be_loaded(text: str) -> None:
    for name in ("x.yaml", "x.json", "x"):
        loaded = load_text(text, name)
        assert loaded.bundle is not None or loaded.has_errors


# Graphs


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 6))
    numbers = st.integers(0, size - 1)
    return Graph.of(size, draw(st.lists(st.tuples(numbers, numbers), max_size=16)))


def all_cycles(graph: Graph) -> set[tuple[int, ...]]:
    """Every elementary cycle, beginning with its smallest node, by trying all paths."""
    found: set[tuple[int, ...]] = set()
    paths: list[tuple[int, ...]] = [(root,) for root in range(len(graph))]
    while paths:
        path = paths.pop()
        for other in graph.successors[path[-1]]:
            if other == path[0]:
                found.add(path)
            elif other > path[0] and other not in path:
                paths.append((*path, other))
    return found


@given(graphs())
def test_cycles_are_all_found_and_each_once(graph: Graph) -> None:
    found = list(elementary_cycles(graph, list(range(len(graph))), Effort(10**6)))
    assert all(cycle[0] == cycle[-1] for cycle in found)
    assert len(found) == len({tuple(cycle[:-1]) for cycle in found})
    assert {tuple(cycle[:-1]) for cycle in found} == all_cycles(graph)


@given(graphs())
def test_components_are_what_reaches_each_other(graph: Graph) -> None:
    found = components(graph, range(len(graph)))
    reached = [reachable(graph.successors, [node]) for node in range(len(graph))]
    assert sorted(node for members in found for node in members) == list(range(len(graph)))
    for place, members in enumerate(found):
        for node in members:
            together = {n for n in range(len(graph)) if n in reached[node] and node in reached[n]}
            assert together == set(members)
            later = {n for after in found[place + 1 :] for n in after}
            assert not any(node in reached[n] for n in later)


Edges = list[tuple[int, int, bool]]
"""Source, target, and whether there is a condition."""


@st.composite
def flows(draw: st.DrawFn) -> tuple[list[str], Edges]:
    """A flow without loops in which every node can be reached."""
    inner = draw(
        st.lists(st.sampled_from(["task", "decision", "fork", "join"]), min_size=1, max_size=7)
    )
    kinds = ["start", *inner, "end"]
    edges: Edges = []
    entered = {0}
    for source, kind in enumerate(kinds[:-1]):
        if source not in entered:
            edges.append(
                (draw(st.integers(0, source - 1).filter(entered.__contains__)), source, True)
            )
        ahead = st.integers(source + 1, min(source + 3, len(kinds) - 1))
        count = draw(st.integers(1, 3)) if kind in {"decision", "fork"} else 1
        targets = sorted({draw(ahead) for _ in range(count)})
        for place, target in enumerate(targets):
            last = place == len(targets) - 1
            is_conditional = (
                not last if kind == "decision" else kind == "fork" and draw(st.integers(0, 3)) == 0
            )
            edges.append((source, target, is_conditional))
        entered |= {source, *targets}
    return kinds, edges


def choices(kinds: list[str], edges: Edges) -> Iterator[list[tuple[int, ...]]]:
    """Every way in which each node may choose among the edges out of it."""
    options = []
    for node, kind in enumerate(kinds):
        out = [place for place, edge in enumerate(edges) if edge[0] == node]
        free = [place for place in out if not edges[place][2]]
        bound = [place for place in out if edges[place][2]]
        if kind == "fork":
            some = itertools.chain.from_iterable(
                itertools.combinations(bound, count) for count in range(len(bound) + 1)
            )
            options.append([(*free, *chosen) for chosen in some if free or chosen])
        else:
            options.append([(place,) for place in out] or [()])
    yield from map(list, itertools.product(*options))


def first_pasts(
    kinds: list[str], edges: Edges, chosen: list[tuple[int, ...]]
) -> list[frozenset[int] | None]:
    """For each node, what came before its first run by way of its tokens; None if it does not run.

    Without loops, all that can come to a node has come when those before it have been gone through.
    """
    arrived: list[list[frozenset[int]]] = [[] for _ in kinds]
    arrived[0] = [frozenset()]
    pasts: list[frozenset[int] | None] = []
    for node, kind in enumerate(kinds):
        tokens = arrived[node]
        if kind == "join" and tokens:
            tokens = [frozenset().union(*tokens)]
        pasts.append(tokens[0] if tokens else None)
        for place in chosen[node]:
            arrived[edges[place][1]] += [past | {node} for past in tokens[:1]]
    return pasts


@given(flows())
@settings(max_examples=300)
def test_what_surely_ran_before_did_so_in_every_run(flow: tuple[list[str], Edges]) -> None:
    kinds, edges = flow
    document = {
        "name": "x",
        "nodes": [{"id": f"n{node}", "type": kind} for node, kind in enumerate(kinds)],
        "transitions": [
            {"id": f"t{place}", "sourceNodeId": f"n{source}", "targetNodeId": f"n{target}"}
            | ({"condition": "1 > 2"} if is_conditional else {})
            for place, (source, target, is_conditional) in enumerate(edges)
        ],
    }
    before = certain_before(Inspection(parsed(document)), 0)
    for chosen in itertools.islice(choices(kinds, edges), 200):
        for node, past in enumerate(first_pasts(kinds, edges, chosen)):
            if past is not None:
                claimed = {other for other in range(len(kinds)) if before[node] >> other & 1}
                assert claimed <= past, (node, claimed - past)
