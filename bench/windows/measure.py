"""One contestant on one workload, in a process of its own: writes its answer to a file and prints what it cost as JSON.

measure.py CONTESTANT QUESTION KEYS SIZE ANSWER
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from workload import EXACT_FUNCTIONS, FUNCTIONS, QUESTIONS, WINDOWS, Workload, workload

Run = tuple[Callable[[], Any], str]


def _gnomon(work: Workload, question: str, aggregations: Callable[[Any], list[Any]]) -> Run:
    import gnomon

    project = tempfile.mkdtemp(dir=work.folder, prefix="gnomon-")
    atexit.register(shutil.rmtree, project, ignore_errors=True)
    Path(project, "gnomon.yaml").write_text("project: bench\n")
    user = gnomon.Entity("user", join_keys=["user_id"])
    events = gnomon.FileSource("events", path=work.event_file, timestamp_field="ts")
    view = gnomon.FeatureView("spend", entities=[user], source=events, aggregations=aggregations(gnomon))
    store = gnomon.FeatureStore(project)
    store.apply([user, view])

    def run() -> Any:
        return store.get_historical_features(work.row_file, ["spend"], timestamp_column="ts").to_arrow()

    return run, gnomon.__version__


def with_gnomon(work: Workload, question: str) -> Run:
    def aggregations(gnomon: Any) -> list[Any]:
        return {
            "numbers": [gnomon.Aggregation("amount", function, list(WINDOWS)) for function in FUNCTIONS],
            "distinct": [gnomon.Aggregation("merchant", "count_distinct", "7d", name="distinct_7d")],
            "last5": [gnomon.Aggregation("amount", "last_n", "30d", n=5, name="last5_30d")],
        }[question]

    return _gnomon(work, question, aggregations)


def _sums_of(column: str) -> Callable[[Workload, str], Run]:
    def with_column(work: Workload, question: str) -> Run:
        def aggregations(gnomon: Any) -> list[Any]:
            return [gnomon.Aggregation(column, name, list(WINDOWS), name=name) for name in EXACT_FUNCTIONS]

        return _gnomon(work, question, aggregations)

    return with_column


def with_polars(work: Workload, question: str) -> Run:
    import polars as pl

    amount = pl.col("amount")
    numbers = {
        "count": amount.count().cast(pl.Int64),
        "sum": amount.sum(),
        "mean": amount.mean(),
        "min": amount.min(),
        "max": amount.max(),
        "std": amount.std(),
    }
    made = {window: [numbers[name].alias(f"amount_{name}_{window}") for name in FUNCTIONS] for window in WINDOWS}
    order, read = ["user_id", "ts"], ["user_id", "ts", "amount"]
    if question == "distinct":
        made = {"7d": [pl.col("merchant").drop_nulls().n_unique().cast(pl.Int64).alias("distinct_7d")]}
        read = ["user_id", "ts", "merchant"]
    if question == "last5":
        # Newest first, and of equal times the greater amount is the newer, as in Gnomon.
        made = {"30d": [amount.drop_nulls().tail(5).reverse().alias("last5_30d")]}
        order = [*order, "amount"]

    def run() -> Any:
        rows, events = pl.read_parquet(work.row_file), pl.read_parquet(work.event_file, columns=read)
        union = pl.concat([events, rows], how="diagonal").sort(order)
        asked = union["row_id"].is_not_null()
        parts = [union.filter(asked).select("row_id")]
        for window, columns in made.items():
            # A row's own time is outside its window: closed="left".
            rolling = union.rolling("ts", period=f"{WINDOWS[window]}s", group_by="user_id", closed="left")
            parts.append(rolling.agg(columns).drop("user_id", "ts").filter(asked))
        return pl.concat(parts, how="horizontal").to_arrow()

    return run, pl.__version__


def with_duckdb(work: Workload, question: str) -> Run:
    import duckdb

    made = {"count": "count", "sum": "sum", "mean": "avg", "min": "min", "max": "max", "std": "stddev_samp"}
    columns = [
        f"{made[name]}(amount) over w{window} as amount_{name}_{window}" for window in WINDOWS for name in FUNCTIONS
    ]
    value, wanted = "amount", WINDOWS
    if question == "distinct":
        columns, value, wanted = ["count(distinct merchant) over w7d as distinct_7d"], "merchant", {"7d": WINDOWS["7d"]}
    windows = [
        f"w{window} as (partition by user_id order by ts range between interval {seconds} seconds preceding"
        " and interval 1 microsecond preceding)"
        for window, seconds in wanted.items()
    ]
    query = f"""select * exclude (is_row) from (
        select row_id, row_id is not null as is_row, {", ".join(columns)} from (
            select row_id, user_id, ts, null as {value} from '{work.row_file}'
            union all by name select null::bigint as row_id, user_id, ts, {value} from '{work.event_file}')
        window {", ".join(windows)}) where is_row"""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set temp_directory = '{work.folder / 'duckdb-spill'}'")
    return lambda: connection.sql(query).to_arrow_table(), duckdb.__version__


CONTESTANTS = {
    "gnomon": with_gnomon,
    "polars": with_polars,
    "duckdb": with_duckdb,
    "floats": _sums_of("amount"),
    "cents": _sums_of("cents"),
}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    name, question, keys, size, answer_file = sys.argv[1:]
    # Who wants more than the machine has is to end by himself, and not to take others along.
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    run, version = CONTESTANTS[name](workload(keys, size), question)
    wall, cpu = time.perf_counter(), cpu_seconds()
    answer = run()
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    pq.write_table(answer.select(["row_id", *QUESTIONS[question]]).sort_by("row_id"), answer_file)
    print(json.dumps({"cpu_seconds": cpu, "wall_seconds": wall, "peak_memory_bytes": peak, "version": version}))


if __name__ == "__main__":
    main()
