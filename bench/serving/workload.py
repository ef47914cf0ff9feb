"""Entities in three views of ten features each, as Parquet files, and the bodies of requests for some of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20240229
ENTITIES = {"tiny": 1_000, "small": 20_000, "full": 1_000_000}
VIEWS = [f"view_{number}" for number in range(3)]
FEATURES = [f"feature_{number}" for number in range(10)]
NAMES = [f"{view}:{view}_{feature}" for view in VIEWS for feature in FEATURES]
TTL_DAYS = 365
BODIES = 64  # different requests, asked in turn


@dataclass(frozen=True)
class Workload:
    folder: Path
    entities: int

    def file(self, view: str) -> Path:
        return self.folder / f"{view}.parquet"

    def keys(self, entities: int) -> list[list[int]]:
        draw = np.random.default_rng(SEED + entities)
        return [row.tolist() for row in draw.integers(0, self.entities, size=(BODIES, entities))]

    def bodies(self, entities: int) -> list[bytes]:
        return [json.dumps({"features": NAMES, "entities": {"user_id": row}}).encode() for row in self.keys(entities)]


def write(folder: Path, size: str) -> Workload:
    """Writes the files, one row an entity and view, all of the last hour."""
    workload = Workload(folder, ENTITIES[size])
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    times = pa.array([at] * workload.entities, pa.timestamp("us", "UTC"))
    draw = np.random.default_rng(SEED)
    for view in VIEWS:
        columns = {"user_id": pa.array(np.arange(workload.entities)), "event_timestamp": times}
        columns |= {f"{view}_{name}": pa.array(draw.normal(size=workload.entities)) for name in FEATURES}
        pq.write_table(pa.table(columns), workload.file(view))
    return workload
