"""Other tools read what the engine wrote: delta-rs, Polars, DuckDB, and Arrow for the bare files."""

import json
import re
from pathlib import Path

import polars
import pyarrow as pa
import pyarrow.parquet
import pytest
from deltalake import DeltaTable
from offline_sample_rows import SCHEMA, sample_rows

ROOT = Path(__file__).parents[3]
DUCKDB = ROOT / "third_party" / "duckdb" / "libduckdb.so"


@pytest.fixture
def table(program, tmp_path):
    """Three versions: rows 0-6, rows 0-20, rows 100-104."""
    path = tmp_path / "table"
    program("append", path, 0, 7)
    program("append", path, 7, 14)
    program("overwrite", path, 100, 5)
    return path


def by_id(rows):
    return sorted(rows, key=lambda row: row["id"])


@pytest.mark.parametrize(
    ("version", "rows"), [(0, sample_rows(0, 7)), (1, sample_rows(0, 21)), (2, sample_rows(100, 5))]
)
def test_delta_rs_reads_every_version(table, version, rows):
    delta = DeltaTable(table, version=version)
    assert by_id(pa.table(delta.to_pyarrow_table()).to_pylist()) == rows
    assert delta.version() == version


def test_delta_rs_sees_the_declared_types(table):
    fields = json.loads(DeltaTable(table).schema().to_json())["fields"]
    assert {field["name"]: field["type"] for field in fields} == {
        "id": "long",
        "small": "integer",
        "approx": "float",
        "ratio": "double",
        "name": "string",
        "payload": "binary",
        "flag": "boolean",
        "event_time": "timestamp",
        "numbers": {"type": "array", "elementType": "long", "containsNull": True},
        "words": {"type": "array", "elementType": "string", "containsNull": True},
    }


def test_delta_rs_reads_protocol_history_and_statistics(program, table):
    delta = DeltaTable(table)
    protocol = delta.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert [commit["operation"] for commit in delta.history()] == ["WRITE"] * 3
    assert [commit["operationParameters"]["mode"] for commit in delta.history()] == ["Overwrite", "Append", "Append"]
    actions = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    assert [action["num_records"] for action in actions] == [5]
    program("append", table, 200, 1, "stream", 42)
    assert DeltaTable(table).transaction_version("stream") == 42


def test_polars_reads_delta_and_prunes(table):
    assert by_id(polars.read_delta(str(table)).to_dicts()) == sample_rows(100, 5)
    assert by_id(polars.read_delta(str(table), version=1).to_dicts()) == sample_rows(0, 21)
    assert polars.scan_delta(str(table)).filter(polars.col("id") >= 103).collect()["id"].to_list() == [103, 104]


def test_arrow_reads_the_files_with_checksums(table, snapshot):
    version, files = snapshot(table)
    assert (version, [rows for rows, _ in files]) == (2, [5])
    read = pyarrow.parquet.read_table(files[0][1], page_checksum_verification=True)
    assert read.schema.equals(SCHEMA)
    assert read.to_pylist() == sample_rows(100, 5)
    metadata = pyarrow.parquet.read_metadata(files[0][1])
    assert metadata.created_by == "gnomon version 1 (build 1)"
    assert metadata.metadata is None, "nothing that changes from run to run"


def test_duckdb_reads_the_files(table, snapshot):
    if not DUCKDB.exists():
        pytest.skip(f"{DUCKDB} is not there")
    from adbc_driver_manager import dbapi

    _, files = snapshot(table, 1)
    with dbapi.connect(driver=str(DUCKDB), entrypoint="duckdb_adbc_init") as connection, connection.cursor() as cursor:
        cursor.execute(f"set timezone = 'UTC'; select * from read_parquet({[path for _, path in files]}) order by id")
        assert cursor.fetch_arrow_table().cast(SCHEMA).to_pylist() == sample_rows(0, 21)


def test_an_empty_table_has_its_schema_everywhere(program, tmp_path):
    path = tmp_path / "empty"
    program("append", path, 0, 0)
    assert DeltaTable(path).to_pyarrow_table().num_rows == 0
    frame = polars.read_delta(str(path))
    assert (frame.height, frame.columns) == (0, SCHEMA.names)
    program("append", path, 0, 3)
    assert by_id(polars.read_delta(str(path)).to_dicts()) == sample_rows(0, 3)


def test_equal_rows_are_equal_files(program, snapshot, tmp_path):
    hashes = []
    for name in ("one", "two"):
        program("append", tmp_path / name, 0, 1000)
        _, [(_, file)] = snapshot(tmp_path / name)
        hashes.append(re.fullmatch(r"part-([0-9a-f]{32})-[0-9a-f]{16}\.parquet", Path(file).name)[1])
    assert hashes[0] == hashes[1]


def test_the_log_is_as_documented(table):
    lines = [json.loads(line) for line in (table / "_delta_log" / f"{2:020}.json").read_text().splitlines()]
    assert [next(iter(line)) for line in lines] == ["commitInfo", "remove", "remove", "add"]
    assert lines[0]["commitInfo"]["engineInfo"] == "gnomon"
    assert re.fullmatch("[0-9a-f]{32}", lines[0]["commitInfo"]["gnomonChecksum"])
    assert set(lines[3]["add"]) == {"path", "partitionValues", "size", "modificationTime", "dataChange", "stats"}
    assert json.loads(lines[3]["add"]["stats"]) == {"numRecords": 5}
    first = [json.loads(line) for line in (table / "_delta_log" / f"{0:020}.json").read_text().splitlines()]
    assert [next(iter(line)) for line in first] == ["commitInfo", "protocol", "metaData", "add"]
