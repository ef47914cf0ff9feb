"""The data: entity rows and events, drawn once with a fixed seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DATA = Path(__file__).resolve().parents[2] / "bench-data" / "windows"
SIZES = {"tiny": (10_000, 100_000), "small": (100_000, 1_000_000), "full": (1_000_000, 10_000_000)}
KEYS = ("uniform", "zipf")
WINDOWS = {"5min": 300, "1h": 3_600, "1d": 86_400, "7d": 604_800, "30d": 2_592_000}
FUNCTIONS = ("count", "sum", "mean", "min", "max", "std")
NUMBERS = [f"amount_{function}_{window}" for window in WINDOWS for function in FUNCTIONS]
EXACT_FUNCTIONS = ("sum", "mean", "std")
# What is asked, and the columns of the answer. Each is a contest of its own.
QUESTIONS = {
    "numbers": NUMBERS,
    "distinct": ["distinct_7d"],
    "last5": ["last5_30d"],
    "exactness": [f"{function}_{window}" for window in WINDOWS for function in EXACT_FUNCTIONS],
}
MERCHANTS = 5_000
SEED, FIRST_SECOND, SECONDS = 43, 1_735_689_600, 90 * 86_400


@dataclass(frozen=True)
class Workload:
    keys: str
    rows: int
    events: int

    @property
    def folder(self) -> Path:
        return DATA / f"{self.keys}-{self.rows}x{self.events}"

    @property
    def row_file(self) -> str:
        return str(self.folder / "rows.parquet")

    @property
    def event_file(self) -> str:
        return str(self.folder / "events.parquet")

    def write(self) -> None:
        """Writes the files unless they are there."""
        if Path(self.event_file).exists() and "cents" in pq.read_schema(self.event_file).names:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(SEED)
        entities = max(1, self.events // 100)

        def keys(count: int) -> np.ndarray:
            if self.keys == "uniform":
                return rng.integers(0, entities, count, dtype=np.int64)
            weights = np.cumsum(np.arange(1, entities + 1, dtype=np.float64) ** -1.2)
            return np.searchsorted(weights / weights[-1], rng.random(count)).astype(np.int64)

        def times(count: int) -> pa.Array:
            seconds = FIRST_SECOND + rng.integers(0, SECONDS, count, dtype=np.int64)
            return pa.array(seconds * 1_000_000).cast(pa.timestamp("us", "UTC"))

        amounts = np.round(np.exp(rng.normal(3, 1, self.events)), 2)
        events = pa.table({"user_id": keys(self.events), "ts": times(self.events), "amount": amounts})
        # The same amounts as whole cents, and whom they were paid to.
        merchants = np.random.default_rng(SEED + 1).integers(0, MERCHANTS, self.events, dtype=np.int64)
        events = events.append_column("cents", pa.array(np.rint(amounts * 100).astype(np.int64)))
        events = events.append_column("merchant", pa.array(merchants))
        rows = pa.table({"row_id": np.arange(self.rows), "user_id": keys(self.rows), "ts": times(self.rows)})
        pq.write_table(rows, self.row_file, row_group_size=1_000_000)
        pq.write_table(events, self.event_file, row_group_size=1_000_000, use_dictionary=False)


def workload(keys: str, size: str) -> Workload:
    return Workload(keys, *SIZES[size])
