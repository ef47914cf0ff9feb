"""The workloads: entity rows to label and a feature history to look them up in, as two Parquet files.

    workloads.py --size tiny|small|full [--workloads uniform,zipf,strings]

Seeds are fixed, so the same size and name mean the same files. Two of a hundred history rows repeat the key and the
event time of another row with a different created time: a contestant that ignores the tie-break gives a wrong answer.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DATA = Path(__file__).resolve().parents[2] / "bench-data" / "point_in_time"
FEATURES = tuple(f"feature_{i}" for i in range(10))
TTL_SECONDS = 86_400

_US_PER_HOUR = 3_600_000_000
_FIRST_TIME_US = 1_735_689_600_000_000  # 2025-01-01
_SPAN_US = 90 * 24 * _US_PER_HOUR
_ROW_GROUP_ROWS = 1_000_000
_ZIPF_EXPONENT = 1.2
_ROWS_PER_TIE = 50
_TIMESTAMP = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Workload:
    """One pair of files. `skew` is how keys are drawn, `key_type` what they are."""

    name: str
    entity_rows: int
    history_rows: int
    entities: int
    skew: str  # "uniform" or "zipf"
    key_type: str  # "int64" or "string"
    seed: int

    @property
    def folder(self) -> Path:
        return DATA / f"{self.name}-{self.entity_rows}x{self.history_rows}"

    @property
    def entity_file(self) -> str:
        return str(self.folder / "entity_rows.parquet")

    @property
    def history_file(self) -> str:
        return str(self.folder / "history.parquet")


SIZES = {  # entity rows, history rows, entities
    "tiny": (10_000, 100_000, 1_000),
    "small": (100_000, 1_000_000, 10_000),
    "full": (1_000_000, 10_000_000, 100_000),
}
_KINDS = {"uniform": ("uniform", "int64", 42), "zipf": ("zipf", "int64", 43), "strings": ("uniform", "string", 44)}
NAMES = tuple(_KINDS)


def workload(name: str, size: str) -> Workload:
    return Workload(name, *SIZES[size], *_KINDS[name])


def from_folder(folder: str) -> Workload:
    return Workload(**json.loads(_stamp(Path(folder)).read_text()))


def make_files(wanted: Workload) -> bool:
    """Writes the files unless they are there; true if it wrote them."""
    stamp = _stamp(wanted.folder)
    if stamp.exists() and json.loads(stamp.read_text()) == asdict(wanted):
        return False
    shutil.rmtree(wanted.folder, ignore_errors=True)
    wanted.folder.mkdir(parents=True)
    rng = np.random.default_rng(wanted.seed)
    _write_entity_rows(wanted, rng)
    _write_history(wanted, rng)
    stamp.write_text(json.dumps(asdict(wanted), indent=1) + "\n")  # last: it vouches for complete files
    return True


def _stamp(folder: Path) -> Path:
    return folder / "workload.json"


def _write_entity_rows(wanted: Workload, rng: np.random.Generator) -> None:
    keys, times = _draw_keys(wanted, rng, wanted.entity_rows), _draw_times(rng, wanted.entity_rows)
    columns = {"row_id": pa.array(np.arange(wanted.entity_rows)), "user_id": _key_column(wanted, keys)}
    table = pa.table(columns | {"event_timestamp": pa.array(times).cast(_TIMESTAMP)})
    pq.write_table(table, wanted.entity_file, row_group_size=_ROW_GROUP_ROWS, use_dictionary=_dictionary(wanted))


def _write_history(wanted: Workload, rng: np.random.Generator) -> None:
    rows = wanted.history_rows
    keys, times = _draw_keys(wanted, rng, rows), _draw_times(rng, rows)
    source, tied = rng.integers(0, rows, (2, rows // _ROWS_PER_TIE))
    keys[tied], times[tied] = keys[source], times[source]
    created = times + rng.integers(0, _US_PER_HOUR, rows)

    writer = None
    for start in range(0, rows, _ROW_GROUP_ROWS):  # feature values are drawn as they are written: memory stays small
        part = slice(start, min(start + _ROW_GROUP_ROWS, rows))
        columns = {
            "user_id": _key_column(wanted, keys[part]),
            "event_timestamp": pa.array(times[part]).cast(_TIMESTAMP),
            "created": pa.array(created[part]).cast(_TIMESTAMP),
        }
        values = {name: pa.array(rng.standard_normal(part.stop - part.start)) for name in FEATURES}
        table = pa.table(columns | values)
        writer = writer or pq.ParquetWriter(wanted.history_file, table.schema, use_dictionary=_dictionary(wanted))
        writer.write_table(table)
    writer.close()


def _draw_keys(wanted: Workload, rng: np.random.Generator, count: int) -> np.ndarray:
    if wanted.skew == "uniform":
        return rng.integers(0, wanted.entities, count)
    weights = np.arange(1, wanted.entities + 1, dtype=np.float64) ** -_ZIPF_EXPONENT
    ranks = np.searchsorted(np.cumsum(weights / weights.sum())[:-1], rng.random(count), side="right")
    by_rank = np.random.default_rng(wanted.seed).permutation(wanted.entities)  # frequent keys are not the small numbers
    return by_rank[ranks]


def _draw_times(rng: np.random.Generator, count: int) -> np.ndarray:
    return _FIRST_TIME_US + rng.integers(0, _SPAN_US, count)


def _key_column(wanted: Workload, keys: np.ndarray) -> pa.Array:
    if wanted.key_type == "int64":
        return pa.array(keys)
    names = pa.array([f"user_{number:010d}" for number in range(wanted.entities)])
    return names.take(pa.array(keys))


def _dictionary(wanted: Workload) -> list[str] | bool:
    # Random floats and times do not repeat: a dictionary would only make every reader slower.
    return ["user_id"] if wanted.key_type == "string" else False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--workloads", default=",".join(NAMES))
    arguments = parser.parse_args()
    for name in arguments.workloads.split(","):
        wanted = workload(name, arguments.size)
        print(f"{wanted.folder}: {'written' if make_files(wanted) else 'is there'}", flush=True)


if __name__ == "__main__":
    main()
