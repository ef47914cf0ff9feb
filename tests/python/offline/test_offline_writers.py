"""The engine and delta-rs write to one table; what delta-rs can do and we cannot read is an error, not wrong rows."""

import subprocess
import sys

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from offline_sample_rows import SCHEMA, sample_rows


def arrow_rows(start, count):
    return pa.Table.from_pylist(sample_rows(start, count), schema=SCHEMA)


def ids(table):
    return sorted(DeltaTable(table).to_pyarrow_table()["id"].to_pylist())


def row_count(snapshot, table):
    return sum(rows for rows, _ in snapshot(table)[1])


def test_writers_take_turns(program, snapshot, tmp_path):
    table = tmp_path / "table"
    write_deltalake(table, arrow_rows(0, 10))
    program("append", table, 10, 10)
    write_deltalake(table, arrow_rows(20, 10), mode="append")
    program("append", table, 30, 10)
    assert ids(table) == list(range(40))
    assert (snapshot(table)[0], row_count(snapshot, table)) == (3, 40)
    program("overwrite", table, 500, 3)
    assert ids(table) == [500, 501, 502]
    write_deltalake(table, arrow_rows(600, 2), mode="overwrite")
    assert (snapshot(table)[0], row_count(snapshot, table)) == (5, 2)


def test_a_delta_rs_delete_is_seen(program, snapshot, tmp_path):
    table = tmp_path / "table"
    program("append", table, 0, 10)
    DeltaTable(table).delete("id < 4")
    assert row_count(snapshot, table) == 6
    program("append", table, 10, 1)
    assert ids(table) == [4, 5, 6, 7, 8, 9, 10]


def test_a_checkpoint_beside_the_entries_is_harmless(program, snapshot, tmp_path):
    table = tmp_path / "table"
    for i in range(3):
        program("append", table, i, 1)
    DeltaTable(table).create_checkpoint()
    assert snapshot(table)[0] == 2
    program("append", table, 3, 1)
    assert ids(table) == [0, 1, 2, 3]


def test_entries_replaced_by_a_checkpoint_are_refused(program, snapshot, tmp_path):
    table = tmp_path / "table"
    for i in range(3):
        program("append", table, i, 1)
    DeltaTable(table).create_checkpoint()
    for version in range(3):
        (table / "_delta_log" / f"{version:020}.json").unlink()
    with pytest.raises(RuntimeError, match=r"GN524.*checkpoint"):
        snapshot(table)
    assert ids(table) == [0, 1, 2], "delta-rs can, we say that we cannot"
    with pytest.raises(RuntimeError, match="GN524"):
        program("append", table, 9, 1)


def test_partitions_are_refused(program, snapshot, tmp_path):
    table = tmp_path / "table"
    write_deltalake(table, arrow_rows(0, 10), partition_by=["small"])
    with pytest.raises(RuntimeError, match=r"GN524.*partitions"):
        snapshot(table)


def test_naive_timestamps_are_refused(snapshot, tmp_path):
    table = tmp_path / "table"
    write_deltalake(table, pa.table({"at": pa.array([0], pa.timestamp("us"))}))
    with pytest.raises(RuntimeError, match=r"GN524.*reader"):
        snapshot(table)


def test_another_schema_is_refused(program, tmp_path):
    table = tmp_path / "table"
    write_deltalake(table, pa.table({"id": pa.array([1], pa.int64())}))
    with pytest.raises(RuntimeError, match=r"GN522.*column 2"):
        program("append", table, 0, 1)
    program("overwrite", table, 0, 1)
    assert ids(table) == [0]


DELTA_RS_APPENDS = """
import sys
sys.path[:0] = sys.argv[4:]
from test_offline_writers import arrow_rows, write_deltalake
table, start, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for i in range(start, start + count):
    write_deltalake(table, arrow_rows(i, 1), mode="append")
"""


def test_concurrent_writers_lose_nothing(program, snapshot, tmp_path):
    table = tmp_path / "table"
    program("append", table, 0, 1)
    folder = str(__file__).rsplit("/", 1)[0]
    other = subprocess.Popen([sys.executable, "-c", DELTA_RS_APPENDS, str(table), "1000", "10", folder])
    for i in range(1, 40):
        program("append", table, i, 1)
    assert other.wait(timeout=120) == 0
    assert ids(table) == [*range(40), *range(1000, 1010)]
    assert row_count(snapshot, table) == 50
