"""Templates under random places: whatever is made a parameter of a right sequence, the template is
right, and the right arguments give the sequence back.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.domain.definition.template import Template
from seriatim.domain.validation.templates import instantiate, parse_template_document
from tests.builders import sequence
from tests.property.test_validation import altered
from tests.property.test_validation import places as places_in

SEQUENCE: dict[str, Any] = sequence(
    "start > fork > a > join > decide >[total > 5]> sub > end",
    "fork > wait > join",
    "decide > fork2 > b > timer > join2 > signal > end",
    "a >!error> join",
    "wait >!timer> join",
    "decide >[total < 0]> fork",
    nodes={
        "fork2": {"parameters": {"forEach": "[1]", "joinNodeId": "join2", "maxConcurrency": 2}},
        "sub": {
            "parameters": {
                "sequenceId": "own",
                "forEach": "[total]",
                "maxConcurrency": 3,
                "variables": {"x": "${item}"},
            }
        },
        "join": {"parameters": {"mode": "expression", "completeWhen": "len(arrived) == expected"}},
        "wait": {"parameters": {"until": "total > 9"}, "dependencies": [{"nodeId": "a"}]},
        "timer": {"parameters": {"durationSeconds": "${index}"}},
        "signal": {"parameters": {"signalName": "go-${total}"}, "cancelNodeIds": ["b"]},
        "b": {
            "retryPolicy": {"maxRetries": 2, "retryableErrors": ["A.*"]},
            "parameters": {"text": "${item} of ${nodes.a.outputs.x}", "more": [{"x": True}]},
            "resources": {"db": 2},
        },
        "a": {
            "inputMappings": [
                {
                    "sourceNodeId": "start",
                    "sourceOutputName": "o",
                    "targetInputName": "i",
                    "transformation": "value + 1",
                }
            ],
            "outputMappings": [
                {"outputName": "sum", "valueExpression": "result + 1", "targetVariable": "total"}
            ],
        },
    },
    variables=[{"name": "total", "type": "number", "defaultValue": 1}, {"name": "x"}],
    metadata={"team": {"name": "a"}},
    timeoutSeconds=60,
    failurePolicy="finish_branches",
)
for transition in SEQUENCE["transitions"]:
    if transition.get("trigger") == "timer":
        transition["afterSeconds"] = 5
    if transition.get("trigger") == "error":
        transition["condition"] = "error.code == 'No'"
MAY_BE_PLACES = [path for path in places_in(SEQUENCE) if path != ("name",)]


def value_at(path: tuple[Any, ...]) -> Any:
    value: Any = SEQUENCE
    for part in path:
        value = value[part]
    return value


@st.composite
def places(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Places none of which is in another."""
    chosen: list[tuple[Any, ...]] = []
    for path in draw(st.lists(st.sampled_from(MAY_BE_PLACES), min_size=1, max_size=6)):
        if all(path[: len(other)] != other[: len(path)] for other in chosen):
            chosen.append(path)
    return chosen


def template(chosen: list[tuple[Any, ...]], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = SEQUENCE
    for path, parameter in zip(chosen, parameters, strict=True):
        document = altered(document, path, {"$parameter": parameter["name"]}, drop=False)
    return {**document, "parameters": parameters}


def parsed(document: dict[str, Any]) -> Template:
    found, problems = parse_template_document(document)
    assert problems == []
    assert found is not None
    return found


@given(places())
@settings(max_examples=400)
def test_a_right_sequence_with_parameters_is_a_right_template(
    chosen: list[tuple[Any, ...]],
) -> None:
    parameters = [{"name": f"p{number}", "required": True} for number in range(len(chosen))]
    found = parsed(template(chosen, parameters))
    arguments = {f"p{number}": value_at(path) for number, path in enumerate(chosen)}
    document, problems = instantiate(found, arguments)
    assert (document, problems) == (SEQUENCE, [])


@given(places())
@settings(max_examples=100)
def test_a_right_sequence_with_its_values_as_defaults_is_a_right_template(
    chosen: list[tuple[Any, ...]],
) -> None:
    parameters = [
        {"name": f"p{number}", "default": value_at(path)} for number, path in enumerate(chosen)
    ]
    document, problems = instantiate(parsed(template(chosen, parameters)), {})
    assert (document, problems) == (SEQUENCE, [])
