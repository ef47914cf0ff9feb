"""A tiny project whose whole state can be told apart: every value says which version of the data it came from."""

import datetime
import os
import pathlib
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq

from gnomon import FeatureStore

KEYS = range(40)
GNOMON = pathlib.Path(sys.executable).parent / "gnomon"
NOON = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)
YAML = """
entities:
  - {name: thing, join_keys: [thing]}
sources:
  - file: {name: rows, path: data/rows.parquet, timestamp_field: at,
           expect: [{between: {column: version, min: 1, max: 100}, on_fail: quarantine}]}
feature_views:
  - {name: state, entities: [thing], source: rows, ttl: TTL}
"""


class Project:
    """Version n of the data holds n in every row, one hour after version n - 1."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        (folder / "features").mkdir(parents=True)
        (folder / "data").mkdir()
        self.define("0s")
        self.write(1)

    def define(self, ttl: str) -> None:
        (self.folder / "features" / "state.yaml").write_text(YAML.replace("TTL", ttl))

    def write(self, version: int) -> None:
        at = [NOON + datetime.timedelta(hours=version)] * len(KEYS)
        table = {"thing": list(KEYS), "version": [version] * len(KEYS), "at": pa.array(at, pa.timestamp("us", "UTC"))}
        pq.write_table(pa.table(table), self.folder / "data" / "rows.parquet")

    def run(self, *arguments: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ, GNOMON_CRASH_AT=crash_at) if crash_at else dict(os.environ)
        command = [str(GNOMON), "--project", str(self.folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)

    def must(self, *arguments: str) -> None:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr

    def trained(self) -> set[int | None]:
        """The versions that a training set shows: one, if the state is whole."""
        rows = pa.table(
            {
                "thing": list(KEYS),
                "event_timestamp": pa.array([NOON + datetime.timedelta(days=9)] * len(KEYS), pa.timestamp("us", "UTC")),
            }
        )
        with FeatureStore(repo_path=str(self.folder)) as store:
            return set(store.get_historical_features(rows, ["state:version"]).to_arrow()["version"].to_pylist())

    def served(self) -> set[int | None]:
        with FeatureStore(repo_path=str(self.folder)) as store:
            answer = store.get_online_features(["state:version"], [{"thing": key} for key in KEYS]).to_dict()
        return set(answer["version"])


def whole(versions: set[int | None], *allowed: int | None) -> None:
    """Fails unless all rows are of one of the allowed versions: never a mixture."""
    assert len(versions) == 1, f"a mixture: {versions}"
    assert versions <= set(allowed), f"{versions}, not one of {allowed}"
