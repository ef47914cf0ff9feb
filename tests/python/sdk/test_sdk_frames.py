"""Frames in and frames out: nothing of the user's is changed on the way."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gnomon import errors
from gnomon.entity_rows import EntityRows
from gnomon.frames import rows_table
from gnomon.pandas_frames import to_pandas
from gnomon.training_set import TrainingSet

T = datetime(2013, 1, 1, 12)
AWARE = T.replace(tzinfo=UTC)


def sent(frame, time="t"):
    return EntityRows(frame, time).sent


def answered(frame, features, time="t"):
    """The training set that an engine's answer makes: the columns it was sent, then the features."""
    rows = EntityRows(frame, time)
    table = rows.sent
    for name, column in features.items():
        table = table.append_column(name, column)
    return TrainingSet(table, "{}", rows)


def test_text_goes_as_it_is(tmp_path):
    assert sent("select 1") == "select 1"
    assert sent(tmp_path / "spine.parquet") == str(tmp_path / "spine.parquet")


@pytest.mark.parametrize("frame", [None, 3, [{"a": 1}], {"a": [1]}])
def test_other_things_are_refused(frame):
    with pytest.raises(errors.InvalidArgument, match="entity_df is of type"):
        sent(frame)


def test_pandas_keeps_index_dtypes_and_objects_bit_for_bit():
    marker = object()
    frame = pd.DataFrame(
        {
            "key": pd.Series([2, 1, 2], dtype="int32"),
            "t": pd.to_datetime([T, T, T]).tz_localize("Europe/Berlin").as_unit("ns"),
            "category": pd.Categorical(["b", "a", None], categories=["b", "a", "z"], ordered=True),
            "object": [marker, {1: 2}, None],
            "complex": np.array([1j, 2j, 3j]),
            "nan": [0.0, np.nan, -0.0],
            7: ["a", "b", "c"],
            "period": pd.period_range("2013-01", periods=3, freq="M"),
        },
        index=pd.Index([5, 5, 3], name="row"),
    )
    before = frame.copy(deep=True)
    features = {"f": pa.chunked_array([pa.array([1, None], pa.int64()), pa.array([3], pa.int64())])}
    train = answered(frame, features)
    assert train._table.column_names[:2] == ["key", "t"]
    assert {"object", "complex", 7, "period"} == set(train._rows.unsent)

    after = train.to_df()
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(after[list(before.columns)], before, check_exact=True)
    assert after["object"].iloc[0] is marker
    assert str(after["f"].dtype) == "Int64" and after["f"].isna().tolist() == [False, True, False]
    assert list(after.columns) == [*before.columns, "f"]
    with pytest.raises(errors.InvalidArgument, match="has no Arrow form"):
        train.to_arrow()


def test_columns_added_by_the_caller_afterwards_are_not_ours():
    frame = pd.DataFrame({"key": [1], "t": [T]})
    train = answered(frame, {"f": pa.array([1.5])})
    frame["later"] = 1
    assert list(train.to_df().columns) == ["key", "t", "f"]


def test_nan_in_pandas_is_null_and_elsewhere_is_not():
    nan = float("nan")
    frame = pd.DataFrame({"t": [T, T], "a": [nan, 1.0]})
    frame["b"] = pd.array([0.0, 2.0], dtype="Float64") / pd.array([0.0, 2.0], dtype="Float64")
    frame["c"] = pd.Series(pd.arrays.ArrowExtensionArray(pa.array([nan, 1.0], pa.float32())))
    table = sent(frame)
    assert [table.column(name).null_count for name in ("a", "b", "c")] == [1, 1, 1]
    assert sent(pl.DataFrame({"t": [T, T], "a": [nan, 1.0]})).column("a").null_count == 0
    assert sent(pa.table({"t": [T, T], "a": [nan, 1.0]})).column("a").null_count == 0


def test_object_times_of_one_kind():
    table = sent(pd.DataFrame({"t": pd.Series([AWARE, AWARE], dtype=object)}))
    assert table.schema.field("t").type == pa.timestamp("us", "UTC")
    assert table.column("t").to_pylist() == [AWARE, AWARE]
    table = sent(pd.DataFrame({"t": pd.Series([T, date(2013, 1, 2)], dtype=object)}))
    assert table.column("t").to_pylist() == [T, datetime(2013, 1, 2)]
    # Before 1970 a nanosecond is floored, not cut.
    early = pd.Timestamp("1969-12-31T23:59:59.999999999")
    assert sent(pd.DataFrame({"t": pd.Series([early], dtype=object)})).column("t").cast("int64").to_pylist() == [-1]


def test_object_times_with_text_go_as_text():
    assert sent(pd.DataFrame({"t": ["2013-01-01", "nonsense"]})).column("t").to_pylist() == ["2013-01-01", "nonsense"]
    table = sent(pd.DataFrame({"t": pd.Series(["2013-01-01T00:00Z", AWARE], dtype=object)}))
    assert table.column("t").to_pylist() == ["2013-01-01T00:00Z", "2013-01-01T12:00:00+00:00"]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ([AWARE, T], r"t mixes times with a zone \(row 0\) and without \(row 1\)"),
        ([T, T, AWARE], r"t mixes times with a zone \(row 2\) and without \(row 0\)"),
        ([T, None], "t: row 1 is null"),
        ([T, pd.NaT], "t: row 1 is null"),
        (["2013-01-01", None], "t: row 1 is null"),
        (["2013-01-01", float("nan")], "t: row 1 is null"),
        ([T, 17], "t: row 1 is not a time: 17"),
        ([T, ["x"]], r"t: row 1 is not a time: \['x'\]"),
    ],
)
def test_bad_object_times_name_the_row(values, complaint):
    with pytest.raises(errors.InvalidArgument, match=complaint) as caught:
        sent(pd.DataFrame({"t": pd.Series(values, dtype=object)}))
    assert caught.value.id == "GN210"


def test_nulls_in_typed_times_name_the_row():
    with pytest.raises(errors.InvalidArgument, match="t: row 2 is null"):
        sent(pd.DataFrame({"t": pd.to_datetime([T, T, None])}))


def test_a_mix_in_an_extra_column_is_set_aside():
    rows = EntityRows(pd.DataFrame({"t": [T, T], "extra": pd.Series([AWARE, T], dtype=object)}), "t")
    assert rows.sent.column_names == ["t"]
    assert "mixes times" in rows.unsent["extra"]


def test_an_error_says_what_was_set_aside():
    rows = EntityRows(pd.DataFrame({"t": [T], "key": [1j]}), "t")
    error = rows.explain(errors.InvalidArgument("entity_df lacks key", id="GN221", hint="Add it"))
    assert isinstance(error, errors.InvalidArgument)
    assert error.hint.startswith("Add it. column 'key' was set aside: ")
    other = errors.Unavailable("later")
    assert rows.explain(other) is other


def test_a_feature_named_as_a_column_set_aside_is_a_collision():
    with pytest.raises(errors.InvalidArgument, match="columns named as features: f"):
        answered(pd.DataFrame({"t": [T], "f": [1j]}), {"f": pa.array([1])})


def test_a_column_that_is_there_twice_is_refused():
    frame = pd.DataFrame([[T, 1, 2]], columns=["t", "a", "a"])
    with pytest.raises(errors.InvalidArgument, match="column 'a' is there twice"):
        sent(frame)
    with pytest.raises(errors.InvalidArgument, match="column 'a' is there twice"):
        sent(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]))


def test_an_answer_of_another_shape_is_a_broken_invariant():
    rows = EntityRows(pd.DataFrame({"t": [T]}), "t")
    with pytest.raises(AssertionError, match="shape"):
        TrainingSet(pa.table({"t": [T, T]}), "{}", rows)


def test_polars_keeps_its_own_frame():
    frame = pl.DataFrame({"key": ["a", "b"], "t": [T, T], "enum": pl.Series(["x", None], dtype=pl.Enum(["x", "y"]))})
    train = answered(frame.lazy(), {"f": pa.array([1, None], pa.int32())})
    expected = frame.with_columns(f=pl.Series([1, None], dtype=pl.Int32))
    assert train.to_polars().equals(expected) and train.to_polars().schema == expected.schema
    assert str(train.to_df()["f"].dtype) == "Int32"
    assert train.to_arrow().column_names == ["key", "t", "enum", "f"]


def test_arrow_in_arrow_out():
    for frame in (pa.table({"t": [T]}), pa.record_batch({"t": [T]})):
        train = answered(frame, {"f": pa.array([True])})
        assert train.to_arrow().to_pydict() == {"t": [T], "f": [True]}
        assert [batch.num_rows for batch in train.to_batches()] == [1]
        assert train.to_polars().shape == (1, 2) and train.to_df().shape == (1, 2)


def test_an_empty_frame_keeps_its_schema():
    frame = pd.DataFrame({"key": pd.Series([], dtype="int64"), "t": pd.Series([], dtype="datetime64[us]")})
    after = answered(frame, {"f": pa.array([], pa.int64())}).to_df()
    assert after.shape == (0, 3) and [str(d) for d in after.dtypes] == ["int64", "datetime64[us]", "int64"]


def test_persist_writes_rows_and_manifest(tmp_path):
    import pyarrow.parquet as pq

    train = answered(pa.table({"t": [T]}), {"f": pa.array([1])})
    for _ in range(2):
        train.persist(tmp_path / "train.parquet")
    assert pq.read_table(tmp_path / "train.parquet").to_pydict() == {"t": [T], "f": [1]}
    assert (tmp_path / "train.parquet.manifest.json").read_text() == "{}\n"
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(FileNotFoundError):
        train.persist(tmp_path / "missing" / "train.parquet")


def test_pandas_out_loses_nothing():
    big = 2**62 + 1
    table = pa.table(
        {
            "whole": pa.array([big, big]),
            "int64": pa.array([big, None]),
            "int32": pa.array([1, None], pa.int32()),
            "bool": pa.array([True, None]),
            "list": pa.array([[big, None], None], pa.list_(pa.int64())),
            "time": pa.array([T, None], pa.timestamp("us", "UTC")),
            "text": pa.array(["a", None]),
            "bytes": pa.array([b"a", None]),
            "float": pa.array([0.5, None]),
        }
    )
    frame = to_pandas(table)
    dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert dtypes["whole"] == "int64" and dtypes["int64"] == "Int64" and dtypes["int32"] == "Int32"
    assert dtypes["bool"] == "boolean" and dtypes["time"] == "datetime64[us, UTC]" and dtypes["float"] == "float64"
    assert frame["int64"].iloc[0] == big and frame["list"].iloc[0] == [big, None]
    assert frame["bytes"].iloc[0] == b"a"


def test_rows_from_dicts_and_lists():
    assert rows_table("rows", [{"a": 1, "b": None}, {"a": 2, "b": "x"}]).to_pydict() == {"a": [1, 2], "b": [None, "x"]}
    assert rows_table("rows", {"a": [1, 2]}).to_pydict() == {"a": [1, 2]}
    assert rows_table("rows", {"a": np.array([1, 2])}).to_pydict() == {"a": [1, 2]}
    assert rows_table("rows", {"a": []}).num_rows == 0
    assert rows_table("rows", pd.DataFrame({"a": [1.0, np.nan]})).to_pydict() == {"a": [1.0, None]}
    assert rows_table("rows", pl.LazyFrame({"a": [1]})).to_pydict() == {"a": [1]}
    assert rows_table("rows", pa.record_batch({"a": [1]})).to_pydict() == {"a": [1]}


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{"a": 1, "b": 1}, {"a": 2}], "row 1 lacks 'b'"),
        ([{"a": 1}, {"a": 2, "b": 1}], "row 0 lacks 'b'"),
        ([{"a": 1}, 3], "row 1 is not a dict: 3"),
        ([{"a": 1}, {"a": 2}, {"a": "x"}, {"a": 3}], "'a': the values are not of one type: 'x' in row 2"),
        ([{"a": 2**70}], "'a'.*in row 0"),
        ([{"a": T}, {"a": AWARE}], r"mixes times with a zone \(row 1\) and without \(row 0\)"),
        ({"a": 1}, "'a' must be a list of values, got 1"),
        ({"a": "x"}, "'a' must be a list of values, got 'x'"),
        ({"a": [1], "b": [1, 2]}, "differ in length"),
        (3, "must be a frame, a list of dicts or a dict of lists, got int"),
        ("x", "must be a frame"),
        (pd.DataFrame({"a": [1j]}), "column 'a'"),
        (pd.DataFrame({"a": pd.Series([T, AWARE], dtype=object)}), "mixes times"),
    ],
)
def test_bad_rows_name_row_and_column(rows, complaint):
    with pytest.raises(errors.InvalidArgument, match=complaint):
        rows_table("rows", rows)
