"""One contestant, in a process of its own: materializes, writes what it then serves of some entities, prints its cost.

measure.py CONTESTANT SIZE ANSWER
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from workload import END, FEATURES, FUNCTIONS, START, WINDOWS, Workload

ASKED = 200  # entities whose answers are compared


def _gnomon_store(project: str, file: str) -> tuple[Any, Any, Any]:
    import gnomon

    Path(project, "gnomon.yaml").write_text("project: bench\n")
    source = gnomon.FileSource("history", path=file, timestamp_field="event_timestamp")
    return gnomon, gnomon.Entity("user", join_keys=["user_id"]), source


def gnomon_rows(work: Workload, project: str) -> tuple[Callable[[], Any], Callable[[], Any], str]:
    gnomon, user, source = _gnomon_store(project, work.row_file)
    fields = [gnomon.Field(name, gnomon.types.Float64) for name in FEATURES]
    view = gnomon.FeatureView("rows", entities=[user], source=source, schema=fields)
    store = gnomon.FeatureStore(project)
    store.apply([user, view])

    def serve() -> Any:
        asked = [{"user_id": user} for user in range(min(ASKED, work.entities))]
        return store.get_online_features([f"rows:{name}" for name in FEATURES], asked).to_dict()

    return lambda: store.materialize(START, END), serve, gnomon.__version__


def gnomon_windows(work: Workload, project: str) -> tuple[Callable[[], Any], Callable[[], Any], str]:
    gnomon, user, source = _gnomon_store(project, work.event_file)
    aggregations = [gnomon.Aggregation("amount", function, WINDOWS) for function in FUNCTIONS]
    view = gnomon.FeatureView("spend", entities=[user], source=source, aggregations=aggregations)
    store = gnomon.FeatureStore(project)
    store.apply([user, view])

    def serve() -> Any:
        asked = [{"user_id": user} for user in range(min(ASKED, work.event_entities))]
        online = store.get_online_features(["spend"], asked, as_of=END).to_dict()
        rows = pa.Table.from_pylist([{**row, "event_timestamp": END} for row in asked])
        trained = store.get_historical_features(rows, ["spend"])
        assert all(trained.to_arrow()[name].to_pylist() == online[name] for name in online), "training differs"
        return online

    return lambda: store.materialize(START, END), serve, gnomon.__version__


def feast_rows(work: Workload, project: str) -> tuple[Callable[[], Any], Callable[[], Any], str]:
    import feast
    from feast.types import Float64

    warnings.filterwarnings("ignore")  # about deprecations inside Feast
    config = feast.RepoConfig(
        project="bench",
        provider="local",
        registry=f"{project}/registry.db",
        online_store={"type": "sqlite", "path": f"{project}/online.db"},
        entity_key_serialization_version=3,
    )
    store = feast.FeatureStore(config=config)
    user = feast.Entity(name="user", join_keys=["user_id"], value_type=feast.ValueType.INT64)
    view = feast.FeatureView(
        name="rows",
        entities=[user],
        schema=[feast.Field(name=name, dtype=Float64) for name in FEATURES],
        source=feast.FileSource(path=work.row_file, timestamp_field="event_timestamp"),
        ttl=timedelta(days=36_500),
    )
    store.apply([user, view])

    def serve() -> Any:
        asked = [{"user_id": user} for user in range(min(ASKED, work.entities))]
        return store.get_online_features([f"rows:{name}" for name in FEATURES], asked).to_dict()

    return lambda: store.materialize(START, END), serve, feast.__version__


CONTESTANTS = {"gnomon": gnomon_rows, "feast": feast_rows, "windows": gnomon_windows}


def cpu_seconds() -> float:
    """Of this process and of those that it waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def state_bytes(project: str) -> int:
    return sum(file.stat().st_size for file in Path(project).rglob("*") if file.is_file())


def main() -> None:
    name, size, answer_file = sys.argv[1:]
    work = Workload(size)
    project = tempfile.mkdtemp(dir=work.folder, prefix=f"{name}-")
    try:
        run, serve, version = CONTESTANTS[name](work, project)
        wall, cpu = time.perf_counter(), cpu_seconds()
        with open(os.devnull, "w") as silence:
            sys.stdout, kept = silence, sys.stdout
            run()
            sys.stdout = kept
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
        answers = serve()
        Path(answer_file).write_text(json.dumps({key: answers[key] for key in sorted(answers)}))
        cost = {"cpu_seconds": cpu, "wall_seconds": wall, "peak_memory_bytes": peak}
        print(json.dumps({**cost, "state_bytes": state_bytes(project), "version": version}))
    finally:
        shutil.rmtree(project, ignore_errors=True)


if __name__ == "__main__":
    main()
