"""The formats: well-formed whatever the names are, and the same again for the same document."""

import json
import re
import struct
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.graph.png import SIDE_PIXELS_MAX, PngUnavailable
from seriatim.graph.render import MEDIA_TYPES, Format, render, render_text
from tests.unit.graph.documents import chain, every_kind, node, sequence, transition

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "]]> &amp; &#0; --> <!--",
    'a"]; click n0 "javascript:alert(1)" %%{init: {}}%%',
    "`**bold**`",
    "end",
    "subgraph",
    "line\nbreak\\n\\N\\G",
    "\x00\x1b[31m\ud800\uffff",
    "注文確認",
    "تحقق من الطلب",
    "👩‍👩‍👧🇩🇪",
    "#quot; #35; ; | { } [ ] ( )",
]
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(HOSTILE)


@st.composite
def named_by(draw: st.DrawFn) -> dict[str, Any]:
    """A small sequence, everything in it named by anything."""
    ids = draw(st.lists(ANY_TEXT, min_size=3, max_size=3, unique=True))
    return sequence(
        [
            node(ids[0], "start", name=draw(ANY_TEXT)),
            node(
                ids[1], draw(st.sampled_from(["task", "decision", "signal"])), name=draw(ANY_TEXT)
            ),
            node(ids[2], "end", parameters={"errorCode": draw(ANY_TEXT)}),
        ],
        [
            transition(ids[0], ids[1], condition=draw(ANY_TEXT)),
            transition(ids[1], ids[2], name=draw(ANY_TEXT), trigger="error"),
        ],
        name=draw(ANY_TEXT),
        version=draw(ANY_TEXT),
    )


@settings(deadline=None)
@given(named_by())
def test_svg_is_well_formed_and_holds_only_shapes_and_text(document: dict[str, Any]) -> None:
    root = ET.fromstring(render_text(document, "svg"))  # noqa: S314 - our own output
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    shapes = {"defs", "marker", "path", "rect", "g", "circle", "polygon"}
    assert tags <= {"svg", "title", "style", "text", "tspan"} | shapes
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in attributes)
    assert len(root.findall(f"{SVG}g[@data-node]")) == 3


@settings(deadline=None)
@given(named_by())
def test_mermaid_has_one_line_for_each_thing_and_no_foreign_syntax(
    document: dict[str, Any],
) -> None:
    text = render_text(document, "mermaid")
    body = text.split("flowchart TD\n")[1].splitlines()
    nodes = [line for line in body if re.match(r"  n\d+[(\[{>]", line)]
    edges = [line for line in body if re.match(r"  n\d+ -", line)]
    styles = [line for line in body if re.match(r"  (classDef|class|linkStyle) ", line)]
    assert (len(nodes), len(edges)) == (3, 2)
    assert len(body) == len(nodes) + len(edges) + len(styles)
    for line in nodes + edges:
        assert line.count('"') % 2 == 0
        for quoted in re.findall(r'"([^"]*)"', line):
            harmless = re.sub(r"<br/>|</?b>|#\d+;", "", quoted)
            assert not re.search(r"[<>#;`\[\]{}|\\&%]", harmless)


@settings(deadline=None)
@given(named_by())
def test_dot_strings_are_closed_and_bare_of_escapes(document: dict[str, Any]) -> None:
    text = render_text(document, "dot")
    string = r'"(?:[^"\\\n]|\\\\|\\"|\\n)*"'
    assert '"' not in re.sub(string, "", text)
    assert len(re.findall(r"^  n\d+ -> n\d+ \[", text, re.MULTILINE)) == 2
    assert "&" not in text.replace("&amp;", "")


def test_dot_writes_names_so_that_graphviz_shows_them_as_they_are() -> None:
    document = sequence([node("a", name='say "hi" \\N & <b>')], [])
    assert 'label="say \\"hi\\" \\\\N &amp; <b>\\na"' in render_text(document, "dot")


def test_json_has_places_labels_and_statuses() -> None:
    picture = json.loads(render_text(every_kind(), "json", {"charge": "failed"}))
    by_id = {item["id"]: item for item in picture["nodes"]}
    assert by_id["charge"]["status"] == "failed"
    assert by_id["choice"]["status"] is None
    edges = {item["id"]: item for item in picture["edges"]}
    assert edges["choice-split"]["label"] == ["[3] total > 100"]
    assert edges["cool-hold"]["closesLoop"] is True
    assert all(len(edge["points"]) >= 4 for edge in picture["edges"])
    assert "status" not in json.loads(render_text(every_kind(), "json"))["nodes"][0]


def test_edges_are_told_apart_by_dashes_and_loops_by_colour() -> None:
    svg = render_text(every_kind(), "svg")
    root = ET.fromstring(svg)  # noqa: S314 - our own output
    classes = [path.get("class") for path in root.findall(f"{SVG}path")]
    assert {"e success", "e error", "e timer", "e signal", "e dependency"} == set(classes)
    assert svg.count("url(#arrow-loop)") == 1
    assert ".error, .timer, .signal { stroke-dasharray" in svg


def test_an_execution_shows_status_by_colour_and_by_mark() -> None:
    plain = render_text(every_kind(), "svg")
    coloured = render_text(every_kind(), "svg", {"charge": "failed", "choice": "succeeded"})
    assert coloured.count('r="7.5"') == 2
    assert plain.count('r="7.5"') == 0
    assert coloured.count('opacity="0.6"') == len(every_kind()["nodes"]) - 2
    assert ", failed</title>" in coloured


@pytest.mark.parametrize("kind", list(MEDIA_TYPES))
def test_the_same_document_gives_the_same_bytes(kind: Format) -> None:
    assert render(every_kind(), kind) == render(every_kind(), kind)


@pytest.mark.parametrize("kind", list(MEDIA_TYPES))
def test_a_sequence_without_nodes_is_an_empty_picture(kind: Format) -> None:
    assert render(sequence([], []), kind)


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no format 'gif'; there are json, mermaid, dot, svg, png"):
        render(every_kind(), "gif")  # type: ignore[arg-type]


def png_size(picture: str | bytes) -> tuple[int, int]:
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_png_is_twice_the_size_of_the_svg() -> None:
    picture = json.loads(render_text(every_kind(), "json"))
    width, height = png_size(render(every_kind(), "png"))
    assert width == 2 * picture["width"]
    assert abs(height - 2 * picture["height"]) <= 1


def test_png_of_hostile_names_is_made() -> None:
    document = sequence([node(name, name=name) for name in HOSTILE], [])
    assert png_size(render(document, "png")) > (0, 0)


def test_png_of_a_huge_sequence_is_made_as_large_as_the_limit_lets_it() -> None:
    width, height = png_size(render(chain(2_000), "png"))
    assert width >= 1
    assert height <= SIDE_PIXELS_MAX


def test_png_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(PngUnavailable, match="extra `local`"):
        render(every_kind(), "png")
