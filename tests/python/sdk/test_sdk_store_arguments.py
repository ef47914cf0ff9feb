"""What a store refuses before the engine is asked."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from gnomon import Entity, FeatureService, FeatureStore, FeatureView, FileSource, errors
from gnomon.durations import instant_us
from gnomon.requests import feature_request, names_in

view = FeatureView("v", [Entity("e")], source=FileSource("s", path="p"))


@pytest.fixture
def store(tmp_path):
    return FeatureStore(tmp_path)


def test_a_store_needs_a_folder(tmp_path):
    with pytest.raises(errors.NotFound, match="no project folder"):
        FeatureStore(repo_path=tmp_path / "missing")


def test_a_closed_store_says_so(store):
    with store as opened:
        assert opened is store
    store.close()
    assert repr(store).endswith("closed)")
    with pytest.raises(errors.FailedPrecondition, match="the store is closed"):
        store.plan()
    assert "the store is closed" in store._repr_html_()


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda s: s.get_historical_features("x.parquet", ["v:f"], history="as_now"), "history must be one of"),
        (lambda s: s.get_historical_features("x.parquet", []), "features is empty"),
        (lambda s: s.get_historical_features("x.parquet", [3]), r"features\[0\] must be a view"),
        (lambda s: s.get_historical_features("x.parquet", 3), "features must be a list"),
        (lambda s: s.get_online_features(["v:f"], [{"e": 1}, {}]), "entity_rows: row 1 lacks 'e'"),
        (lambda s: s.get_online_features(["v:f"], [{"e": 1}], timeout_ms=0), "timeout_ms must be from 1"),
        (lambda s: s.get_online_features(["v:f"], [{"e": 1}], timeout_ms=True), "timeout_ms must be from 1"),
        (lambda s: s.get_online_features(["v:f"], [{"e": 1}], as_of="yesterday"), "as_of: not a time: 'yesterday'"),
        (lambda s: s.materialize(1, "2013-01-01"), "start_date: not a time: 1"),
        (lambda s: s.materialize_incremental(None), "end_date: not a time: None"),
        (
            lambda s: s.materialize("2013-01-01", "2013-01-02", [3]),
            r"feature_views\[0\] must be FeatureView or a name",
        ),
        (lambda s: s.push("p", [{"a": 1}], to="both"), "to must be one of"),
        (lambda s: s.push(view, [{"a": 1}]), "push_source_name must be PushSource or a name"),
        (lambda s: s.push("p", [{"a": 1}, {"b": 1}]), "df: row 0 lacks 'b'"),
        (lambda s: s.run(3), "views must be a list of names"),
        (lambda s: s.quarantine(3), "name must be Definition or a name"),
    ],
)
def test_wrong_arguments_are_named(store, call, complaint):
    with pytest.raises(errors.InvalidArgument, match=complaint):
        call(store)


def test_apply_takes_definitions_only(store):
    with pytest.raises(errors.InvalidArgument, match="cannot apply 3"):
        store.apply([3])
    with pytest.raises(errors.InvalidArgument, match="objects must be a list"):
        store.plan("user")


def test_features_as_the_engine_takes_them():
    assert feature_request(["v:a", "w", view, view[["b", "c"]]]) == (["v:a", "w", "v", "v:b", "v:c"], "")
    assert feature_request("v:a") == (["v:a"], "")
    assert feature_request(view["a"]) == (["v:a"], "")
    assert feature_request("service") == ([], "service")
    assert feature_request(FeatureService("service", [view])) == ([], "service")


def test_names_as_the_engine_takes_them():
    assert names_in("x", None, FeatureView) == []
    assert names_in("x", "v", FeatureView) == ["v"]
    assert names_in("x", view, FeatureView) == ["v"]
    assert names_in("x", [view, "w"], FeatureView) == ["v", "w"]


@pytest.mark.parametrize(
    "value",
    [
        datetime(2013, 2, 12, 8),
        datetime(2013, 2, 12, 8, tzinfo=UTC),
        datetime(2013, 2, 12, 9, tzinfo=timezone(timedelta(hours=1))),
        pd.Timestamp("2013-02-12T08:00:00.000000999Z"),
        np.datetime64("2013-02-12T08:00"),
        "2013-02-12T08:00Z",
        "2013-02-12 08:00:00",
        "2013-02-12T10:00:00.000000999+02:00",
    ],
)
def test_instants(value):
    assert instant_us("t", value) == 1360656000000000


def test_instants_at_the_edges():
    assert instant_us("t", date(1970, 1, 2)) == 86_400_000_000
    assert instant_us("t", "1970-01-02") == 86_400_000_000
    assert instant_us("t", datetime(1969, 12, 31, 23, 59, 59, 999999)) == -1
    assert instant_us("t", pd.Timestamp("1969-12-31T23:59:59.999999999")) == -1
    for wrong in (np.datetime64("NaT"), 3, 1.5, None, "12:00", ""):
        with pytest.raises(errors.InvalidArgument, match="t: not a time") as caught:
            instant_us("t", wrong)
        assert caught.value.id == "GN113"
