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
BAD_KEYS = range(40, 43)
GNOMON = pathlib.Path(sys.executable).parent / "gnomon"
NOON = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)
FOREVER = NOON + datetime.timedelta(days=99)  # after every version
YAML = """
entities:
  - {name: thing, join_keys: [thing]}
sources:
  - file: {name: rows, path: data/rows.parquet, timestamp_field: at,
           expect: [{between: {column: version, min: 1, max: 1000}, on_fail: quarantine}]}
  - push: {name: stream, batch_source: rows}
"""
VIEW = """
feature_views:
  - {name: state, entities: [thing], source: stream, ttl: TTL}
"""


def rows_of(things: list[int], versions: list[int], hour: int) -> pa.Table:
    at = pa.array([NOON + datetime.timedelta(hours=hour)] * len(things), pa.timestamp("us", "UTC"))
    return pa.table({"thing": things, "version": versions, "at": at})


class Project:
    """Version n of the data holds n in every row, one hour after version n - 1."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        (folder / "features").mkdir(parents=True)
        (folder / "data").mkdir()
        self.define("0s")
        self.write(1)

    def define(self, ttl: str) -> None:
        (self.folder / "features" / "state.yaml").write_text(YAML + VIEW.replace("TTL", ttl))

    def take_view_away(self) -> None:
        (self.folder / "features" / "state.yaml").write_text(YAML)

    def write(self, version: int, *, bad: bool = False) -> None:
        """`bad`: with rows of other things whose version is negative, which a check takes out."""
        things = [*KEYS, *(BAD_KEYS if bad else [])]
        versions = [version if thing in KEYS else -version for thing in things]
        pq.write_table(rows_of(things, versions, version), self.folder / "data" / "rows.parquet")

    def write_pushed(self, version: int) -> None:
        pq.write_table(rows_of([*KEYS], [version] * len(KEYS), version), self.folder / "data" / "pushed.parquet")

    def write_online(self, version: int) -> None:
        """Rows that are in no file, and newer than those of the files."""
        at = pa.array([NOON + datetime.timedelta(days=8)] * len(KEYS), pa.timestamp("us", "UTC"))
        with FeatureStore(repo_path=str(self.folder)) as store:
            store.write_to_online_store(
                "state", pa.table({"thing": list(KEYS), "version": [version] * len(KEYS), "at": at})
            )

    def run(
        self, *arguments: str, crash_at: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = os.environ | (environment or {}) | ({"GNOMON_CRASH_AT": crash_at} if crash_at else {})
        command = [str(GNOMON), "--project", str(self.folder), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=self.folder, timeout=120, check=False
        )

    def must(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def trained(self) -> set[int | None]:
        """The versions that a training set shows: one, if the state is whole."""
        rows = pa.table(
            {
                "thing": list(KEYS),
                "event_timestamp": pa.array([FOREVER] * len(KEYS), pa.timestamp("us", "UTC")),
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
