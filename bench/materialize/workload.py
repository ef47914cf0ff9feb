"""The data: feature rows in no order, and raw events, drawn once with a fixed seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DATA = Path(__file__).resolve().parents[2] / "bench-data" / "materialize"
SIZES = {"tiny": 20_000, "small": 500_000, "full": 10_000_000}  # rows, and events
ROWS_PER_ENTITY = 10
EVENTS_PER_ENTITY = 100
FEATURES = [f"f{number}" for number in range(10)]
WINDOWS = ["5min", "1h", "1d", "7d", "30d"]
FUNCTIONS = ["count", "sum", "mean", "min", "max", "std"]
SEED, FIRST_SECOND, SECONDS = 44, 1_735_689_600, 90 * 86_400
START = datetime.fromtimestamp(FIRST_SECOND, UTC)
END = datetime.fromtimestamp(FIRST_SECOND + SECONDS, UTC)


@dataclass(frozen=True)
class Workload:
    size: str

    @property
    def count(self) -> int:
        return SIZES[self.size]

    @property
    def entities(self) -> int:
        return self.count // ROWS_PER_ENTITY

    @property
    def event_entities(self) -> int:
        return self.count // EVENTS_PER_ENTITY

    @property
    def folder(self) -> Path:
        return DATA / self.size

    @property
    def row_file(self) -> str:
        return str(self.folder / "rows.parquet")

    @property
    def event_file(self) -> str:
        return str(self.folder / "events.parquet")

    def write(self) -> None:
        """Writes the files unless they are there."""
        if Path(self.event_file).exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(SEED)

        def times() -> pa.Array:
            # Distinct, so that every entity has one newest row for every contestant.
            span = SECONDS * 1_000_000 // self.count
            micros = FIRST_SECOND * 1_000_000 + rng.permutation(self.count) * span + rng.integers(0, span, self.count)
            return pa.array(micros).cast(pa.timestamp("us", "UTC"))

        rest = rng.integers(0, self.entities, self.count - self.entities)
        users = np.concatenate([rng.permutation(self.entities), rest])
        values = {name: rng.standard_normal(self.count) for name in FEATURES}
        rows = pa.table({"user_id": users.astype(np.int64), "event_timestamp": times(), **values})
        pq.write_table(rows, self.row_file, row_group_size=1_000_000, use_dictionary=False)
        users = rng.integers(0, self.event_entities, self.count).astype(np.int64)
        amounts = np.round(np.exp(rng.normal(3, 1, self.count)), 2)
        events = pa.table({"user_id": users, "event_timestamp": times(), "amount": amounts})
        pq.write_table(events, self.event_file, row_group_size=1_000_000, use_dictionary=False)
