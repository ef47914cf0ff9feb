"""One contestant on one workload, in a process of its own: writes its answer to a file and prints what it cost as JSON.

measure.py CONTESTANT KEYS SIZE ANSWER
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from workload import COLUMNS, FUNCTIONS, WINDOWS, Workload, workload


def with_gnomon(work: Workload) -> tuple[Callable[[], Any], str]:
    import gnomon

    project = tempfile.mkdtemp(dir=work.folder, prefix="gnomon-")
    Path(project, "gnomon.yaml").write_text("project: bench\n")
    user = gnomon.Entity("user", join_keys=["user_id"])
    events = gnomon.FileSource("events", path=work.event_file, timestamp_field="ts")
    aggregations = [gnomon.Aggregation("amount", function, list(WINDOWS)) for function in FUNCTIONS]
    view = gnomon.FeatureView("spend", entities=[user], source=events, aggregations=aggregations)
    store = gnomon.FeatureStore(project)
    store.apply([user, view])
    return lambda: store.get_historical_features(
        work.row_file, ["spend"], timestamp_column="ts"
    ).to_arrow(), gnomon.__version__


def with_polars(work: Workload) -> tuple[Callable[[], Any], str]:
    import polars as pl

    amount = pl.col("amount")
    made = {
        "count": amount.count().cast(pl.Int64),
        "sum": amount.sum(),
        "mean": amount.mean(),
        "min": amount.min(),
        "max": amount.max(),
        "std": amount.std(),
    }

    def run() -> Any:
        rows, events = pl.read_parquet(work.row_file), pl.read_parquet(work.event_file)
        union = pl.concat([events, rows], how="diagonal").sort("user_id", "ts")
        asked = union["row_id"].is_not_null()
        parts = [union.filter(asked).select("row_id")]
        for window, seconds in WINDOWS.items():
            columns = [made[name].alias(f"amount_{name}_{window}") for name in FUNCTIONS]
            # A row's own time is outside its window: closed="left".
            rolled = union.rolling("ts", period=f"{seconds}s", group_by="user_id", closed="left").agg(columns)
            parts.append(rolled.drop("user_id", "ts").filter(asked))
        return pl.concat(parts, how="horizontal").to_arrow()

    return run, pl.__version__


def with_duckdb(work: Workload) -> tuple[Callable[[], Any], str]:
    import duckdb

    made = {"count": "count", "sum": "sum", "mean": "avg", "min": "min", "max": "max", "std": "stddev_samp"}
    columns = [
        f"{made[name]}(amount) over w{window} as amount_{name}_{window}" for window in WINDOWS for name in FUNCTIONS
    ]
    windows = [
        f"w{window} as (partition by user_id order by ts range between interval {seconds} seconds preceding"
        " and interval 1 microsecond preceding)"
        for window, seconds in WINDOWS.items()
    ]
    query = f"""select * exclude (is_row) from (
        select row_id, row_id is not null as is_row, {", ".join(columns)} from (
            select row_id, user_id, ts, null::double as amount from '{work.row_file}'
            union all by name select null::bigint as row_id, user_id, ts, amount from '{work.event_file}')
        window {", ".join(windows)}) where is_row"""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return lambda: connection.sql(query).to_arrow_table(), duckdb.__version__


CONTESTANTS = {"gnomon": with_gnomon, "polars": with_polars, "duckdb": with_duckdb}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    name, keys, size, answer_file = sys.argv[1:]
    run, version = CONTESTANTS[name](workload(keys, size))
    wall, cpu = time.perf_counter(), cpu_seconds()
    answer = run()
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    pq.write_table(answer.select(["row_id", *COLUMNS]).sort_by("row_id"), answer_file)
    print(json.dumps({"cpu_seconds": cpu, "wall_seconds": wall, "peak_memory_bytes": peak, "version": version}))


if __name__ == "__main__":
    main()
