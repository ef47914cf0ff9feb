"""Defects measured in other feature stores, one test each, asserting what is right: training sets."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from drivers import UTC, DriversProject, day

from regress.definitions import store_of, utc, view_of

MICROSECOND = dt.timedelta(microseconds=1)


def ask(drivers, *rows):
    """x for each (driver, time)."""
    table = pa.table(
        {"driver": pa.array([d for d, _ in rows], pa.int64()), "event_timestamp": utc([t for _, t in rows])}
    )
    return drivers.train(table).to_arrow()["x"].to_pylist()


def test_01_rows_whose_history_is_all_future_or_expired_stay_with_null(make_project):
    drivers = DriversProject(make_project(), rows=[(1, day(10), 1, None), (2, day(1), 2, None)], ttl="1d")
    assert ask(drivers, (1, day(9)), (2, day(9)), (3, day(9))) == [None, None, None]


def test_02_duplicate_entity_rows_with_different_labels_are_all_kept(drivers):
    frame = pd.DataFrame({"driver": [1, 1, 1], "event_timestamp": [day(3)] * 3, "label": ["a", "b", "a"]})
    out = drivers.train(frame).to_df()
    assert out["label"].tolist() == ["a", "b", "a"] and out["x"].tolist() == [103] * 3


def test_03_same_driver_and_time_with_different_customers_are_two_rows(make_project):
    folder = make_project()
    store = store_of(
        folder,
        view_of(folder, "stats", ["driver"], {"driver": [1], "event_timestamp": utc([day(1)]), "x": [7]}),
        view_of(
            folder, "orders", ["customer"], {"customer": [5, 6], "event_timestamp": utc([day(1)] * 2), "y": [50, 60]}
        ),
    )
    table = pa.table({"driver": [1, 1], "customer": [5, 6], "event_timestamp": utc([day(2)] * 2)})
    out = store.get_historical_features(entity_df=table, features=["stats:x", "orders:y"]).to_arrow()
    assert out["x"].to_pylist() == [7, 7] and out["y"].to_pylist() == [50, 60]


def test_04_composite_keys_are_not_concatenated(make_project):
    folder = make_project()
    columns = {"a": [1, 11], "b": [11, 1], "event_timestamp": utc([day(1)] * 2), "x": [1, 2]}
    store = store_of(folder, view_of(folder, "pairs", ["a", "b"], columns))
    table = pa.table({"a": [1, 11], "b": [11, 1], "event_timestamp": utc([day(2)] * 2)})
    assert store.get_historical_features(entity_df=table, features=["pairs:x"]).to_arrow()["x"].to_pylist() == [1, 2]


def test_05_two_source_rows_at_the_same_time_give_one_row_whatever_the_file_order(make_project):
    rows = [(1, day(1), 5, "a"), (1, day(1), 9, "a"), (1, day(1), 7, "b")]
    for name, order in (("up", rows), ("down", rows[::-1])):
        assert ask(DriversProject(make_project(name), rows=order), (1, day(2))) == [9]


def test_06_a_row_with_null_created_is_a_value_and_older_than_any_other(make_project):
    folder = make_project()
    columns = {
        "driver": [1, 2, 2],
        "event_timestamp": utc([day(1)] * 3),
        "created": utc([None, None, day(1)]),
        "x": [1, 9, 2],
    }
    store = store_of(folder, view_of(folder, "stats", ["driver"], columns, created="created"))
    table = pa.table({"driver": [1, 2], "event_timestamp": utc([day(2)] * 2)})
    assert store.get_historical_features(entity_df=table, features=["stats:x"]).to_arrow()["x"].to_pylist() == [1, 2]


def test_07_a_row_without_event_time_never_leaks_in(make_project):
    drivers = DriversProject(make_project(), rows=[(1, None, 666, None), (2, None, 666, None), (2, day(1), 7, None)])
    assert ask(drivers, (1, day(9)), (2, day(9))) == [None, 7]


def test_08_a_ttl_below_a_second_is_a_ttl(make_project):
    drivers = DriversProject(make_project(), rows=[(1, day(1), 7, None)], ttl=dt.timedelta(milliseconds=500))
    edge = day(1) + dt.timedelta(milliseconds=500)
    assert ask(drivers, (1, day(1) + dt.timedelta(seconds=5.4)), (1, edge), (1, edge + MICROSECOND)) == [None, 7, None]


def test_09_int64_beyond_2_to_53_beside_a_null_is_exact(make_project):
    drivers = DriversProject(make_project(), rows=[(1, day(1), 2**53 + 1, None), (2, day(1), None, None)])
    frame = pd.DataFrame({"driver": [1, 2], "event_timestamp": [day(2)] * 2})
    assert drivers.train(frame).to_df()["x"].astype(object).where(lambda v: v.notna(), None).tolist() == [
        2**53 + 1,
        None,
    ]


@pytest.mark.parametrize(
    "name", ["pos_y", "pos_x", "row_id", "event_timestamp_right", "__index", "entity_row_unique_id"]
)
def test_10_any_name_is_a_feature_name(make_project, name):
    folder = make_project()
    columns = {"driver": [1], "event_timestamp": utc([day(1)]), name: [7]}
    store = store_of(folder, view_of(folder, "stats", ["driver"], columns))
    table = pa.table({"driver": [1], "event_timestamp": utc([day(2)])})
    assert store.get_historical_features(entity_df=table, features=[f"stats:{name}"]).to_arrow()[name].to_pylist() == [
        7
    ]


def test_11_a_feature_named_as_an_entity_column_is_a_clear_error(drivers):
    table = pa.table({"driver": [1], "event_timestamp": utc([day(2)]), "x": ["label"]})
    with pytest.raises(ValueError, match=r"\bx\b.*full_feature_names"):
        drivers.train(table)
    assert drivers.train(table, full_feature_names=True).to_arrow()["x"].to_pylist() == ["label"]


def test_12_timestamps_as_text(drivers):
    frame = pd.DataFrame({"driver": [1, 1], "event_timestamp": ["2024-06-02 00:00:00", "2024-06-01T23:59:59.999999"]})
    assert drivers.train(frame).to_df()["x"].tolist() == [102, 101]


def test_13_times_of_several_zones_in_one_column(drivers):
    tokyo, lisbon = dt.timezone(dt.timedelta(hours=9)), dt.timezone(dt.timedelta(hours=-1))
    times = [dt.datetime(2024, 6, 2, 9, tzinfo=tokyo), dt.datetime(2024, 6, 1, 22, 59, tzinfo=lisbon), day(2)]
    frame = pd.DataFrame({"driver": [1] * 3, "event_timestamp": pd.Series(times, dtype=object)})
    assert drivers.train(frame).to_df()["x"].tolist() == [102, 101, 102]


def test_14_no_entity_rows_is_an_error_with_one_meaning(drivers):
    with pytest.raises(ValueError, match="entity_df"):
        drivers.train(None)


def test_15_times_come_back_with_their_zone_in_the_order_of_the_entity_rows(drivers):
    table = pa.table({"driver": [3, 1, 3, 2], "event_timestamp": utc([day(9), day(2), day(9), day(1)])})
    out = drivers.train(table).to_arrow()
    assert out.schema.field("event_timestamp").type == pa.timestamp("us", "UTC")
    assert out.select(table.column_names).equals(table) and out["x"].to_pylist() == [309, 102, 309, 201]


def test_newer_created_wins_at_scale_and_no_row_is_lost(make_project):
    folder, count = make_project(), 20_000
    keys = [i * 7919 % count for i in range(count)]
    columns = {
        "driver": keys + keys,
        "event_timestamp": utc([day(1)] * (2 * count)),
        "created": utc([day(2 if i % 2 else 3) for i in range(count)] + [day(3 if i % 2 else 2) for i in range(count)]),
        "x": [i % 2 for i in range(count)] + [1 - i % 2 for i in range(count)],
    }
    store = store_of(folder, view_of(folder, "stats", ["driver"], columns, created="created"))
    table = pa.table({"driver": list(range(count)), "event_timestamp": utc([day(4)] * count)})
    out = store.get_historical_features(entity_df=table, features=["stats:x"]).to_arrow()
    assert out["x"].to_pylist() == [0] * count  # of each pair, in either half of the file, the newer one says 0


def test_a_null_key_keeps_its_row_and_the_ttl_is_applied_with_it(make_project):
    drivers = DriversProject(make_project(), ttl="1d")
    assert ask(drivers, (None, day(3)), (1, day(3)), (1, dt.datetime(2024, 7, 2, tzinfo=UTC))) == [None, 103, None]


def test_an_old_value_is_found_however_large_the_data(make_project):
    rows = [(1, day(1), 7, None)] + [(2 + i % 500, day(28) + i * MICROSECOND, i, None) for i in range(50_000)]
    assert ask(DriversProject(make_project(), rows=rows), (1, day(30))) == [7]
