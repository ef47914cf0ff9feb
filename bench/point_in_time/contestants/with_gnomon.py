"""Gnomon through its SDK: definitions are applied beforehand, the call reads both files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from workloads import FEATURES, TTL_SECONDS, Workload

import gnomon
from gnomon.types import Float64


def prepare(workload: Workload, features: Sequence[str], _variant: str) -> Callable[[], Any]:
    project = tempfile.TemporaryDirectory(dir=workload.folder, prefix="gnomon-")
    Path(project.name, "gnomon.yaml").write_text("project: bench\n")
    source = gnomon.FileSource(
        "history",
        path=workload.history_file,
        timestamp_field="event_timestamp",
        created_timestamp_column="created",
    )
    user = gnomon.Entity("user", join_keys=["user_id"])
    view = gnomon.FeatureView(
        "user_features",
        entities=[user],
        source=source,
        schema=[gnomon.Field(name, Float64) for name in FEATURES],
        ttl=timedelta(seconds=TTL_SECONDS),
    )
    store = gnomon.FeatureStore(project.name)
    store.apply([user, view])
    names = [f"user_features:{name}" for name in features]

    def work(_kept: object = project) -> pa.Table:
        return store.get_historical_features(workload.entity_file, names).to_arrow()

    return work


def table(answer: pa.Table) -> pa.Table:
    return answer


def version() -> str:
    return str(gnomon.__version__)
