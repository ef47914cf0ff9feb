"""A bound, not a join: what it costs to read every column that is needed into memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.dataset  # or the first read would import it on the clock
import pyarrow.parquet as pq
from workloads import Workload


def prepare(workload: Workload, features: Sequence[str], _variant: str) -> Callable[[], Any]:
    columns = ["user_id", "event_timestamp", "created", *features]
    return lambda: (pq.read_table(workload.entity_file), pq.read_table(workload.history_file, columns=columns))


def table(answer: Any) -> None:
    return None


def version() -> str:
    return pa.__version__
