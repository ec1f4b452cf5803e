"""Goal: a picture shows the points that it was given, and anything may stand in its texts."""

from itertools import pairwise
from xml.etree import ElementTree as ET

from bench.charts import LABEL_GAP, PLACES_NAMED_MAX, Chart, Series, drawn

SVG = "{http://www.w3.org/2000/svg}"


def picture(*series: Series, title: str = "t", top: float = 10) -> ET.Element:
    chart = Chart(title=title, across="size", series=series, top=top)
    return ET.fromstring(drawn([chart]))  # noqa: S314 - our own


def dots(of: ET.Element) -> list[tuple[float, float]]:
    return [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in of.iter(f"{SVG}circle")]


def texts(of: ET.Element) -> list[str | None]:
    return [text.text for text in of.iter(f"{SVG}text")]


def test_ten_times_as_much_is_as_far_again_and_twice_the_value_twice_as_high() -> None:
    (a, b, c) = dots(picture(Series("s", ((1, 0), (10, 2), (100, 4)))))
    assert abs((b[0] - a[0]) - (c[0] - b[0])) < 0.2
    assert abs((a[1] - b[1]) - (b[1] - c[1])) < 0.2


def test_a_value_over_the_top_stays_in_the_picture() -> None:
    (_, over) = dots(picture(Series("s", ((1, 10), (2, 5_000)))))
    (_, at_top) = dots(picture(Series("s", ((1, 10), (2, 10)))))
    assert over == at_top


def test_few_places_have_their_own_numbers_and_many_the_powers_of_ten_around_them() -> None:
    few = picture(Series("s", ((12, 1), (80, 1))))
    assert {"12", "80"} <= set(texts(few))
    many = picture(Series("s", tuple((20.0 + x, 1) for x in range(PLACES_NAMED_MAX + 1))))
    assert {"10", "100"} <= set(texts(many))


def test_names_of_series_that_end_alike_do_not_lie_on_each_other() -> None:
    names = ("one", "two", "three")
    found = picture(*(Series(name, ((1, 5), (10, 5))) for name in names))
    heights = [float(t.attrib["y"]) for t in found.iter(f"{SVG}text") if t.text in names]
    assert [b - a for a, b in pairwise(sorted(heights))] == [LABEL_GAP] * 2


def test_texts_are_escaped() -> None:
    found = picture(Series("a<b&c", ((1, 1), (10, 1))), title="<script>")
    assert {"a<b&c", "<script>"} <= set(texts(found))
