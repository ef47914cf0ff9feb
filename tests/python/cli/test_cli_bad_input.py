"""What a newcomer does wrong, on the command line and in Python: a code and a hint, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnomon import FeatureStore
from gnomon.errors import Error

GNOMON = Path(sys.executable).with_name("gnomon")
NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
YAML = """\
entities:
  - {name: user, join_keys: [user_id]}
sources:
  - file: {name: stats, path: stats.parquet, timestamp_field: at}
feature_views:
  - {name: spend, entities: [user], source: stats}
feature_services:
  - {name: fraud, features: [spend]}
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "features").mkdir()
        (folder / "features" / "all.yaml").write_text(YAML)
        (folder / "gnomon.yaml").write_text("project: shop\n")
        at = pa.array([NOON, NOON], pa.timestamp("us", "UTC"))
        pq.write_table(pa.table({"user_id": [1, 2], "x": [1.0, 2.0], "at": at}), self.source)
        self.run("apply")
        self.run("materialize-incremental", "2024-06-01")

    @property
    def source(self) -> Path:
        return self.folder / "stats.parquet"

    def run(self, *words: str, code: int = 0) -> str:
        """What it printed; for an error, what it said."""
        done = subprocess.run([GNOMON, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def spine(self, text: str) -> str:
        (self.folder / "spine.csv").write_text(text)
        return "spine.csv"

    def serves(self) -> bool:
        with FeatureStore(str(self.folder)) as store:
            return store.get_online_features(["spend:x"], [{"user_id": 1}]).to_dict()["x"] == [1.0]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    assert made.serves(), "what was served before is lost"


def entity_rows(**columns: list[object]) -> pa.Table:
    rows = pa.table(columns)
    return rows.append_column("event_timestamp", pa.array([NOON] * rows.num_rows, pa.timestamp("us", "UTC")))


def damaged(kind: str, whole: bytes) -> bytes:
    if kind == "truncated":
        return whole[: len(whole) // 2]
    if kind == "flipped":
        return whole[:40] + bytes(8) + whole[48:]
    return b"" if kind == "empty" else b"these are no rows" * 20


@pytest.mark.parametrize("kind", ["truncated", "flipped", "empty", "text"])
def test_a_damaged_parquet_file(project: Project, kind: str) -> None:
    whole = project.source.read_bytes()
    project.source.write_bytes(damaged(kind, whole))
    for words in (["run"], ["materialize-incremental", "2024-06-02"]):
        said = project.run(*words, code=1)
        assert "GN202" in said
        assert "stats.parquet" in said
        assert "write it again" in said
    with (
        FeatureStore(str(project.folder)) as store,
        pytest.raises(Error, match=r"GN202.*stats\.parquet.*write it again"),
    ):
        store.get_historical_features(entity_rows(user_id=[1]), ["spend:x"])
    assert project.serves()
    project.source.write_bytes(whole)
    project.run("run")


def test_a_damaged_file_of_entity_rows(project: Project) -> None:
    (project.folder / "spine.parquet").write_bytes(project.source.read_bytes()[:50])
    said = project.run("dataset", "fraud", "--spine", "spine.parquet", "-o", "out.parquet", code=1)
    assert "GN202" in said
    assert "spine.parquet" in said
    assert not (project.folder / "out.parquet").exists()


def test_a_csv_file_with_a_line_too_long(project: Project) -> None:
    spine = project.spine("user_id,event_timestamp\n1,2024-05-01,7\n")
    said = project.run("dataset", "fraud", "--spine", spine, "-o", "out.parquet", code=1)
    assert "GN204" in said
    assert "as many values" in said


def test_a_key_of_another_type(project: Project) -> None:
    hint = r"GN205 join key \"user_id\" of view spend.*is Int64, the values given are String.*Give values of type Int64"
    with FeatureStore(str(project.folder)) as store:
        with pytest.raises(ValueError, match=hint):
            store.get_online_features(["spend:x"], [{"user_id": "one"}])
        with pytest.raises(ValueError, match=hint):
            store.get_historical_features(entity_rows(user_id=["one"]), ["spend:x"])
    spine = project.spine("user_id,event_timestamp\none,2024-05-01\n")
    assert "Give values of type Int64" in project.run("dataset", "fraud", "--spine", spine, "-o", "out.parquet", code=1)
    assert "no Int64" in project.run("get", "spend", "user_id=one", code=2)


def test_a_missing_key(project: Project) -> None:
    assert "GN211" in project.run("get", "spend", "user=1", code=1)
    spine = project.spine("user,event_timestamp\n1,2024-05-01\n")
    said = project.run("dataset", "fraud", "--spine", spine, "-o", "out.parquet", code=1)
    assert "GN211" in said
    assert "The entity rows have: user, event_timestamp" in said


def test_an_unknown_feature(project: Project) -> None:
    assert "There are: x" in project.run("get", "spend:y", "user_id=1", code=1)
    assert 'Did you mean "spend"?' in project.run("get", "spent", "user_id=1", code=1)


def test_a_view_where_a_service_is_asked_for(project: Project) -> None:
    spine = project.spine("user_id,event_timestamp\n1,2024-05-01\n")
    said = project.run("dataset", "spend", "--spine", spine, "-o", "out.parquet", code=1)
    assert "spend is a feature view, not a feature service" in said
    project.run("dataset", "--features", "spend", "--spine", spine, "-o", "out.parquet")


def test_naive_and_aware_times_in_one_column_of_a_source(project: Project) -> None:
    (project.folder / "stats.csv").write_text("user_id,x,at\n1,1.0,2024-05-01T00:00:00Z\n1,2.0,2024-05-02T00:00:00\n")
    yaml = project.folder / "features" / "all.yaml"
    source = "  - file: {name: late_stats, path: stats.csv, timestamp_field: at}\n"
    view = "  - {name: late, entities: [user], source: late_stats}\n"
    text = YAML.replace("feature_views:\n", source + "feature_views:\n" + view)
    yaml.write_text(text)
    project.run("apply")
    for words in (["run", "late"], ["materialize-incremental", "2024-06-02", "--views", "late"]):
        said = project.run(*words, code=1)
        assert "GN207" in said
        assert 'column "at"' in said
        assert "Write all of them with a zone" in said


def test_several_mistakes_are_told_together_each_once_and_each_with_its_hint(project: Project) -> None:
    yaml = project.folder / "features" / "all.yaml"
    text = yaml.read_text().replace("timestamp_field: at", "timestamp_field: att")
    twin = "  - {name: spend, entities: [user], source: stats}\n"
    yaml.write_text(text.replace(twin, twin + twin.replace("spend", "spend_too")))
    lines = project.run("plan", code=1).strip().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.count('Did you mean "at"?') == 1
    project.source.rename(project.folder / "elsewhere.parquet")
    said = project.run("plan", code=1).strip()
    assert said.count("GN201") == 1  # both views read the one file that is not there
    (project.folder / "elsewhere.parquet").rename(project.source)
    yaml.write_text(YAML)


def test_a_store_that_another_process_owns(project: Project) -> None:
    with FeatureStore(str(project.folder)) as store:
        store.get_online_features(["spend:x"], [{"user_id": 1}])  # opens it
        for words in (["get", "spend", "user_id=1"], ["materialize-incremental", "2024-06-02"], ["run"]):
            said = project.run(*words, code=1)
            assert "GN510" in said
            assert "is owned by process" in said
            assert "Stop that process" in said
        assert store.get_online_features(["spend:x"], [{"user_id": 1}]).to_dict()["x"] == [1.0]
    project.run("run")
