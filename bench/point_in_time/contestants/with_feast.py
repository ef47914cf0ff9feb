"""Feast with its default offline store (Dask) and with its DuckDB store; definitions are applied beforehand."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import feast
import pandas as pd
import pyarrow as pa
from feast.types import Float64
from workloads import FEATURES, TTL_SECONDS, Workload


def prepare(workload: Workload, features: Sequence[str], variant: str) -> Callable[[], Any]:
    warnings.filterwarnings("ignore")  # about deprecations inside Feast
    project = tempfile.TemporaryDirectory(dir=workload.folder, prefix="feast-")
    store = feast.FeatureStore(
        config=feast.RepoConfig(
            project="bench",
            provider="local",
            registry=f"{project.name}/registry.db",
            online_store={"type": "sqlite", "path": f"{project.name}/online.db"},
            entity_key_serialization_version=3,
            **({"offline_store": {"type": "duckdb"}} if variant == "duckdb" else {}),
        )
    )
    key_type = feast.ValueType.STRING if workload.key_type == "string" else feast.ValueType.INT64
    user = feast.Entity(name="user", join_keys=["user_id"], value_type=key_type)
    view = feast.FeatureView(
        name="user_features",
        entities=[user],
        schema=[feast.Field(name=name, dtype=Float64) for name in FEATURES],
        source=feast.FileSource(
            path=workload.history_file,
            timestamp_field="event_timestamp",
            created_timestamp_column="created",
        ),
        ttl=timedelta(seconds=TTL_SECONDS),
    )
    store.apply([user, view])
    names = [f"user_features:{name}" for name in features]

    def work(_kept: object = project) -> pd.DataFrame:
        entity_rows = pd.read_parquet(workload.entity_file)
        return store.get_historical_features(entity_df=entity_rows, features=names).to_df()

    return work


def table(answer: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(answer, preserve_index=False)


def version() -> str:
    return feast.__version__
