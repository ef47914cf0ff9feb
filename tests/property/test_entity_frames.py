"""Entity rows as people have them: pandas, polars, Arrow, files, SQL; every kind of time; what comes back and how."""

import datetime as dt

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drivers import day

UTC = dt.UTC
JUNE_2_NOON = dt.datetime(2024, 6, 2, 12, tzinfo=UTC)


def entity_table(times, drivers=None):
    drivers = drivers or [1] * len(times)
    return pa.table({"driver": pa.array(drivers, pa.int64()), "event_timestamp": times})


@pytest.mark.parametrize(
    "times",
    [
        pa.array([JUNE_2_NOON], pa.timestamp("us", "UTC")),
        pa.array([JUNE_2_NOON], pa.timestamp("ns", "UTC")),
        pa.array([JUNE_2_NOON], pa.timestamp("ms", "UTC")),
        pa.array([JUNE_2_NOON], pa.timestamp("s", "UTC")),
        pa.array([JUNE_2_NOON], pa.timestamp("us", "Asia/Tokyo")),
        pa.array([JUNE_2_NOON.replace(tzinfo=None)], pa.timestamp("us")),
        pa.array([JUNE_2_NOON.replace(tzinfo=None)], pa.timestamp("s")),
        pa.array([dt.date(2024, 6, 2)], pa.date32()),
        pa.array([dt.date(2024, 6, 2)], pa.date64()),
        pa.array(["2024-06-02T12:00:00Z"]),
        pa.array(["2024-06-02 12:00:00"]),
        pa.array(["2024-06-02T21:00:00.000000+09:00"]),
        pa.array(["2024-06-02"]),
        pa.array(["2024-06-02T12:00:00Z"], pa.large_string()),
        pa.array(["2024-06-02T12:00:00Z"]).dictionary_encode(),
    ],
    ids=lambda times: f"{times.type} {times[0]}",
)
def test_every_kind_of_time_in_arrow(drivers, times):
    assert drivers.train(entity_table(times)).to_arrow()["x"].to_pylist() == [102]


@pytest.mark.parametrize(
    "times",
    [
        [pd.Timestamp("2024-06-02T12:00Z")],
        [pd.Timestamp("2024-06-02T12:00")],
        [pd.Timestamp("2024-06-02T21:00+09:00")],
        ["2024-06-02T12:00:00Z"],
        ["2024-06-02"],
        [dt.date(2024, 6, 2)],
        pd.Series([JUNE_2_NOON.replace(tzinfo=None)]).astype("datetime64[s]"),
        pd.Series([JUNE_2_NOON.replace(tzinfo=None)]).astype("datetime64[ns]"),
        pd.Series([JUNE_2_NOON], dtype=object),
    ],
    ids=repr,
)
def test_every_kind_of_time_in_pandas(drivers, times):
    frame = pd.DataFrame({"driver": [1], "event_timestamp": times})
    assert drivers.train(frame).to_df()["x"].tolist() == [102]


def test_nanoseconds_are_floored_to_microseconds_also_before_1970(drivers):
    table = entity_table(
        pa.array([-1, 0, 999, 1717200000_000000000 - 1, 1717200000_000000999], pa.int64()).cast(
            pa.timestamp("ns", "UTC")
        )
    )
    drivers.write([(1, dt.datetime(1970, 1, 1, tzinfo=UTC), 70, "epoch"), (1, day(1), 101, "june")])
    assert drivers.train(table).to_arrow()["x"].to_pylist() == [None, 70, 70, 70, 101]


def test_naive_and_aware_times_in_one_column_are_refused(drivers):
    for mixed in ([JUNE_2_NOON, JUNE_2_NOON.replace(tzinfo=None)], ["2024-06-02T12:00:00Z", "2024-06-02T12:00:00"]):
        frame = pd.DataFrame({"driver": [1, 1], "event_timestamp": pd.Series(mixed, dtype=object)})
        with pytest.raises(ValueError, match=r"zone|naive|aware"):
            drivers.train(frame)


@pytest.mark.parametrize("bad", [None, "soon", "2024-13-01", ""])
def test_a_bad_time_is_an_error_that_names_the_row(drivers, bad):
    with pytest.raises(ValueError, match="row 2"):
        drivers.train(entity_table(pa.array(["2024-06-02", "2024-06-03", bad])))


def test_pandas_index_columns_and_duplicates_are_kept(drivers):
    frame = pd.DataFrame(
        {
            "label": ["b", "a", "b", None],
            "driver": [2, 1, 2, 9],
            "event_timestamp": [JUNE_2_NOON] * 4,
            "weight": [0.5, float("nan"), -0.0, 2.0],
        },
        index=pd.Index(["r", "q", "r", "p"], name="request"),
    )
    out = drivers.train(frame).to_df()
    pd.testing.assert_frame_equal(out[list(frame.columns)], frame)
    assert list(out.columns) == ["label", "driver", "event_timestamp", "weight", "x", "name"]
    assert out["x"].dtype == "Int64"
    assert out["x"].tolist()[:3] == [202, 102, 202] and out["x"].isna().tolist() == [False, False, False, True]


def test_a_pandas_multiindex_is_kept(drivers):
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 1)], names=["p", "q"])
    frame = pd.DataFrame({"driver": [1, 2], "event_timestamp": [JUNE_2_NOON] * 2}, index=index)
    assert drivers.train(frame).to_df().index.equals(index)


def test_integers_beyond_2_to_53_beside_a_null_are_exact(drivers):
    drivers.write([(1, day(1), 2**53 + 1, None), (2, day(1), -(2**63), None)])
    frame = pd.DataFrame({"driver": [1, 9, 2], "event_timestamp": [JUNE_2_NOON] * 3})
    values = drivers.train(frame).to_df()["x"]
    assert values.dtype == "Int64" and [None if v is pd.NA else int(v) for v in values] == [2**53 + 1, None, -(2**63)]


def test_polars_in_polars_out(drivers):
    frame = pl.DataFrame({"driver": [3, 1], "event_timestamp": [JUNE_2_NOON, day(30)], "tag": ["u", "v"]})
    out = drivers.train(frame).to_polars()
    assert out.drop("x", "name").equals(frame)
    assert out["x"].to_list() == [302, 130] and out["name"].to_list() == ["d3", "d1"]


def test_files_and_sql_as_entity_rows(drivers):
    table = entity_table(pa.array([JUNE_2_NOON, day(5)], pa.timestamp("us", "UTC")), [2, 3])
    pq.write_table(table, drivers.folder / "data" / "spine.parquet")
    (drivers.folder / "data" / "spine.csv").write_text(
        "driver,event_timestamp\n2,2024-06-02T12:00:00Z\n3,2024-06-05T00:00:00Z\n"
    )
    chosen = "event_timestamp in ('2024-06-02', '2024-06-05')"
    sql = f"select driver, event_timestamp from stats_file where {chosen} order by driver, event_timestamp"
    assert drivers.train(str(drivers.folder / "data" / "spine.parquet")).to_arrow()["x"].to_pylist() == [202, 305]
    assert drivers.train(str(drivers.folder / "data" / "spine.csv")).to_arrow()["x"].to_pylist() == [202, 305]
    assert drivers.train(sql).to_arrow()["x"].to_pylist() == [102, 105, 202, 205, 302, 305]


@pytest.mark.parametrize("empty", ["arrow", "pandas", "polars"])
def test_no_entity_rows_give_no_rows_with_the_full_schema(drivers, empty):
    table = entity_table(pa.array([], pa.timestamp("us", "UTC")))
    table = table.append_column("label", pa.array([], pa.string()))
    frame = {"arrow": table, "pandas": table.to_pandas(), "polars": pl.from_arrow(table)}[empty]
    out = drivers.train(frame).to_arrow()
    assert out.num_rows == 0
    assert out.column_names == ["driver", "event_timestamp", "label", "x", "name"]
    assert out.schema.field("x").type == pa.int64() and out.schema.field("name").type == pa.string()


def test_another_timestamp_column_can_be_named(drivers):
    table = entity_table(pa.array([JUNE_2_NOON], pa.timestamp("us", "UTC"))).rename_columns(["driver", "at"])
    assert drivers.train(table, timestamp_column="at").to_arrow()["x"].to_pylist() == [102]


def test_null_keys_and_keys_of_other_integer_widths(drivers):
    times = pa.array([JUNE_2_NOON] * 3, pa.timestamp("us", "UTC"))
    for kind in (pa.int8(), pa.int32(), pa.uint64(), pa.float64()):
        table = pa.table({"driver": pa.array([2, None, 1], kind), "event_timestamp": times})
        assert drivers.train(table).to_arrow()["x"].to_pylist() == [202, None, 102], kind
    frame = pd.DataFrame({"driver": [2, None, 1], "event_timestamp": [JUNE_2_NOON] * 3})  # pandas makes these floats
    assert [None if v is pd.NA else v for v in drivers.train(frame).to_df()["x"]] == [202, None, 102]


def test_text_against_number_keys_is_a_clash_not_a_miss(drivers):
    table = pa.table({"driver": ["1"], "event_timestamp": pa.array([JUNE_2_NOON], pa.timestamp("us", "UTC"))})
    with pytest.raises(ValueError, match="driver"):
        drivers.train(table)


def test_errors_name_what_is_missing(drivers):
    times = pa.array([JUNE_2_NOON], pa.timestamp("us", "UTC"))
    with pytest.raises(ValueError, match="driver"):
        drivers.train(pa.table({"event_timestamp": times}))
    with pytest.raises(ValueError, match="event_timestamp"):
        drivers.train(pa.table({"driver": [1]}))
    with pytest.raises(Exception, match=r"(?i)did you mean.*name"):
        drivers.train(entity_table(times), features=["stats:nam"])
    with pytest.raises(Exception, match=r"(?i)did you mean.*stats"):
        drivers.train(entity_table(times), features=["stat:x"])


def test_collisions_are_errors_that_list_them(drivers):
    from gnomon import FeatureView

    twin = FeatureView(name="twin", entities=[drivers.driver], source=drivers.source)
    drivers.store.apply([twin])
    times = pa.array([JUNE_2_NOON], pa.timestamp("us", "UTC"))
    with pytest.raises(ValueError, match="x"):
        drivers.train(entity_table(times), features=["stats:x", "twin:x"])
    both = drivers.train(entity_table(times), features=["twin:x", "stats:x"], full_feature_names=True).to_arrow()
    assert both.column_names == ["driver", "event_timestamp", "twin__x", "stats__x"]
    named_as_a_feature = entity_table(times).append_column("name", pa.array(["mine"]))
    with pytest.raises(ValueError, match="name"):
        drivers.train(named_as_a_feature)
    kept = drivers.train(named_as_a_feature, full_feature_names=True).to_arrow()
    assert kept["name"].to_pylist() == ["mine"] and kept["stats__name"].to_pylist() == ["d1"]


def test_services_by_object_and_by_name(drivers):
    from gnomon import FeatureService

    service = FeatureService(name="model_v1", features=[drivers.view])
    drivers.store.apply([service])
    table = entity_table(pa.array([JUNE_2_NOON], pa.timestamp("us", "UTC")))
    for asked in (service, "model_v1"):
        out = drivers.train(table, features=asked).to_arrow()
        assert out.column_names == ["driver", "event_timestamp", "x", "name"] and out["x"].to_pylist() == [102]


def test_a_persisted_set_is_the_same_set_and_asking_again_gives_the_same_bytes(drivers, tmp_path):
    table = entity_table(pa.array([JUNE_2_NOON, day(9)], pa.timestamp("us", "UTC")), [1, 9])
    first, second = drivers.train(table), drivers.train(table)
    first.persist(tmp_path / "first.parquet")
    second.persist(tmp_path / "second.parquet")
    assert pq.read_table(tmp_path / "first.parquet").equals(first.to_arrow())
    assert (tmp_path / "first.parquet").read_bytes() == (tmp_path / "second.parquet").read_bytes()
    assert first.manifest == second.manifest
    assert pa.Table.from_batches(first.to_batches(), first.to_arrow().schema).equals(first.to_arrow())
