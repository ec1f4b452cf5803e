"""What expressions give: members, operators, comprehensions, conditions; and what they read."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from rpds import HashTrieMap

from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.language import evaluate, evaluate_condition, parse

NAMES: dict[str, Any] = {
    "n": 5,
    "f": 2.5,
    "s": "abc",
    "t": True,
    "nothing": None,
    "a": [1, 2, 3],
    "o": {"k": "v", "inner": {"x": 1}, "null": 0, "a-b": 2},
    "len": 7,
    "nodes": {"p": {"outputs": {"x": 1}, "status": "succeeded", "error": None}},
}


def run(source: str, **names: Any) -> Any:
    return evaluate(parse(source), {**NAMES, **names})


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("o.k", "v"),
        ("o['k']", "v"),
        ("o['a-b']", 2),
        ("o.null", 0),
        ("o.missing", None),
        ("o.missing.further['x'][0]", None),
        ("nothing.x", None),
        ("nothing[0]", None),
        ("nothing[1:2]", None),
        ("o.inner.x", 1),
        ("o . inner . x", 1),
        ("(o).inner", {"x": 1}),
        ("o[s[0:0] + 'k']", "v"),
        ("a[0]", 1),
        ("a[-1]", 3),
        ("a[n - 4]", 2),
        ("a[1:]", [2, 3]),
        ("a[:-1]", [1, 2]),
        ("a[::-1]", [3, 2, 1]),
        ("a[5:9]", []),
        ("a[nothing:2]", [1, 2]),
        ("s[1]", "b"),
        ("s[1:3]", "bc"),
        ("s[::2]", "ac"),
        ("o.keys", None),
        ("o.__class__", None),
        ("nodes.p.outputs.x", 1),
        ("nodes['p']['outputs']['x']", 1),
        ("nodes[lower('P')].status", "succeeded"),
        ("nodes.q.outputs.x", None),
        ("nodes.p", {"outputs": {"x": 1}, "status": "succeeded", "error": None}),
    ],
)
def test_members(source: str, result: object) -> None:
    assert run(source) == result


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("n + 1", 6),
        ("n - f", 2.5),
        ("n * 2", 10),
        ("n / 2", 2.5),
        ("n // 2", 2),
        ("-n % 3", 1),
        ("+f", 2.5),
        ("s + 'd'", "abcd"),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("n == 5.0", True),
        ("n == '5'", False),
        ("n != '5'", True),
        ("t == 1", False),
        ("false == 0", False),
        ("1 == true", False),
        ("nothing == null", True),
        ("nothing == false", False),
        ("nothing == 0", False),
        ("s == nothing", False),
        ("a == [1, 2.0, 3]", True),
        ("a == [true, 2, 3]", False),
        ("a == [1, 2]", False),
        ("a == s", False),
        ("o.inner == {'x': 1}", True),
        ("o.inner == {'y': 1}", False),
        ("o.inner == {'x': 1, 'y': null}", False),
        ("o.inner != a", True),
        ("null == [null]", False),
        ("1 < 2 < 3", True),
        ("1 < 2 > 3", False),
        ("'a' < 'b'", True),
        ("n >= 5 and f <= 2.5", True),
        ("nothing < 1", False),
        ("nothing > 1", False),
        ("1 <= nothing", False),
        ("nothing >= nothing", False),
        ("'x' < nothing", False),
        ("2 in a", True),
        ("2.0 in a", True),
        ("true in [1]", False),
        ("'2' not in a", True),
        ("'b' in s", True),
        ("'k' in o", True),
        ("1 in o", False),
        ("1 in nothing", False),
        ("1 not in nothing", True),
        ("not n", False),
        ("not nothing", True),
        ("n and s", "abc"),
        ("nothing and s.x", None),
        ("0 or s", "abc"),
        ("n or 1 / 0", 5),
        ("1 if t else 1 / 0", 1),
        ("1 / 0 if nothing else 2", 2),
        ("True and not False and None == null", True),
        ("'\\u00e9\\x41\\n\\'\"'", "éA\n'\""),
        ('"it\'s"', "it's"),
        ("''", ""),
        ("[]", []),
        ("{}", {}),
        ("[1, [2], {'a': [3]}]", [1, [2], {"a": [3]}]),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("n in[5]and'x'in'xy'", True),
    ],
)
def test_operators_and_literals(source: str, result: object) -> None:
    given = run(source)
    assert given == result
    assert type(given) is type(result)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("n.x", "column 1: `x` is looked up in an object, and this is a number"),
        ("s.upper", "this is a string"),
        ("a.append", "this is an array"),
        ("t['x']", "this is a boolean"),
        ("a[3]", "no element 3, the array has 3"),
        ("a[-4]", "no element -4"),
        ("s[3]", "the string has 3"),
        ("a['x']", "reached by an integer, and this is a string"),
        ("a[true]", "and this is a boolean"),
        ("a[1.0]", "reached by an integer"),
        ("o[1]", "reached by a string, and this is a number"),
        ("o[nothing]", "and this is null"),
        ("o[1:2]", "taken of an array or a string, and this is an object"),
        ("a[::0]", "not 0"),
        ("a['x':]", "ends are an integer"),
        ("1 + s", "`+` joins two strings, and these are a number and a string; write str(x)"),
        ("a + a", "write concat(a, b)"),
        ("t + 1", "`+` needs two numbers, and these are a boolean and a number"),
        ("nothing + 1", "these are null and a number"),
        ("s * 3", "`*` needs two numbers"),
        ("a * 3", "`*` needs two numbers"),
        ("s % 3", "`%` needs two numbers"),
        ("-s", "`-` needs a number, and this is a string"),
        ("+t", "this is a boolean"),
        ("n / 0", "divides by zero"),
        ("n // 0", "divides by zero"),
        ("n % 0.0", "divides by zero"),
        ("n < s", "`<` orders two numbers or two strings, and these are a number and a string"),
        ("t < 2", "these are a boolean and a number"),
        ("a > a", "these are an array and an array"),
        ("1 in n", "not a number"),
        ("1 in s", "a string contains strings"),
        ("1e308 * 10", "too large"),
        ("9223372036854775807 + 1", "integer beyond ±9,223,372,036,854,775,807"),
        ("[x for x in s]", "column 13: a comprehension goes over an array, and this is a string"),
        ("[x for x in o]", "write keys(x) or values(x)"),
        ("[x for x in nothing]", "and this is null"),
        ("unknown", "there is no `unknown` here"),
        ("min", "there is no `min` here"),
        ("n + (1 +\n  2 + s)", "column 6: `+` joins two strings"),
        ("'ééé' + ('' + n)", "column 10:"),
    ],
)
def test_failure_says_what_and_where(source: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        run(source)
    assert reason in caught.value.message
    assert caught.value.source == source
    assert f"(in `{source}`)" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("[x * 2 for x in a]", [2, 4, 6]),
        ("[x for x in a if x > 1 if x < 3]", [2]),
        ("[x + y for x in a for y in [10, 20] if x != 2]", [11, 21, 13, 23]),
        ("[a for a in a]", [1, 2, 3]),
        ("[n for n in a][0] + n", 6),
        ("[[n for n in [x, x]] for x in a]", [[1, 1], [2, 2], [3, 3]]),
        ("[variable('n') + n for n in a]", [6, 7, 8]),
        ("[x for x in [x for x in a] if x in [x for x in [1]]]", [1]),
        ("sum(x for x in a)", 6),
        ("[nodes for nodes in a]", [1, 2, 3]),
        ("[len for len in a][0] + len(s)", 4),
        ("len", 7),
    ],
)
def test_comprehension_binds_its_own_variable_alone(source: str, result: object) -> None:
    assert run(source) == result


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("total.net + 1", {"total"}),
        ("nodes.a.outputs.x == inputs.y", {"nodes", "inputs"}),
        ("[x.y for x in xs if x.z > limit]", {"xs", "limit"}),
        ("[x for x in x]", {"x"}),
        ("[x for x in xs] + x", {"xs", "x"}),
        ("lower(name)", {"name"}),
        ("variable('order-id')", {"order-id"}),
        ("true and null == None", set()),
        ("o.true.null", {"o"}),
        ("{'key': value}", {"value"}),
        ("数量 > 3 and größe", {"数量", "größe"}),
    ],
)
def test_names_are_the_roots_that_are_read(source: str, names: set[str]) -> None:
    assert parse(source).names == names


@pytest.mark.parametrize(
    ("source", "ids", "fields"),
    [
        ("nodes.a.outputs.x", {"a"}, {("a", "outputs")}),
        ("nodes['a b'].error.code", {"a b"}, {("a b", "error")}),
        ("nodes['a']['status']", {"a"}, {("a", "status")}),
        ("nodes.a", {"a"}, set()),
        ("nodes[x].outputs", set(), set()),
        ("nodes.a[x]", {"a"}, set()),
        ("nodes[nodes.a.outputs.next].status", {"a"}, {("a", "outputs")}),
        (
            "[nodes.a.status for x in nodes.b.outputs.l]",
            {"a", "b"},
            {("a", "status"), ("b", "outputs")},
        ),
        ("[nodes.a for nodes in xs]", set(), set()),
        ("nodes.größe.status", {"größe"}, {("größe", "status")}),
        ("x.nodes.a", set(), set()),
    ],
)
def test_nodes_that_are_read_are_known(
    source: str, ids: set[str], fields: set[tuple[str, str]]
) -> None:
    expression = parse(source)
    assert expression.node_ids == ids
    assert expression.node_fields == fields


def test_names_are_compared_as_written_though_python_normalises_them() -> None:
    ligature, plain = "ﬁ", "fi"
    names = {ligature: 1, plain: 2, "o": {ligature: 3, plain: 4}}
    assert parse(f"{ligature} + {plain}").names == {ligature, plain}
    assert evaluate(parse(f"[{ligature}, {plain}, o.{ligature}, o.{plain}]"), names) == [1, 2, 3, 4]
    assert evaluate(parse(f"[{ligature} for {ligature} in [7]]"), names) == [7]
    assert evaluate(parse(f"'é' + str((o) . {ligature})"), names) == "é3"


@pytest.mark.parametrize(
    ("source", "result"),
    [("n > 1", True), ("n > 9", False), ("nothing", False), ("o.missing", False), ("t", True)],
)
def test_condition_gives_true_or_false(source: str, result: bool) -> None:
    assert evaluate_condition(parse(source), NAMES) is result


@pytest.mark.parametrize("source", ["n", "s", "a", "0", "''", "n and s", "[]"])
def test_condition_that_gives_anything_else_fails(source: str) -> None:
    with pytest.raises(ExpressionError, match="a condition gives true or false, and this gives"):
        evaluate_condition(parse(source), NAMES)


class Lazy(Mapping[str, object]):
    """A mapping that makes what it is asked for, and keeps what that was."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.asked: list[str] = []

    def __getitem__(self, key: str) -> object:
        if key not in self.known:
            raise KeyError(key)
        self.asked.append(key)
        return {"outputs": {"x": len(key)}}

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


def test_lazy_mapping_is_asked_for_what_is_read_alone() -> None:
    nodes = Lazy({"a", "bb", "ccc"})
    assert evaluate(parse("nodes.bb.outputs.x + 1"), {"nodes": nodes}) == 3
    assert nodes.asked == ["bb"]


@pytest.mark.parametrize("wrap", [HashTrieMap, MappingProxyType])
def test_any_mapping_is_an_object_and_comes_out_plain(wrap: Any) -> None:
    names = wrap({"m": wrap({"b": (1, wrap({"c": 2})), "a": 0})})
    assert evaluate(parse("m.b[1].c"), names) == 2
    assert evaluate(parse("keys(m)"), names) == ["a", "b"]
    plain = evaluate(parse("m"), names)
    assert plain == {"a": 0, "b": [1, {"c": 2}]}
    assert type(plain) is dict
    assert list(plain) == ["a", "b"]
    assert evaluate(parse("{'m': m} == {'m': {'a': 0, 'b': [1, {'c': 2}]}}"), names) is True


def test_what_is_passed_on_is_not_copied() -> None:
    big = {"rows": [{"x": 1}]}
    assert evaluate(parse("big.rows"), {"big": big}) is big["rows"]
    wrapped = evaluate(parse("{'rows': big.rows}"), {"big": big})
    assert isinstance(wrapped, dict)
    assert wrapped["rows"] is big["rows"]


def test_default_dict_is_not_filled_by_looking() -> None:
    given: defaultdict[str, list[int]] = defaultdict(list)
    assert evaluate(parse("d.x"), {"d": given}) is None
    assert not given


@pytest.mark.parametrize("value", [object(), b"x", {1, 2}, len])
def test_what_is_no_json_never_comes_out(value: object) -> None:
    for source in ("x", "[x]", "{'a': x}", "str(x)", "x == 1", "[x] == [x]", "unique([x])"):
        with pytest.raises(ExpressionError):
            evaluate(parse(source), {"x": value})


def test_expression_is_its_source() -> None:
    assert parse("a + 1") == parse("a + 1")
    assert hash(parse("a + 1")) == hash(parse("a + 1"))
    assert parse("a + 1") != parse("a + 2")
    assert "ast" not in repr(parse("a"))
    with pytest.raises(AttributeError):
        parse("a").source = "b"  # type: ignore[misc]


def test_many_threads_evaluate_one_expression_at_once() -> None:
    expression = parse("sum(x * factor for x in items if x % 2 == 0)")
    results: dict[int, object] = {}

    def work(factor: int) -> None:
        for _ in range(50):
            results[factor] = evaluate(expression, {"items": list(range(20)), "factor": factor})

    threads = [threading.Thread(target=work, args=(factor,)) for factor in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {factor: 90 * factor for factor in range(8)}
