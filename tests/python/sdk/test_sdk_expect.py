"""Expectations become checks of the manifest."""

from datetime import UTC, datetime

import numpy as np
import pytest

from gnomon import FileSource, errors, expect


def checks_of(*expectations):
    message = FileSource("s", path="p", expect=list(expectations)).to_manifest("/nowhere")
    return [{key: value for key, value in check.items() if key != "origin"} for check in message["expect"]]


def test_not_null_is_one_check_a_column():
    assert checks_of(expect.not_null("a", "b", on_fail="quarantine")) == [
        {"type": "not_null", "columns": ["a"], "on_fail": "quarantine"},
        {"type": "not_null", "columns": ["b"], "on_fail": "quarantine"},
    ]


def test_unique_is_one_check_of_all_columns():
    assert checks_of(expect.unique("a", "b")) == [{"type": "unique", "columns": ["a", "b"]}]


def test_between():
    assert checks_of(expect.between("a", 0, 120.5, strict_max=True, mostly=0.99)) == [
        {
            "type": "between",
            "columns": ["a"],
            "params": {
                "min": {"int_value": "0"},
                "max": {"float_value": 120.5},
                "strict_max": {"bool_value": True},
                "mostly": {"float_value": 0.99},
            },
        }
    ]
    assert checks_of(expect.between("a", max=float("inf")))[0]["params"] == {"max": {"float_value": "Infinity"}}
    assert checks_of(expect.between("a", min=np.int64(2**62)))[0]["params"] == {"min": {"int_value": str(2**62)}}
    assert checks_of(expect.between("t", min=datetime(2013, 1, 1, tzinfo=UTC)))[0]["params"] == {
        "min": {"string_value": "2013-01-01T00:00:00+00:00"}
    }


def test_in_set():
    values = {"values": {"list_value": {"values": [{"string_value": "a"}, {"int_value": "1"}, {"bool_value": False}]}}}
    assert checks_of(expect.in_set("a", ["a", 1, None, False])) == [
        {"type": "in_set", "columns": ["a"], "params": values}
    ]


def test_regex():
    assert checks_of(expect.regex("a", "^N", on_fail="pass")) == [
        {"type": "regex", "columns": ["a"], "params": {"pattern": {"string_value": "^N"}}, "on_fail": "pass"}
    ]


def test_an_expectation_knows_its_line():
    (check,) = FileSource("s", path="p", expect=[expect.not_null("a")]).to_manifest("/nowhere")["expect"]
    assert check["origin"]["file"].endswith("test_sdk_expect.py")


@pytest.mark.parametrize(
    "make",
    [
        lambda: expect.not_null(),
        lambda: expect.not_null(["a"]),
        lambda: expect.between("a"),
        lambda: expect.between("a", min=object()),
        lambda: expect.in_set("a", []),
        lambda: expect.not_null("a", on_fail="drop"),
        lambda: expect.not_null("a", mostly=0),
        lambda: expect.not_null("a", mostly=1.5),
        lambda: expect.not_null("a", mostly="most"),
    ],
)
def test_bad_expectations_are_refused_where_they_are_written(make):
    with pytest.raises(errors.InvalidArgument) as caught:
        make()
    assert caught.value.id == "GN130"
    assert "test_sdk_expect.py:" in caught.value.where
