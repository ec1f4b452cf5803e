"""Patterns fit the events that EventBridge's would fit."""

from typing import Any

import pytest

from seriatim.domain.event_patterns import fits, troubles

EVENT: dict[str, Any] = {
    "source": "seriatim",
    "detail-type": "Execution Status Change",
    "resources": ["arn:a", "arn:b"],
    "detail": {
        "status": "succeeded",
        "priority": 5,
        "flag": True,
        "none": None,
        "name": "Order-17.XML",
        "address": "10.0.0.7",
        "lines": [{"article": "lamp", "count": 2}, {"article": "chair", "count": 9}],
    },
}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["seriatim"]},
        {"source": ["other", "seriatim"], "detail": {"status": ["succeeded", "failed"]}},
        {"resources": ["arn:b"]},
        {"detail": {"priority": [5]}},
        {"detail": {"flag": [True], "none": [None]}},
        {"detail": {"name": [{"prefix": "Order-"}]}},
        {"detail": {"name": [{"prefix": {"equals-ignore-case": "order"}}]}},
        {"detail": {"name": [{"suffix": ".XML"}]}},
        {"detail": {"name": [{"suffix": {"equals-ignore-case": ".xml"}}]}},
        {"detail": {"name": [{"equals-ignore-case": "ORDER-17.xml"}]}},
        {"detail": {"name": [{"wildcard": "Order-*.X*"}]}},
        {"detail": {"status": [{"anything-but": "failed"}]}},
        {"detail": {"status": [{"anything-but": ["failed", "cancelled"]}]}},
        {"detail": {"status": [{"anything-but": {"prefix": "fail"}}]}},
        {"detail": {"priority": [{"numeric": [">", 0, "<=", 5]}]}},
        {"detail": {"address": [{"cidr": "10.0.0.0/24"}]}},
        {"detail": {"status": [{"exists": True}], "error": [{"exists": False}]}},
        {"missing": {"inside": [{"exists": False}]}},
        {"detail": {"lines": {"article": ["chair"]}}},
        {"$or": [{"source": ["other"]}, {"detail": {"priority": [5]}}]},
    ],
    ids=str,
)
def test_an_event_fits(pattern: dict[str, Any]) -> None:
    assert list(troubles(pattern)) == []
    assert fits(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["other"]},
        {"source": ["seriatim"], "detail": {"status": ["failed"]}},
        {"detail": {"flag": [1]}},
        {"detail": {"priority": ["5"]}},
        {"detail": {"name": [{"prefix": "order-"}]}},
        {"detail": {"name": [{"wildcard": "Order-?7*"}]}},
        {"detail": {"status": [{"anything-but": ["succeeded"]}]}},
        {"detail": {"missing": [{"anything-but": "x"}]}},
        {"detail": {"priority": [{"numeric": [">", 5]}]}},
        {"detail": {"name": [{"numeric": [">", 5]}]}},
        {"detail": {"address": [{"cidr": "10.0.1.0/24"}]}},
        {"detail": {"name": [{"cidr": "10.0.1.0/24"}]}},
        {"detail": {"status": [{"exists": False}]}},
        {"detail": [{"exists": True}]},
        {"source": {"inside": ["x"]}},
        {"detail": {"lines": {"article": ["lamp"], "count": [9]}}},
        {"$or": [{"source": ["other"]}, {"detail": {"priority": [6]}}]},
    ],
    ids=str,
)
def test_an_event_does_not_fit(pattern: dict[str, Any]) -> None:
    assert list(troubles(pattern)) == []
    assert not fits(pattern, EVENT)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ({}, ()),
        ([], ()),
        ({"source": "seriatim"}, ("source",)),
        ({"source": []}, ("source",)),
        ({"detail": {}}, ("detail",)),
        ({"detail": {"a": {"b": 1}}}, ("detail", "a", "b")),
        ({"a": [["x"]]}, ("a", 0)),
        ({"a": ["x", {"like": "x"}]}, ("a", 1)),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, ("a", 0)),
        ({"a": [{"prefix": 1}]}, ("a", 0)),
        ({"a": [{"wildcard": "a**b"}]}, ("a", 0)),
        ({"a": [{"exists": "yes"}]}, ("a", 0)),
        ({"a": [{"numeric": [">"]}]}, ("a", 0)),
        ({"a": [{"numeric": ["~", 1]}]}, ("a", 0)),
        ({"a": [{"numeric": [">", True]}]}, ("a", 0)),
        ({"a": [{"anything-but": []}]}, ("a", 0)),
        ({"a": [{"anything-but": {"exists": True}}]}, ("a", 0)),
        ({"a": [{"cidr": "here"}]}, ("a", 0)),
        ({"a": [{"cidr": 5}]}, ("a", 0)),
        ({"a": [{"cidr": True}]}, ("a", 0)),
        ({"$or": [{"a": ["x"]}]}, ("$or",)),
        ({"$or": [{"a": ["x"]}, {"b": []}]}, ("$or", 1, "b")),
    ],
    ids=str,
)
def test_what_is_no_pattern_is_told_where(pattern: Any, path: tuple[str | int, ...]) -> None:
    ((where, text),) = troubles(pattern)
    assert where == path
    assert text
