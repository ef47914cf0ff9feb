"""Polars: sorted by time and created time, the last row at or before wins, so the newest of tied rows does.

Eagerly it needs the least CPU time, lazily the least memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import polars as pl
from workloads import TTL_SECONDS, Workload


def prepare(workload: Workload, features: Sequence[str], variant: str) -> Callable[[], Any]:
    columns = ["user_id", "event_timestamp", "created", *features]

    def join(entity_rows: Any, history: Any) -> Any:
        return entity_rows.sort("event_timestamp").join_asof(
            history.sort("event_timestamp", "created").drop("created"),
            on="event_timestamp",
            by="user_id",
            strategy="backward",
            tolerance=timedelta(seconds=TTL_SECONDS),
            check_sortedness=False,
        )

    def eager() -> pl.DataFrame:
        return join(pl.read_parquet(workload.entity_file), pl.read_parquet(workload.history_file, columns=columns))

    def lazy() -> pl.DataFrame:
        history = pl.scan_parquet(workload.history_file).select(columns)
        return join(pl.scan_parquet(workload.entity_file), history).collect()

    return {"eager": eager, "lazy": lazy}[variant]


def table(answer: pl.DataFrame) -> Any:
    return answer.to_arrow()


def version() -> str:
    return pl.__version__
