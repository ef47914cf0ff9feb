"""What are the features worth? Who departs more than 15 minutes late, learnt from January to September.

    python models.py

Each step adds features that `gnomon` computed as of 20 minutes before the scheduled departure. Not as of the departure
itself: more than half of the flights leave a few minutes early, and a window that ends at the scheduled time would hold
the very delay that is asked for. The last one is the classic mistake, marked as such: the mean delay of *all*
departures in the same hour, those after the question included. It looks best and exists only in notebooks.

Asked of October to December. Needs the project that demo.py leaves, and scikit-learn.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from terminal import heading, note, show, timed

import gnomon

PROJECT = Path(__file__).resolve().parent
LATE_MINUTES = 15
ASKED_BEFORE = timedelta(minutes=20)
TEST_FROM = datetime(2013, 10, 1, tzinfo=UTC)
CATEGORIES = ["origin", "carrier", "dest"]
REQUEST = [*CATEGORIES, "hour", "minute", "weekday"]
WEATHER = ["temp", "wind_speed", "wind_dir", "precip", "visib"]
WINDOWS = [
    *(f"{whose}_delay_{window}" for whose in ("origin", "carrier") for window in ("1h", "6h", "7d")),
    "origin_worst_1h",
    "origin_departures_1h",
    "origin_late_1h",
    "carrier_spread_6h",
]
PREVIOUS_LEG = ["last_arr_delay"]
LEAK = ["same_hour_delay"]


def training_set() -> pl.DataFrame:
    store = gnomon.FeatureStore(repo_path=str(PROJECT))
    spine = pl.read_parquet(PROJECT / "data" / "flights.parquet").filter(pl.col("tailnum").is_not_null())
    features = ["weather_now", "origin_traffic", "carrier_traffic", "last_leg:last_arr_delay"]
    asked = spine.with_columns(pl.col("event_timestamp") - ASKED_BEFORE)
    frame = store.get_historical_features(entity_df=asked, features=features).to_polars()
    frame = frame.with_columns(pl.col("event_timestamp") + ASKED_BEFORE)
    local = pl.col("event_timestamp").dt.convert_time_zone("America/New_York")
    return frame.with_columns(
        late=pl.col("dep_delay") > LATE_MINUTES,
        hour=local.dt.hour(),
        minute=local.dt.minute(),
        weekday=local.dt.weekday(),
        # The leak: it needs departures that lie in the future of the question.
        same_hour_delay=pl.col("dep_delay").mean().over("origin", pl.col("event_timestamp").dt.truncate("1h")),
        **{name: pl.col(name).cast(pl.Categorical).to_physical() for name in CATEGORIES},
    )


def auc(frame: pl.DataFrame, columns: list[str]) -> float:
    is_test = pl.col("event_timestamp") >= TEST_FROM
    train, test = frame.filter(~is_test), frame.filter(is_test)
    model = HistGradientBoostingClassifier(
        categorical_features=[name in CATEGORIES for name in columns], max_iter=200, learning_rate=0.08, random_state=0
    )
    model.fit(train.select(columns).to_numpy(), train["late"].to_numpy())
    scores = model.predict_proba(test.select(columns).to_numpy())[:, 1]
    return float(roc_auc_score(test["late"].to_numpy(), scores))


def main() -> None:
    heading("The training set")
    with timed("joined"):
        frame = training_set()
    late = frame["late"].mean()
    note(f"{frame.height:,} flights, {late:.1%} of them late")
    heading("AUC on October to December, learnt from January to September")
    steps = {
        "the request alone": REQUEST,
        "+ weather": REQUEST + WEATHER,
        "+ windows": REQUEST + WEATHER + WINDOWS,
        "+ previous leg": REQUEST + WEATHER + WINDOWS + PREVIOUS_LEG,
        "a LEAK instead of windows (not real)": REQUEST + WEATHER + LEAK,
    }
    rows = []
    for name, columns in steps.items():
        with timed(name):
            rows.append({"features": name, "columns": len(columns), "AUC": f"{auc(frame, columns):.3f}"})
    show(pl.DataFrame(rows))


if __name__ == "__main__":
    main()
