"""Aggregations and windows: what they accept, what they refuse, and what they become."""

import json
import runpy
from datetime import timedelta
from pathlib import Path

import pytest

from gnomon import Aggregation, Entity, FeatureView, PushSource, batch_feature_view, calendar, errors, last
from gnomon.manifest import manifest_of

GOLDEN = Path(__file__).parents[2] / "golden" / "windows"
user = Entity("user", join_keys=["user_id"])
payments = PushSource("payments", timestamp_field="paid_at")


def message_of(*arguments, **keywords):
    message = Aggregation(*arguments, **keywords).to_manifest("/nowhere")
    del message["origin"]
    return message


def windows_of(window):
    return message_of("amount", "sum", window)["windows"]


def without_origins(value):
    if isinstance(value, dict):
        return {key: without_origins(item) for key, item in value.items() if key != "origin"}
    return [without_origins(item) for item in value] if isinstance(value, list) else value


def test_definitions_become_the_golden_manifest():
    names = runpy.run_path(str(GOLDEN / "definitions.py"))
    views = [names[name] for name in ("spend", "refunds", "default_lateness")]
    assert without_origins(manifest_of(views, str(GOLDEN))) == json.loads((GOLDEN / "manifest.json").read_text())


@pytest.mark.parametrize(
    ("window", "spelling", "duration_us"),
    [
        ("7d", "7d", 604_800_000_000),
        ("1w", "1w", 604_800_000_000),
        ("168h", "168h", 604_800_000_000),
        ("1d12h", "1d12h", 129_600_000_000),
        (timedelta(weeks=1), "7d", 604_800_000_000),
        (timedelta(days=1, hours=12), "36h", 129_600_000_000),
        (timedelta(minutes=90), "90min", 5_400_000_000),
        (timedelta(hours=24), "1d", 86_400_000_000),
        (timedelta(seconds=90), "90s", 90_000_000),
        (timedelta(milliseconds=1500), "1500ms", 1_500_000),
        (timedelta(microseconds=7), "7us", 7),
    ],
)
def test_a_duration_keeps_its_spelling_and_a_timedelta_gets_one(window, spelling, duration_us):
    assert windows_of(window) == [{"duration_us": str(duration_us), "spelling": spelling}]


def test_other_windows():
    assert windows_of("lifetime") == [{"lifetime": True}]
    assert windows_of(last(5)) == [{"last_n": "5"}]
    assert windows_of(calendar("month")) == [{"calendar": {"unit": "month"}}]
    assert windows_of(calendar("month", tz="Europe/Berlin")) == [{"calendar": {"unit": "month", "tz": "Europe/Berlin"}}]
    assert windows_of(("1d", last(2), "lifetime")) == [*windows_of("1d"), *windows_of(last(2)), *windows_of("lifetime")]


def test_windows_are_values():
    assert last(5) == last(5) != last(6)
    assert calendar("day") != calendar("day", tz="Europe/Berlin")
    assert len({last(5), last(5), calendar("day")}) == 2


@pytest.mark.parametrize("window", ["7", "a week", "", "-1d", "Lifetime", timedelta(days=-1)])
def test_text_that_is_no_window(window):
    with pytest.raises(
        errors.InvalidArgument, match=r"Aggregation\('amount', 'sum'\): window: not a duration"
    ) as caught:
        Aggregation("amount", "sum", window)
    assert caught.value.id == "GN112"
    assert "test_sdk_aggregations.py:" in caught.value.where


@pytest.mark.parametrize("window", [None, 7, 7.0, True, ["1d", ["2d"]], {"last": 5}, last])
def test_what_is_no_window(window):
    with pytest.raises(errors.InvalidArgument, match="window: not a window"):
        Aggregation("amount", "sum", window)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Aggregation("amount", "sum", []), "window is an empty list"),
        (lambda: Aggregation(None, "sum", "1d"), "column must be a string"),
        (lambda: Aggregation("amount", sum, "1d"), "function must be a string"),
        (lambda: Aggregation("amount", "sum", "1d", n=0), "n must be at least 1, got 0"),
        (lambda: Aggregation("amount", "sum", "1d", n=2.0), "n must be a whole number"),
        (lambda: Aggregation("amount", "sum", "1d", n=True), "n must be a whole number"),
        (lambda: Aggregation("amount", "sum", "1d", max_distinct=0), "max_distinct must be at least 1"),
        (lambda: Aggregation("amount", "sum", "1d", p=0), r"p must be a number in \(0, 1\], got 0"),
        (lambda: Aggregation("amount", "sum", "1d", p=1.5), r"p must be a number in \(0, 1\]"),
        (lambda: Aggregation("amount", "sum", "1d", p=float("nan")), r"p must be a number in \(0, 1\]"),
        (lambda: Aggregation("amount", "sum", "1d", p="0.5"), r"p must be a number in \(0, 1\]"),
        (lambda: Aggregation("amount", "sum", "1d", where=True), "where must be a string"),
        (lambda: Aggregation("amount", "sum", "1d", name=1), "name must be a string"),
        (lambda: Aggregation("amount", "sum", "1d", include_request="yes"), "include_request must be True or False"),
        (lambda: Aggregation("amount", "sum", "1d", default=object()), "default must be a bool, a number"),
        (lambda: Aggregation("amount", "sum", "1d", offset="soon"), "offset: not a duration"),
        (lambda: Aggregation("amount", "sum", "1d", resolution=-1), "resolution: not a duration"),
        (lambda: Aggregation("amount", "sum", "1d", sawtooth=timedelta(-1)), "sawtooth: not a duration"),
        (lambda: last(2.5), "last must be a whole number"),
        (lambda: last("5"), "last must be a whole number"),
        (lambda: last(0), "last must be at least 1"),
        (lambda: calendar(1), "calendar: unit must be a string"),
        (lambda: calendar("day", tz=None), "calendar: tz must be a string"),
        (lambda: FeatureView("v", [user], source=payments, aggregations=["sum"]), "aggregations must hold Aggregation"),
        (lambda: FeatureView("v", [user], source=payments, aggregations="sum"), "aggregations must be a list"),
        (lambda: FeatureView("v", [user], source=payments, where=1), "where must be a string"),
        (lambda: FeatureView("v", [user], source=payments, allowed_lateness="x"), "allowed_lateness: not a duration"),
    ],
)
def test_wrong_kinds_are_refused_where_they_are_written(make, complaint):
    with pytest.raises(errors.InvalidArgument, match=complaint) as caught:
        make()
    assert "test_sdk_aggregations.py:" in caught.value.where


def test_unknown_keywords_are_type_errors_with_a_suggestion():
    with pytest.raises(TypeError, match=r"Aggregation\(\) .*'ofset' \(did you mean offset=\?\)"):
        Aggregation("amount", "sum", "1d", ofset="1d")
    with pytest.raises(TypeError, match="positional"):
        Aggregation("amount", "sum", "1d", "1d")
    with pytest.raises(TypeError, match="window"):
        Aggregation("amount", "sum")


def test_every_keyword_reaches_the_manifest():
    assert message_of(
        "amount",
        "top_k",
        "1d",
        offset="1d",
        resolution="2h",
        sawtooth="3min",
        where="amount > 0",
        n=3,
        p=1,
        default=[1, 2.5],
        include_request=True,
        max_distinct=9,
        name="x",
    ) == {
        "column": "amount",
        "function": "top_k",
        "windows": windows_of("1d"),
        "offset_us": "86400000000",
        "resolution_us": "7200000000",
        "sawtooth_us": "180000000",
        "where": "amount > 0",
        "n": "3",
        "p": 1.0,
        "default_value": {"list_value": {"values": [{"int_value": "1"}, {"float_value": 2.5}]}},
        "include_request": True,
        "max_distinct": "9",
        "name": "x",
    }


@pytest.mark.parametrize(
    ("default", "value"),
    [
        (0, {"int_value": "0"}),
        (0.0, {"float_value": 0.0}),
        (False, {"bool_value": False}),
        ("", {"string_value": ""}),
        ([], {"list_value": {"values": []}}),
        (float("nan"), {"float_value": "NaN"}),
    ],
)
def test_a_default_that_is_falsy_is_a_default(default, value):
    assert message_of("amount", "sum", "1d", default=default)["default_value"] == value
    assert "default_value" not in message_of("amount", "sum", "1d", default=None)


def test_an_aggregation_knows_its_line():
    aggregation = Aggregation("amount", "sum", "1d")
    line = Path(__file__).read_text().splitlines().index('    aggregation = Aggregation("amount", "sum", "1d")') + 1
    assert aggregation.to_manifest(str(Path(__file__).parent))["origin"] == {
        "file": "test_sdk_aggregations.py",
        "line": line,
    }


def test_numpy_numbers_are_numbers():
    numpy = pytest.importorskip("numpy")
    message = message_of(
        "x", "top_k", last(numpy.int32(3)), n=numpy.int64(2), p=numpy.float64(0.5), default=numpy.int8(1)
    )
    assert (message["windows"], message["n"], message["p"]) == ([{"last_n": "3"}], "2", 0.5)
    assert message["default_value"] == {"int_value": "1"}


def test_a_function_has_no_aggregations_beside_it():
    for keyword in ("aggregations", "where", "allowed_lateness"):
        with pytest.raises(NotImplementedError, match=f"batch_feature_view: {keyword}= is not supported yet"):
            batch_feature_view(entities=[user], source=payments, **{keyword: None})


def test_a_notebook_shows_aggregations():
    view = FeatureView("v", [user], source=payments, aggregations=[Aggregation("amount", "sum", ["1d", last(5)])])
    assert "Aggregation(&#x27;amount&#x27;, &#x27;sum&#x27;, [&#x27;1d&#x27;, last(5)])" in view._repr_html_()
