"""Files of definitions: JSON and YAML give the same, and every problem has its line."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from seriatim.authoring import files, yaml_text
from seriatim.authoring.files import LoadedFile, load_file, load_text
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.limits import FILE_BYTES_MAX
from seriatim.domain.validation.references import References
from tests.builders import ECHO, sequence

SEQUENCE = sequence(
    "start > decide >[total > 5]> a > end",
    "decide > end",
    variables=[{"name": "total", "defaultValue": -0.5}],
) | {"id": "orders", "description": "Bestellung: größer als 5"}


def positions(loaded: LoadedFile) -> list[tuple[str, int | None, int | None]]:
    return [(one.problem.code, one.line, one.column) for one in loaded.problems]


def the_sequence(loaded: LoadedFile) -> dict[str, Any]:
    assert loaded.bundle is not None, [str(one) for one in loaded.problems]
    return canonical(loaded.bundle.sequences[0])


def test_json_and_yaml_give_the_same() -> None:
    from_json = load_text(json.dumps(SEQUENCE), "orders.json")
    from_yaml = load_text(yaml.safe_dump(SEQUENCE, allow_unicode=True), "orders.yaml")
    assert the_sequence(from_json) == the_sequence(from_yaml)
    assert from_json.documents == from_yaml.documents == {"sequences": [SEQUENCE]}
    assert not from_json.has_errors


@pytest.mark.parametrize("text", [json.dumps(SEQUENCE), yaml.safe_dump(SEQUENCE)])
def test_without_a_telling_suffix_the_text_says_what_it_is(text: str) -> None:
    assert the_sequence(load_text(text, "orders.txt"))["id"] == "orders"


def test_json_is_yaml_too() -> None:
    loaded = load_text(json.dumps(SEQUENCE, indent=2), "orders.yml")
    assert the_sequence(loaded)["id"] == "orders"


def test_bundle_is_read_with_all_its_lists() -> None:
    document = {"taskDefinitions": [ECHO], "sequences": [SEQUENCE]}
    references = References(task_definitions={}, sequences={}, resource_pools={})
    loaded = load_text(yaml.safe_dump(document), "shop.yaml", references)
    assert loaded.problems == ()
    assert loaded.bundle is not None
    assert [one.id for one in loaded.bundle.task_definitions] == ["echo"]
    assert loaded.documents == document


YAML = """\
name: orders
nodes:
  - id: start
    type: start
  - {id: a, type: task, dependencies: [{nodeId: start, on: started}]}
  - id: end
    type: end
    timeoutSeconds: -1
transitions:
  - {id: t1, sourceNodeId: start, targetNodeId: a}
  - {id: t2, sourceNodeId: a, targetNodeId: zz}
"""

JSON = """\
{
  "name": "orders",
  "nodes": [
    {"id": "start", "type": "start"},
    {"id": "end", "type": "end",
     "timeoutSeconds": -1}
  ],
  "transitions": [
    {"id": "t", "sourceNodeId": "start", "targetNodeId": "zz"}
  ]
}
"""


def test_problem_has_the_line_of_its_field() -> None:
    assert positions(load_text(YAML, "x.yaml")) == [("OutOfRange", 8, 5), ("UnknownNode", 11, 31)]
    assert positions(load_text(JSON, "x.json")) == [("OutOfRange", 6, 6), ("UnknownNode", 9, 42)]


def test_problem_of_what_is_not_there_has_the_line_of_its_holder() -> None:
    text = YAML.replace("timeoutSeconds: -1", "").replace("zz", "end").replace("id: t2, ", "")
    assert positions(load_text(text, "x.yaml")) == [("MissingField", 11, 5)]
    text = JSON.replace('"id": "t", ', "").replace("-1", "1").replace("zz", "end")
    assert positions(load_text(text, "x.json")) == [("MissingField", 9, 5)]


def test_problem_reads_as_a_link_for_editors() -> None:
    text = str(load_text(YAML, "x.yaml").problems[0])
    assert text.startswith("x.yaml:8:5: error OutOfRange: ")


def test_repeated_keys_are_refused_where_they_are_repeated() -> None:
    text = JSON.replace('"id": "end"', '"id": "end", "a/b": 1, "id": "e", "a/b": 2')
    loaded = load_text(text.replace("-1", "1").replace("zz", "end"), "x.json")
    assert loaded.bundle is None
    assert positions(loaded)[:2] == [("DuplicateKey", 5, 29), ("DuplicateKey", 5, 40)]
    text = YAML.replace("-1", "1\n    timeoutSeconds: 2").replace("zz", "end")
    loaded = load_text(text, "x.yaml")
    assert loaded.bundle is None
    assert positions(loaded) == [("DuplicateKey", 9, 5)]


def test_yaml_means_what_its_newest_version_says() -> None:
    values = """\
    yes: no
    on: [on, Off, y]
    date: 2030-01-31
    time: 12:30:45
    octal: 010
    hex: 0x1F
    exponent: 1e3
    grouped: 1_000
    tilde: ~
    empty:
    quoted: "5"
    text: !!str 5
    number: !!float 5
    block: |
      a
      b
    1: one
    null: nothing
"""
    text = "name: x\nnodes: []\ntransitions: []\nmetadata:\n" + values
    loaded = load_text(text, "x.yaml")
    assert loaded.documents["sequences"][0]["metadata"] == {
        "yes": "no",
        "on": ["on", "Off", "y"],
        "date": "2030-01-31",
        "time": "12:30:45",
        "octal": 10,
        "hex": 31,
        "exponent": 1000.0,
        "grouped": "1_000",
        "tilde": None,
        "empty": None,
        "quoted": "5",
        "text": "5",
        "number": 5.0,
        "block": "a\nb\n",
        "1": "one",
        "null": "nothing",
    }


def test_aliases_and_merges_are_written_out() -> None:
    text = """\
name: x
metadata:
  policy: &policy {maxRetries: 5, jitter: full}
  other: &other {maxRetries: 9, backoffMultiplier: 3}
  one: {<<: *policy, jitter: none}
  two: {<<: [*policy, *other]}
  three: *policy
"""
    metadata = load_text(text, "x.yaml").documents["sequences"][0]["metadata"]
    assert metadata["one"] == {"maxRetries": 5, "jitter": "none"}
    assert metadata["two"] == {"maxRetries": 5, "jitter": "full", "backoffMultiplier": 3}
    assert metadata["three"] == metadata["policy"]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 10)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "Empty"),
        (" \n", "Empty"),
        ("a: b: c", "InvalidYaml"),
        ("\ta: 1", "InvalidYaml"),
        ("a: [1", "InvalidYaml"),
        ("a: \x00", "InvalidYaml"),
        ("a: *b", "InvalidYaml"),
        ("a: &a [*a]", "InvalidYaml"),
        ("&a a: 1\n*a : 2", "InvalidYaml"),
        ("? [a]\n: 1", "InvalidYaml"),
        ("? {a: 1}\n: 1", "InvalidYaml"),
        ("<<: 5", "InvalidYaml"),
        ("--- \na: 1\n--- \nb: 2", "InvalidYaml"),
        ("a: !!python/object/apply:os.system [ls]", "InvalidYaml"),
        ("a: !mine x", "InvalidYaml"),
        ("a: !!binary aGk=", "InvalidYaml"),
        ("a: !!int x", "InvalidYaml"),
        ("a: " + "9" * 5_000, "InvalidYaml"),
        ("a: " + "[" * 100_000, "TooDeep"),
        ("- " * 100_000, "TooDeep"),
        (BOMB, "TooMany"),
    ],
)
def test_yaml_that_cannot_be_taken_in(text: str, code: str) -> None:
    loaded = load_text(text, "x.yaml")
    assert [one.problem.code for one in loaded.problems] == [code]
    assert (loaded.bundle, loaded.documents) == (None, {})
    assert loaded.has_errors


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan", "1e999"])
def test_numbers_that_are_none_have_their_line(text: str) -> None:
    loaded = load_text(f"name: x\nmetadata:\n  a: {text}", "x.yaml")
    assert positions(loaded) == [("NotFinite", 3, 3)]


def test_json_that_cannot_be_taken_in_has_its_line() -> None:
    assert positions(load_text('{"a":\n  oops}', "x.json")) == [("InvalidJson", 2, 3)]
    assert positions(load_text("[" * 100_000, "x.json")) == [("TooDeep", None, None)]
    assert positions(load_text('{"a":\n NaN}', "x.json")) == [("NotFinite", 1, 2)]


def test_file_is_read_whatever_mark_it_begins_with(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(SEQUENCE).encode())
    assert the_sequence(load_file(path))["id"] == "orders"


def test_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    missing = load_file(tmp_path / "missing.yaml")
    assert positions(missing) == [("UnreadableFile", None, None)]
    assert str(tmp_path) in str(missing.problems[0])
    assert positions(load_file(tmp_path)) == [("UnreadableFile", None, None)]
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("größe: 1".encode("latin-1"))
    assert positions(load_file(latin)) == [("UnreadableFile", None, None)]
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(FILE_BYTES_MAX + 1)
    assert positions(load_file(large)) == [("TooLong", None, None)]
    assert positions(load_file(Path("/dev/zero"))) == [("TooLong", None, None)]


def test_file_of_the_most_bytes_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(SEQUENCE))
    monkeypatch.setattr(files, "FILE_BYTES_MAX", path.stat().st_size)
    assert the_sequence(load_file(path))["id"] == "orders"
    path.write_text(json.dumps(SEQUENCE) + " ")
    assert positions(load_file(path)) == [("TooLong", None, None)]


def test_document_has_no_more_values_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "YAML_VALUES_MAX", 8)
    at = "a: &a [1, 2]\nb: [*a]\n"
    assert yaml_text.read_yaml(at)[0] == {"a": [1, 2], "b": [[1, 2]]}
    over = load_text("a: &a [1, 2]\nb: [*a, 3]\n", "x.yaml")
    assert positions(over) == [("TooMany", 2, 9)]
