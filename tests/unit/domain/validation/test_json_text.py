"""JSON text is read strictly."""

import pytest

from seriatim.domain.validation.json_text import JsonTextError, read_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        (b'\xef\xbb\xbf{"a": [1, 2.5, null, true, "\xc3\xa4"]}', {"a": [1, 2.5, None, True, "ä"]}),
        ('{"a": {"a": 1}, "b": {"a": 2}}', {"a": {"a": 1}, "b": {"a": 2}}),
        (" 5 ", 5),
    ],
)
def test_json_is_read(text: str | bytes, value: object) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "InvalidJson"),
        ("{", "InvalidJson"),
        ("{'a': 1}", "InvalidJson"),
        ('{"a": 1,}', "InvalidJson"),
        ("1 2", "InvalidJson"),
        ('"a\nb"', "InvalidJson"),
        (b"\xff", "InvalidJson"),
        ('{"a": 1, "a": 2}', "DuplicateKey"),
        ('[{"a": NaN}]', "NotFinite"),
        ("Infinity", "NotFinite"),
        ("-Infinity", "NotFinite"),
        ("[" * 100_000, "TooDeep"),
        ("9" * 5_000, "InvalidJson"),
    ],
)
def test_everything_else_is_refused(text: str | bytes, code: str) -> None:
    with pytest.raises(JsonTextError) as refused:
        read_json(text)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_syntax_error_has_its_place() -> None:
    with pytest.raises(JsonTextError) as refused:
        read_json('{"a":\n  oops}')
    assert (refused.value.line, refused.value.column) == (2, 3)


def test_all_that_is_wrong_is_reported_at_once() -> None:
    with pytest.raises(JsonTextError) as refused:
        read_json('{"a": 1, "a": NaN, "b": [Infinity], "c": {"d": 1, "d": 2}}')
    problems = refused.value.problems
    assert [one.code for one in problems] == ["DuplicateKey"] * 2 + ["NotFinite"] * 2
    assert [one.path for one in problems[2:]] == ["/a", "/b/0"]
    assert set(refused.value.duplicate_keys) == {"a", "d"}
