"""Goal: a variable of scope ``node`` is fresh for each node run, and nobody else sees it."""

from seriatim.domain import messages as m
from tests.builders import Driver, sequence

TMP = [{"name": "tmp", "type": "integer", "scope": "node", "defaultValue": 1}]
DOUBLED = {
    "outputMappings": [
        {"outputName": "tmp", "valueExpression": "tmp + 1"},
        {"outputName": "twice", "valueExpression": "tmp * 2"},
    ]
}


def test_later_mappings_and_conditions_of_the_node_see_it() -> None:
    document = sequence(
        "start > a >[tmp == 2]> b > end", "a > end", nodes={"a": DOUBLED}, variables=TMP
    )
    run = Driver(document)
    run.done("a")
    assert run.latest("a").outputs == {"tmp": 2, "twice": 4}
    assert run.active() == ["b"]


def test_the_next_run_begins_with_the_default() -> None:
    nodes = {"a": DOUBLED, "b": DOUBLED}
    run = Driver(sequence("start > a > b > end", nodes=nodes, variables=TMP))
    run.done("a", "b")
    assert run.latest("b").outputs == {"tmp": 2, "twice": 4}
    assert run.current.variables == {"tmp": 1}


def test_a_caller_cannot_set_it() -> None:
    run = Driver(sequence("start > a > end", variables=TMP))
    run.send(m.VariablesUpdate(values={"tmp": 5}))
    assert run.refused == "WrongVariableScope"


def test_its_type_is_held() -> None:
    wrong = {"outputMappings": [{"outputName": "tmp", "valueExpression": "'text'"}]}
    run = Driver(sequence("start > a > end", nodes={"a": wrong}, variables=TMP))
    run.done("a")
    assert run.status == "failed"
    assert run.current.errors[-1][2].code == "Seriatim.TypeMismatch"
