"""Who takes part. A contestant is a module with three functions:

- `prepare(workload, features, variant)` does what is not timed (imports, definitions) and returns the timed work: a
  function without parameters, from Parquet files to an answer in memory;
- `table(answer)` is that answer as an Arrow table with `row_id` and the features, in any order; it is not timed;
- `version()`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True)
class Contestant:
    name: str
    title: str  # with a place for {version}
    module: str
    variant: str = ""
    is_peer: bool = True  # runs with the peers' interpreter
    joins: bool = True  # false: reads the files and stops there, as a bound
    must_agree: bool = True  # false: the answer is compared, and a difference reported, but it stops nothing
    skews: tuple[str, ...] = ("uniform", "zipf")
    largest_history: int = 1 << 62  # rows; above, it meets Gnomon on a smaller workload

    def load(self) -> ModuleType:
        return importlib.import_module(f"contestants.{self.module}")


# Feast joins every entity row with every history row of its key, then picks. With a frequent key that is out of reach:
# on the tiny zipf workload, the default store took 96 CPU seconds and 19 GB.
_FEAST_SKEWS = ("uniform",)
_FEAST_DEFAULT_ROWS = 1_000_000  # it needs 9 GB of memory at three times as many

ALL = {
    contestant.name: contestant
    for contestant in (
        Contestant("gnomon", "Gnomon {version}", "with_gnomon", is_peer=False),
        Contestant("polars", "Polars {version} `join_asof`", "with_polars", "eager"),
        Contestant("polars_lazy", "Polars {version} `join_asof`, lazily", "with_polars", "lazy"),
        Contestant("duckdb_packed", "DuckDB {version} ASOF, ties packed into the key", "with_duckdb", "packed"),
        Contestant("duckdb_deduplicated", "DuckDB {version} ASOF, ties removed first", "with_duckdb", "deduplicated"),
        Contestant("pandas", "pandas {version} `merge_asof`", "with_pandas"),
        Contestant(
            "feast_duckdb",
            "Feast {version}, DuckDB store",
            "with_feast",
            "duckdb",
            must_agree=False,
            skews=_FEAST_SKEWS,
        ),
        Contestant(
            "feast_default",
            "Feast {version}, default store",
            "with_feast",
            "default",
            must_agree=False,
            skews=_FEAST_SKEWS,
            largest_history=_FEAST_DEFAULT_ROWS,
        ),
        Contestant(
            "reading", "reading both files with Arrow {version}, no join", "with_arrow", is_peer=False, joins=False
        ),
    )
}
