"""DuckDB's ASOF join. It knows one inequality, so the tie-break goes into the key, or tied rows are removed first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
from workloads import TTL_SECONDS, Workload

_TWO_TO_64 = "18446744073709551616::hugeint"
_LAST_CREATED = "9223372036854775807::hugeint"


def _packed(entity_file: str, history_file: str, picked: str) -> str:
    return f"""
        with history as (
            select *, epoch_us(event_timestamp)::hugeint * {_TWO_TO_64} + epoch_us(created)::hugeint as position
            from '{history_file}')
        select spine.*, {picked}
        from '{entity_file}' spine asof left join history
        on spine.user_id = history.user_id
        and epoch_us(spine.event_timestamp)::hugeint * {_TWO_TO_64} + {_LAST_CREATED} >= history.position"""


def _deduplicated(entity_file: str, history_file: str, picked: str) -> str:
    return f"""
        with history as (
            select * from '{history_file}'
            qualify row_number() over (partition by user_id, event_timestamp order by created desc) = 1)
        select spine.*, {picked}
        from '{entity_file}' spine asof left join history
        on spine.user_id = history.user_id and spine.event_timestamp >= history.event_timestamp"""


def prepare(workload: Workload, features: Sequence[str], variant: str) -> Callable[[], Any]:
    # The settings that DuckDB's documentation recommends for large results whose order does not matter.
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false; set TimeZone = 'UTC'")
    fresh = f"spine.event_timestamp - history.event_timestamp <= interval {TTL_SECONDS} second"
    picked = ", ".join(f"case when {fresh} then history.{name} end as {name}" for name in features)
    query = {"packed": _packed, "deduplicated": _deduplicated}[variant]
    text = query(workload.entity_file, workload.history_file, picked)
    return lambda: connection.sql(text).to_arrow_table()


def table(answer: Any) -> Any:
    return answer


def version() -> str:
    return duckdb.__version__
