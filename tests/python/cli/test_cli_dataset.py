"""dataset: training sets as files."""

import json

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from meters import TIME, hour


@pytest.fixture
def spine(applied):
    rows = [
        {"label": 1, "site": "north", "number": 7, "event_timestamp": hour(8, 30)},
        {"label": 0, "site": "north", "number": 7, "event_timestamp": hour(10)},
        {"label": 1, "site": "nowhere", "number": 7, "event_timestamp": hour(10)},
        {"label": 0, "site": "north", "number": 7, "event_timestamp": hour(7)},
    ]
    schema = pa.schema({"label": pa.int64(), "site": pa.string(), "number": pa.int64(), "event_timestamp": TIME})
    pq.write_table(pa.Table.from_pylist(rows, schema), applied.folder / "spine.parquet")
    return "spine.parquet"


def test_parquet(applied, spine):
    answer = applied.json("dataset", "billing", "--spine", spine, "-o", "train.parquet")
    assert answer["rows"] == 4
    train = pq.read_table(applied.folder / "train.parquet")
    assert train.column_names == answer["columns"]
    assert train.column_names[:5] == ["label", "site", "number", "event_timestamp", "power"]
    assert train["power"].to_pylist() == [1.0, 3.0, None, None]
    assert train["pulses"].to_pylist() == [2**53 + 1, 5, None, None]
    assert train["phases"].to_pylist() == [[1.0, 2.5], None, None, None]
    assert train["event_timestamp"].type == TIME
    manifest = json.loads((applied.folder / "train.parquet.manifest.json").read_text())
    assert manifest["entity_rows"]["rows"] == 4


def test_csv_and_ndjson(applied, spine):
    words = ("dataset", "--features", "reading:power, reading:note", "--spine", spine)
    applied.run(*words, "-o", "train.csv")
    assert pyarrow.csv.read_csv(applied.folder / "train.csv")["power"].to_pylist() == [1.0, 3.0, None, None]
    applied.run(*words, "-o", "train.ndjson")
    lines = [json.loads(line) for line in (applied.folder / "train.ndjson").read_text().splitlines()]
    assert lines[0] == {
        "label": 1,
        "site": "north",
        "number": 7,
        "event_timestamp": "2024-06-01T08:30:00Z",
        "power": 1.0,
        "note": 'say "hi" to Zürich',
    }


def test_full_names_and_another_time_column(applied, spine):
    table = pq.read_table(applied.folder / spine).rename_columns(["label", "site", "number", "when"])
    pq.write_table(table, applied.folder / "when.parquet")
    words = ("dataset", "--features", "reading:power", "--spine", "when.parquet", "-o", "train.parquet")
    applied.run(*words, "--timestamp", "when", "--full-feature-names", "--history", "ideal")
    assert pq.read_table(applied.folder / "train.parquet").column_names[-1] == "reading__power"
    assert applied.error(*words)["code"] == "InvalidArgument"


def test_the_spine_is_found_from_where_one_stands(applied, spine, tmp_path):
    out = tmp_path / "train.parquet"
    words = ("dataset", "billing", "-o", out, "--project", applied.folder, "--spine")
    applied.run(*words, f"meters/{spine}", cwd=tmp_path)
    applied.run(*words, spine, cwd=tmp_path)  # relative to the project
    applied.run(
        *words, 'select site, number, "at" as event_timestamp from readings_file where not isnan(power)', cwd=tmp_path
    )
    assert sorted(pq.read_table(out)["power"].to_pylist()) == [0.1, 1.0, 3.0]  # the quarantined row is not there


def test_csv_cannot_hold_lists_and_says_so(applied, spine):
    error = applied.error("dataset", "billing", "--spine", spine, "-o", "train.csv")
    assert "list" in error["message"]
    assert not (applied.folder / "train.csv").exists()


@pytest.mark.parametrize("name", ["train.xlsx", "train", "train.csv.gz"])
def test_an_unknown_format_fails_before_the_work(applied, spine, name):
    assert applied.error("dataset", "billing", "--spine", spine, "-o", name)["id"] == "GN701"


def test_an_existing_file_is_replaced_as_a_whole(applied, spine):
    (applied.folder / "train.parquet").write_bytes(b"old")
    applied.run("dataset", "billing", "--spine", spine, "-o", "train.parquet")
    assert pq.read_table(applied.folder / "train.parquet").num_rows == 4
