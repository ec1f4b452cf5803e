"""Metrics are lines that CloudWatch understands, and nothing where nobody asked."""

import json
from collections.abc import Iterator

import pytest

from functions import metrics


@pytest.fixture
def lines() -> Iterator[list[str]]:
    printed: list[str] = []
    metrics.use(printed.append)
    yield printed
    metrics.use(None)


def test_a_line_says_what_its_metrics_are(lines: list[str]) -> None:
    metrics.emit(5, {"QueueAge": [1, 2], "Redeliveries": 1}, {"executionId": "exec-1"})
    [line] = map(json.loads, lines)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert line["_aws"]["Timestamp"] == 5
    assert directive["Namespace"] == "Seriatim"
    assert directive["Dimensions"] == [["FunctionName"]]
    assert {one["Name"]: one["Unit"] for one in directive["Metrics"]} == {
        "QueueAge": "Milliseconds",
        "Redeliveries": "Count",
    }
    assert (line["QueueAge"], line["Redeliveries"]) == ([1, 2], 1)
    assert line["executionId"] == "exec-1"
    assert line["FunctionName"] == "local"


def test_a_line_has_no_more_values_than_are_taken(lines: list[str]) -> None:
    metrics.emit(5, {"QueueAge": list(range(500))})
    assert len(json.loads(lines[0])["QueueAge"]) == metrics.VALUES_MAX


def test_nothing_is_said_where_there_is_nothing(lines: list[str]) -> None:
    metrics.emit(5, {})
    assert lines == []


def test_nobody_hears_what_nobody_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.emit(5, {"Redeliveries": 1})
    assert capsys.readouterr().out == ""
