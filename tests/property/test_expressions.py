"""Whatever is written, an expression gives JSON or an error of ours, and changes nothing.

Goal: no text and no data reach anything but the two errors of the language, and what comes of them
is always the same. Method: expressions grown from the language's own grammar, with wrong turns
mixed in, over generated JSON; and plain noise.
"""

import copy
import json
import math
from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from rpds import HashTrieMap

from seriatim.domain.expressions.budget import INTEGER_ABS_MAX
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.functions.table import FUNCTIONS
from seriatim.domain.expressions.language import evaluate, evaluate_condition, parse
from seriatim.domain.expressions.placeholders import fill, parse_template, template_errors

NAMES = ("a", "b", "o", "rows", "s", "größe")
KEYS = ("x", "y", "keys", "__class__", "a-b", "größe")

json_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-INTEGER_ABS_MAX, INTEGER_ABS_MAX)
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
json_values = st.recursive(
    json_scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)
environments = st.fixed_dictionaries(
    dict.fromkeys(NAMES, json_values)
    | {"nodes": st.dictionaries(st.sampled_from(["p", "q"]), json_values, max_size=2)}
)

NUMBERS = ("0", "1", "-1", "2.5", "1e308", "9223372036854775807")
STRINGS = ("''", "'x'", "'a-b'", "'12'", "'2026-01-31T12:00:00Z'", "'[1, {}]'", "'YQ=='", "'é\\n'")
literals = st.sampled_from(["null", "true", "False", "[]", "{}", *NUMBERS, *STRINGS])
names = st.sampled_from([*NAMES, "variable('größe')", "nodes.p.outputs", "nodes['q'].status", "i"])
strays = st.sampled_from(
    ["unknown", "nodes", "lambda: a", "a.b()", "a ** b", "f'{a}'", "(a, b)", "a :="]
)
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
OPERATORS = ("+", "-", "*", "/", "//", "%", *COMPARISONS, "in", "not in", "and", "or")


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(OPERATORS), inner),
        st.builds("({} {})".format, st.sampled_from(["not", "-", "+"]), inner),
        st.builds("{}.{}".format, inner, st.sampled_from(["x", "y", "keys", "__class__"])),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[{}:{}]".format, inner, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'x': {}, 'y': {}}}".format, inner, inner),
        st.builds("[{} for i in {} if {}]".format, inner, inner, inner),
        st.builds("[{} for i in {} for i in {}]".format, inner, inner, inner),
        st.builds(
            lambda name, arguments: f"{name}({', '.join(arguments)})",
            st.sampled_from(sorted(FUNCTIONS)),
            st.lists(inner, min_size=1, max_size=3),
        ),
    )


expressions = st.recursive(literals | names | names, grow, max_leaves=10)
odd_expressions = st.recursive(literals | names | strays, grow, max_leaves=6)
noise = st.text(
    st.sampled_from("abnodesif for in.()[]{}'\"\\$+-*/%<>=!,:0123e_#&|?\n\t\x00\u00e9\ud800\u0301"),
    max_size=40,
) | st.text(max_size=40)


def is_json(value: object) -> bool:
    match value:
        case None | bool() | str():
            return True
        case int():
            return True
        case float():
            return math.isfinite(value)
        case list():
            return all(map(is_json, value))
        case dict():
            return all(isinstance(key, str) and is_json(item) for key, item in value.items())
        case _:
            return False


def attempt(call: Callable[[], object]) -> tuple[object, ExpressionError | None]:
    """What a call gives, or the error of the language; any other passes through and fails."""
    try:
        return call(), None
    except ExpressionError as error:
        return None, error


def outcome(source: str, environment: dict[str, Any]) -> tuple[str, object]:
    """What comes of an expression, in a form that tells 1 from true and 0.0 from -0.0."""
    result, error = attempt(lambda: evaluate(parse(source), environment))
    if error is None:
        assert is_json(result)
        return "value", json.dumps(result, sort_keys=True)
    assert error.reason
    assert error.source == source
    assert error.column is None or 1 <= error.column <= len(source) + 1
    return type(error).__name__, str(error)


@given(expressions | odd_expressions, environments)
def test_an_expression_gives_json_or_an_error_and_changes_nothing(
    source: str, environment: dict[str, Any]
) -> None:
    before = copy.deepcopy(environment)
    first = outcome(source, environment)
    assert environment == before
    assert outcome(source, environment) == first


@given(expressions, environments)
def test_other_mappings_and_orders_of_keys_make_no_difference(
    source: str, environment: dict[str, Any]
) -> None:
    turned = {name: _turned(value) for name, value in environment.items()}
    assert outcome(source, environment) == outcome(source, turned)


def _turned(value: object) -> Any:
    if isinstance(value, list):
        return tuple(map(_turned, value))
    if isinstance(value, dict):
        return HashTrieMap({key: _turned(value[key]) for key in reversed(value)})
    return value


@given(expressions, environments)
def test_an_expression_reads_the_names_it_tells_and_no_others(
    source: str, environment: dict[str, Any]
) -> None:
    _, error = attempt(lambda: parse(source))
    told = set(NAMES) if error else parse(source).names
    alone = {name: value for name, value in environment.items() if name in told}
    assert outcome(source, environment) == outcome(source, alone)


@given(expressions, environments)
def test_blanks_make_no_difference(source: str, environment: dict[str, Any]) -> None:
    kind, result = outcome(source, environment)
    spaced_kind, spaced_result = outcome(f"\n ( {source}\n)\t", environment)
    assert (kind, result if kind == "value" else "") == (
        spaced_kind,
        spaced_result if kind == "value" else "",
    )


@given(expressions, environments)
def test_a_condition_is_true_or_false_or_an_error(source: str, environment: dict[str, Any]) -> None:
    result, error = attempt(lambda: evaluate_condition(parse(source), environment))
    assert isinstance(result, bool) == (error is None)
    assert error is None or error.source == source


@given(noise)
@example("'\ud800'")
def test_noise_is_read_or_refused(source: str) -> None:
    outcome(source, {"a": 1})


@given(st.recursive(noise | json_scalars, lambda inner: st.lists(inner, max_size=3)))
def test_noise_in_templates_is_filled_or_refused(value: object) -> None:
    errors = template_errors(value)
    _, refused = attempt(lambda: parse_template(value))
    assert [str(error) for error in errors[:1]] == ([str(refused)] if refused else [])
    if not refused:
        template = parse_template(value)
        _, failed = attempt(lambda: fill(template, {"a": 1}))
        assert not failed or failed.place in {place for place, _ in template.expressions}


@given(expressions, environments)
def test_a_place_gives_what_its_expression_gives(source: str, environment: dict[str, Any]) -> None:
    kind, result = outcome(source, environment)
    filled, error = attempt(lambda: fill(parse_template(["${" + source + "}"]), environment))
    if error is None:
        assert (kind, result) == ("value", json.dumps(filled, sort_keys=True)[1:-1])
    else:
        assert (type(error).__name__, error.place) == (kind, "/0")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_can_be_written_in_a_template(text: str) -> None:
    assert fill(parse_template(text.replace("${", "$${")), {}) == text


@given(st.integers(-99, 99), st.integers(-99, 99), st.sampled_from(OPERATORS[:12]))
def test_numbers_are_as_in_python(left: int, right: int, sign: str) -> None:
    expected: dict[str, Any] = {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "<": left < right,
        "<=": left <= right,
        "==": left == right,
        "!=": left != right,
        ">": left > right,
        ">=": left >= right,
    }
    if right:
        expected |= {"/": left / right, "//": left // right, "%": left % right}
    kind, result = outcome(f"a {sign} b", {"a": left, "b": right})
    if sign in expected:
        assert result == json.dumps(expected[sign])
    else:
        assert kind == "ExpressionError"
