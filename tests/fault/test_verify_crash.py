"""kill -9 around the writes that the load log tells of: answers before and after are explained to the bit."""

import datetime as dt
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fault.project import GNOMON, NOON
from gnomon import FeatureStore

CRASHED = 137
KEYS = range(1, 9)
YAML = """
entities:
  - {name: thing, join_keys: [thing]}
sources:
  - file: {name: rows, path: data/rows.parquet, timestamp_field: at}
  - push: {name: pushed, batch_source: rows}
feature_views:
  - {name: state, entities: [thing], source: pushed, schema: [{name: version, dtype: Int64}]}
  - name: windows
    entities: [thing]
    source: pushed
    aggregations: [{column: version, function: sum, window: lifetime, name: total}]
"""
PUSH_POINTS = [
    "push.after_offline",
    "store.before_write",
    "store.before_write:2",
    "store.after_write",
    "store.after_write:2",
]
MATERIALIZE_POINTS = [
    "materialize.before_write",
    "store.before_write",
    "store.after_write",
    "windows.while_building",
    "windows.before_switch",
    "windows.after_switch",
]


class Project:
    def __init__(self, folder):
        self.folder = folder
        (folder / "features").mkdir(parents=True)
        (folder / "data").mkdir()
        (folder / "features" / "state.yaml").write_text(YAML)
        self.write("rows", 1)
        self.run("apply")

    def write(self, name, version):
        at = [NOON + dt.timedelta(hours=version)] * len(KEYS)
        columns = {"thing": list(KEYS), "version": [version] * len(KEYS), "at": pa.array(at, pa.timestamp("us", "UTC"))}
        pq.write_table(pa.table(columns), self.folder / "data" / f"{name}.parquet")

    def run(self, *arguments, crash_at="", code=0):
        environment = os.environ | ({"GNOMON_CRASH_AT": crash_at} if crash_at else {})
        command = [str(GNOMON), "--project", str(self.folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def ask(self):
        """What is served now, logged."""
        with FeatureStore(repo_path=str(self.folder), served_log=1.0) as store:
            rows = [{"thing": key} for key in KEYS]
            answer = store.get_online_features(["state:version", "windows:total"], rows).to_dict()
            return set(answer["version"]), set(answer["total"])

    def verified(self):
        with FeatureStore(repo_path=str(self.folder)) as store:
            return store.verify()


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "demo")


@pytest.mark.parametrize("point", PUSH_POINTS)
def test_push(project, point):
    project.run("materialize-incremental", "2024-06-01")
    project.ask()
    project.write("more", 2)
    project.run("push", "pushed", str(project.folder / "data" / "more.parquet"), crash_at=point, code=CRASHED)
    project.ask()
    assert project.verified().all_match, project.verified().to_dict()
    project.run("materialize-incremental", "2024-06-01")
    assert project.ask() == ({2}, {3})
    report = project.verified()
    assert report.all_match and report.answers == 3, report.to_dict()


@pytest.mark.parametrize("point", MATERIALIZE_POINTS)
def test_materialize(project, point):
    project.ask()
    project.run("materialize-incremental", "2024-06-01", crash_at=point, code=CRASHED)
    project.ask()
    project.run("materialize-incremental", "2024-06-01")
    assert project.ask() == ({1}, {1})
    report = project.verified()
    assert report.all_match and report.answers == 3, report.to_dict()


def test_a_file_of_answers_is_whole_or_not_there(project):
    script = (
        "import sys; from gnomon import FeatureStore; store = FeatureStore(sys.argv[1], served_log=1.0);"
        "store.get_online_features(['state:version'], [{'thing': 1}]); store.verify()"
    )
    environment = os.environ | {"GNOMON_CRASH_AT": "served_log.before_write"}
    done = subprocess.run([sys.executable, "-c", script, str(project.folder)], env=environment, check=False)
    assert done.returncode == CRASHED
    assert project.verified().answers == 0
    project.ask()
    assert project.verified().answers == 1
