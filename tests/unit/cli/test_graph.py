"""``seriatim graph``."""

import json
import struct
from pathlib import Path

import pytest

from seriatim.cli.main import main
from tests.unit.cli.command import CommandLine
from tests.unit.cli.conftest import WriteFile
from tests.unit.cli.definitions import line, subprocess, task

BUNDLE = {
    "sequences": [
        line(task("label", "print"), id="shipping", name="Ship"),
        line(subprocess("ship", "shipping"), id="order", name="Order"),
    ]
}


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("svg", "<svg "), ("mermaid", "---\ntitle: "), ("dot", "digraph "), ("json", '{"name": ')],
)
def test_a_picture_goes_to_standard_output(
    seriatim: CommandLine, write: WriteFile, kind: str, begins: str
) -> None:
    ran = seriatim("graph", write("one.json", line()), "--format", kind)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(begins)


@pytest.mark.parametrize(
    ("name", "begins"),
    [("x.svg", b"<svg "), ("x.png", b"\x89PNG"), ("x.mmd", b"---"), ("x.dot", b"digraph")],
)
def test_the_suffix_of_the_output_says_the_format(
    seriatim: CommandLine, write: WriteFile, tmp_path: Path, name: str, begins: bytes
) -> None:
    ran = seriatim("graph", write("one.json", line()), "--output", tmp_path / name)
    assert (ran.status, ran.out) == (0, "")
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_png_goes_to_a_pipe_as_bytes(
    write: WriteFile, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("one.json", line())
    monkeypatch.setattr("sys.argv", ["seriatim", "graph", str(file), "--format", "png"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    width, height = struct.unpack(">II", capsysbinary.readouterr().out[16:24])
    assert min(width, height) > 100


def test_the_sequence_that_no_other_runs_is_drawn(seriatim: CommandLine, write: WriteFile) -> None:
    ran = seriatim("graph", write("bundle.json", BUNDLE), "--format", "json")
    assert json.loads(ran.out)["name"] == "Order"


@pytest.mark.parametrize("wanted", ["shipping", "Ship"])
def test_a_sequence_is_chosen_by_id_or_name(
    seriatim: CommandLine, write: WriteFile, wanted: str
) -> None:
    file = write("bundle.json", BUNDLE)
    ran = seriatim("graph", file, "--format", "json", "--sequence", wanted)
    assert json.loads(ran.out)["name"] == "Ship"


def test_a_sequence_that_is_not_there_is_wrong_usage(
    seriatim: CommandLine, write: WriteFile
) -> None:
    ran = seriatim("graph", write("bundle.json", BUNDLE), "--sequence", "returns")
    assert ran.status == 2
    assert "has no sequence 'returns'; it has: shipping, order." in ran.err


def test_a_wrong_sequence_is_drawn_and_said_to_be_wrong(
    seriatim: CommandLine, write: WriteFile
) -> None:
    document = line()
    document["transitions"][0]["targetNodeId"] = "ghost"
    ran = seriatim("graph", write("wrong.json", document))
    assert ran.status == 0
    assert "ghost" in ran.out
    assert "has errors" in ran.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "InvalidJson"),
        ({"name": "x"}, "`nodes` must be a list"),
        ({"taskDefinitions": []}, "has no sequence"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(
    seriatim: CommandLine, write: WriteFile, content: object, says: str
) -> None:
    ran = seriatim("graph", write("x.json", content))
    assert (ran.status, ran.out) == (1, "")
    assert says in ran.err


def test_an_unknown_format_is_wrong_usage(seriatim: CommandLine, write: WriteFile) -> None:
    ran = seriatim("graph", write("one.json", line()), "--format", "gif")
    assert ran.status == 2
    assert "--format gif is none of json, mermaid, dot, svg, png." in ran.err


def test_an_output_that_cannot_be_written_is_named(
    seriatim: CommandLine, write: WriteFile, tmp_path: Path
) -> None:
    ran = seriatim("graph", write("one.json", line()), "-o", tmp_path / "no" / "x.svg")
    assert ran.status == 1
    assert "x.svg cannot be written: No such file or directory." in ran.err
