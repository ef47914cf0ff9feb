"""Defects measured in other feature stores, one test each, asserting what is right: push and materialize."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drivers import UTC, DriversProject, day, stats_table

from gnomon import FeatureStore, FeatureView, Field, PushSource
from gnomon.types import Float64, Int64
from regress.definitions import store_of, utc, view_of

MICROSECOND = dt.timedelta(microseconds=1)


def ask(drivers, *rows):
    """x for each (driver, time)."""
    table = pa.table(
        {"driver": pa.array([d for d, _ in rows], pa.int64()), "event_timestamp": utc([t for _, t in rows])}
    )
    return drivers.train(table).to_arrow()["x"].to_pylist()


def test_materialize_takes_start_and_leaves_end(drivers):
    drivers.store.materialize(day(5), day(7))
    assert drivers.serve(1)["x"] == [106]
    drivers.store.materialize(day(6) + MICROSECOND, day(7) + MICROSECOND)
    assert drivers.serve(1)["x"] == [107]


def test_materialize_to_the_future_is_refused(drivers):
    tomorrow = dt.datetime.now(UTC) + dt.timedelta(days=1)
    with pytest.raises(ValueError, match="future"):
        drivers.store.materialize(day(1), tomorrow)
    with pytest.raises(ValueError, match="future"):
        drivers.store.materialize_incremental(tomorrow)


def test_incremental_loads_late_rows(make_project):
    drivers = DriversProject(make_project(), rows=[(1, day(10), 1, None)])
    drivers.store.materialize_incremental(day(20))
    drivers.write([(1, day(10), 1, None), (2, day(5), 2, None), (1, day(9), 666, None)])
    drivers.store.materialize_incremental(day(21))
    assert drivers.serve(1, 2)["x"] == [1, 2]


def test_the_first_incremental_needs_no_ttl_and_reaches_back_to_the_beginning(make_project):
    drivers = DriversProject(make_project(), rows=[(1, dt.datetime(1999, 1, 1, tzinfo=UTC), 1, None)])
    drivers.store.materialize_incremental(dt.datetime.now(UTC))
    assert drivers.serve(1)["x"] == [1]


def test_an_older_push_does_not_replace_a_newer_value(drivers):
    drivers.store.push("stats_stream", stats_table([(1, day(10), 10, None)]))
    drivers.store.push("stats_stream", stats_table([(1, day(9), 9, None)]))
    assert drivers.serve(1)["x"] == [10]
    drivers.store.materialize(day(1), day(9))
    assert drivers.serve(1)["x"] == [10]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_correction_with_newer_created_is_taken_online_and_offline(make_project, order):
    folder = make_project()
    empty = {
        "driver": pa.array([], pa.int64()),
        "event_timestamp": utc([]),
        "created": utc([]),
        "x": pa.array([], pa.int64()),
    }
    *entities, file_view = view_of(folder, "stats", ["driver"], empty, created="created")
    source = PushSource(name="stream", batch_source=file_view.sources[0])
    store = store_of(
        folder,
        entities,
        [FeatureView(name="stats", entities=entities, source=source, schema=[Field(name="x", dtype=Int64)])],
    )
    versions = [(day(1), 9), (day(2), 1)]
    for created, x in (versions[i] for i in order):
        store.push(
            "stream", pa.table({"driver": [1], "event_timestamp": utc([day(1)]), "created": utc([created]), "x": [x]})
        )
    served = store.get_online_features(features=["stats:x"], entity_rows=[{"driver": 1}]).to_dict()["x"]
    table = pa.table({"driver": [1], "event_timestamp": utc([day(3)])})
    trained = (
        store.get_historical_features(entity_df=table, features=["stats:x"], history="ideal")
        .to_arrow()["x"]
        .to_pylist()
    )
    assert served == trained == [1]


def test_a_row_of_nulls_clears_the_value(drivers):
    drivers.store.push("stats_stream", stats_table([(1, day(1), 1, "a")]))
    drivers.store.push("stats_stream", stats_table([(1, day(2), None, None)]))
    got = drivers.serve(1)
    assert got["x"] == [None] and got["x__status"] == ["NULL_VALUE"] and got["x__event_time"] == [day(2)]


def test_int64_beyond_2_to_53_is_exact_online(drivers):
    drivers.store.push(
        "stats_stream",
        stats_table([(1, day(1), 2**53 + 1, None), (2, day(1), None, None), (3, day(1), -(2**63), None)]),
    )
    assert drivers.serve(1, 2, 3)["x"] == [2**53 + 1, None, -(2**63)]


def test_dropping_a_view_leaves_the_view_whose_name_ends_alike(make_project):
    folder = make_project()
    header = "from gnomon import Entity, FeatureView, FileSource\nuser = Entity(name='user')\n"
    definition = (
        "{0} = FeatureView(name='{0}', entities=[user], source="
        "FileSource(name='{0}_file', path='data/{0}.parquet', timestamp_field='t'))\n"
    )
    names = ["demo", "mydemo", "demo2"]
    for number, name in enumerate(names):
        pq.write_table(
            pa.table({"user": [1], "t": utc([day(1)]), f"{name}_x": [number]}), folder / "data" / f"{name}.parquet"
        )
    (folder / "features").mkdir()
    path = folder / "features" / "views.py"
    path.write_text(header + "".join(definition.format(name) for name in names))
    store = FeatureStore(repo_path=str(folder))
    store.apply()
    store.materialize(day(1), day(2))
    path.write_text(header + "".join(definition.format(name) for name in names[1:]))
    store.apply(allow_destructive=True)
    got = store.get_online_features(features=["mydemo:mydemo_x", "demo2:demo2_x"], entity_rows=[{"user": 1}]).to_dict()
    assert got == {"user": [1], "mydemo_x": [1], "demo2_x": [2]}
    path.write_text(header + "".join(definition.format(name) for name in names))
    store.apply()
    again = store.get_online_features(features=["demo:demo_x"], entity_rows=[{"user": 1}]).to_dict(
        include_metadata=True
    )
    assert again["demo_x__status"] == ["NOT_FOUND"], "rows of a dropped view came back"


def test_nanosecond_parquet_is_materialized(make_project):
    folder = make_project()
    times = pd.Series([pd.Timestamp("2024-06-01T00:00:00.000000999Z")]).astype("datetime64[ns, UTC]")
    frame = pd.DataFrame({"driver": [1], "event_timestamp": times, "x": [1.5]})
    stored = pa.Table.from_pandas(frame, preserve_index=False)
    assert stored.schema.field("event_timestamp").type == pa.timestamp("ns", "UTC")
    columns = {name: stored[name] for name in stored.column_names}
    store = store_of(folder, view_of(folder, "stats", ["driver"], columns, schema=[Field(name="x", dtype=Float64)]))
    store.materialize(day(1), day(2))
    got = store.get_online_features(features=["stats:x"], entity_rows=[{"driver": 1}]).to_dict(include_metadata=True)
    assert got["x"] == [1.5] and got["x__event_time"] == [day(1)]


def test_every_chunk_of_a_pushed_table_is_written(drivers):
    chunks = [stats_table([(driver, day(1), driver, None)]) for driver in range(1, 21)]
    table = pa.concat_tables(chunks)
    assert table["x"].num_chunks == 20
    drivers.store.push("stats_stream", table)
    assert drivers.serve(*range(1, 21))["x"] == list(range(1, 21))


def test_composite_keys_online(make_project):
    folder = make_project()
    columns = {"a": ["1", "11"], "b": ["11", "1"], "event_timestamp": utc([day(1)] * 2), "x": [1, 2]}
    store = store_of(folder, view_of(folder, "pairs", ["a", "b"], columns))
    store.materialize(day(1), day(2))
    rows = [{"b": "1", "a": "11"}, {"b": "11", "a": "1"}, {"b": "111", "a": ""}]
    assert store.get_online_features(features=["pairs:x"], entity_rows=rows).to_dict()["x"] == [2, 1, None]


def test_rows_pushed_online_only_are_served_and_left_out_of_training_sets(drivers):
    drivers.store.push("stats_stream", stats_table([(1, dt.datetime(2024, 7, 1, tzinfo=UTC), 777, None)]), to="online")
    drivers.store.push("stats_stream", stats_table([(2, dt.datetime(2024, 7, 1, tzinfo=UTC), 888, None)]), to="offline")
    drivers.store.push("stats_stream", stats_table([(3, dt.datetime(2024, 7, 1, tzinfo=UTC), 999, None)]))
    assert drivers.serve(1, 2, 3)["x"] == [777, None, 999]
    now = dt.datetime.now(UTC) + dt.timedelta(minutes=1)
    assert ask(drivers, (1, now), (2, now), (3, now)) == [130, 888, 999]


def test_a_push_with_a_row_of_the_future_is_held_back_until_then(drivers):
    later = dt.datetime.now(UTC) + dt.timedelta(days=400)
    drivers.store.push("stats_stream", stats_table([(1, day(1), 1, None), (1, later, 2, None)]))
    assert drivers.serve(1)["x"] == [1]
    assert drivers.serve(1, as_of=later)["x"] == [2]
