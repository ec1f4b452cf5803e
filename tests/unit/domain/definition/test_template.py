"""Templates: places in values, and what is put there."""

from seriatim.domain.definition.template import parameter_places, substitute

DOCUMENT = {
    "name": "x",
    "timeoutSeconds": {"$parameter": "limit"},
    "nodes": [{"parameters": {"a": [{"$parameter": "list"}], "text": "$parameter"}}],
}


def test_places_are_found_in_document_order() -> None:
    found = [path for path, _ in parameter_places(DOCUMENT)]
    assert found == [("timeoutSeconds",), ("nodes", 0, "parameters", "a", 0)]


def test_values_take_the_place_of_values() -> None:
    values: dict[str, object] = {"limit": 5, "list": [1, {"b": None}]}
    assert substitute(DOCUMENT, values) == {
        "name": "x",
        "timeoutSeconds": 5,
        "nodes": [{"parameters": {"a": [[1, {"b": None}]], "text": "$parameter"}}],
    }
    assert DOCUMENT["timeoutSeconds"] == {"$parameter": "limit"}


def test_value_that_looks_like_a_place_is_not_looked_into() -> None:
    values: dict[str, object] = {"limit": {"$parameter": "list"}, "list": 1}
    assert substitute(DOCUMENT, values)["timeoutSeconds"] == {"$parameter": "list"}
