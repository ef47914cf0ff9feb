"""The demo is a program that people run first, so it must work, twice, and its training set must be right."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flights"
DEMO_SECONDS = 300


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "flights"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("data", ".gnomon", "__pycache__"))
    return folder


def run_demo(project: Path) -> str:
    done = subprocess.run(
        [sys.executable, "demo.py", "--rows", "200"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEMO_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def first_run(project: Path) -> str:
    return run_demo(project)


def test_the_demo_tells_the_whole_story(first_run: str) -> None:
    for told in (
        "1048.36",
        "328,521 rows in, 328,521 rows out",
        "327,695 have weather",
        "values equal",
        "server stopped",
        "values match, bit for bit",
    ):
        assert told in first_run, first_run


def test_the_demo_can_be_repeated(project: Path, first_run: str) -> None:
    assert "values equal" in run_demo(project)


def test_the_training_set_is_what_polars_says(project: Path, first_run: str) -> None:
    import gnomon

    spine = pl.read_parquet(project / "data" / "flights.parquet")
    train = gnomon.FeatureStore(repo_path=str(project)).get_historical_features(entity_df=spine, features="delay_v1")
    ours = train.to_polars()
    weather = pl.read_parquet(project / "data" / "weather.parquet").filter(pl.col("wind_speed").fill_null(0) <= 120)
    asof = (
        spine.with_row_index()
        .sort("event_timestamp")
        .join_asof(
            weather.sort("time_hour"),
            left_on="event_timestamp",
            right_on="time_hour",
            by="origin",
            tolerance="3h",
            check_sortedness=False,
        )
        .sort("index")
    )
    for feature in ("temp", "wind_speed", "wind_dir", "precip", "visib"):
        assert ours[feature].equals(asof[feature], check_dtypes=False), feature


def test_no_leg_is_known_before_it_has_landed(project: Path, first_run: str) -> None:
    import gnomon

    spine = pl.read_parquet(project / "data" / "flights.parquet").sample(300, seed=20130101)
    store = gnomon.FeatureStore(repo_path=str(project))
    ours = store.get_historical_features(entity_df=spine, features=["last_leg:last_arr_delay"]).to_polars()
    legs = pl.read_parquet(project / "data" / "arrivals.parquet")
    for row, answer in zip(spine.iter_rows(named=True), ours["last_arr_delay"], strict=True):
        t = row["event_timestamp"]
        landed = legs.filter(
            (pl.col("tailnum") == row["tailnum"])
            & (pl.col("landed_at") <= t)
            & pl.col("sched_dep").is_between(t - timedelta(hours=24), t)
        ).sort("sched_dep", "arr_delay", "dest")
        assert answer == (landed["arr_delay"][-1] if landed.height else None), row
