"""pandas: both sides sorted by time, then `merge_asof`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from workloads import TTL_SECONDS, Workload


def prepare(workload: Workload, features: Sequence[str], _variant: str) -> Callable[[], Any]:
    def work() -> pd.DataFrame:
        entity_rows = pd.read_parquet(workload.entity_file).sort_values("event_timestamp")
        history = pd.read_parquet(
            workload.history_file, columns=["user_id", "event_timestamp", "created", *features]
        ).sort_values(["event_timestamp", "created"])
        return pd.merge_asof(
            entity_rows,
            history.drop(columns="created"),
            on="event_timestamp",
            by="user_id",
            tolerance=pd.Timedelta(seconds=TTL_SECONDS),
        )

    return work


def table(answer: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(answer, preserve_index=False)


def version() -> str:
    return pd.__version__
