"""Compaction: what no read can reach goes, and no read at or after its time tells the difference."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_sdk_windows_online import DAY, HOUR, MINUTE, NOON, answer, events, filed_project, pushed_project, spend

from gnomon import Aggregation, Entity, FeatureStore, FeatureView, Field, FileSource
from gnomon.errors import Error
from gnomon.types import Float64

PLACE = Entity("place", join_keys=["place"])


def removed(store: FeatureStore, as_of: dt.datetime | None) -> int:
    return sum(view["removed"] for view in store.compact(as_of)["views"])


def test_windows_since_its_time_are_as_before_and_earlier_ones_are_not_covered(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)
    rng = random.Random(seed)
    drawn = [(rng.randrange(4), NOON - rng.random() * 40 * DAY, rng.randrange(100) / 4) for _ in range(3_000)]
    store, _ = filed_project(tmp_path, *drawn)
    store.materialize_incremental(NOON + DAY)
    asked = [(user, NOON - rng.random() * 3 * DAY) for user in range(4) for _ in range(40)]
    before = [answer(store, t, user) for user, t in asked]
    as_of = NOON - 3 * DAY
    assert removed(store, as_of) > 100
    assert [answer(store, t, user) for user, t in asked] == before
    early = answer(store, as_of - 2 * MINUTE)
    assert early["amount_sum_1d"] == (None, "INVALID")  # its window begins before what is kept
    assert early["count_1h"][1] == "PRESENT"  # and this one does not
    assert removed(store, as_of) == 0
    store.close()
    store = FeatureStore(str(tmp_path))
    assert [answer(store, t, user) for user, t in asked] == before
    # What is late by more than any window reaches changes nothing; what is late by less does.
    late = events((1, as_of - 20 * DAY, 1000.0), (1, NOON - HOUR, 0.5))
    pq.write_table(pa.concat_tables([events(*drawn), late]), tmp_path / "payments.parquet")
    store.materialize_incremental(NOON + DAY)
    rows = pa.table({"user_id": [1], "event_timestamp": pa.array([NOON], pa.timestamp("us", "UTC"))})
    trained = store.get_historical_features(rows, ["spend"]).to_arrow().to_pylist()[0]
    assert {name: value for name, (value, _) in answer(store, NOON).items()} == {
        name: trained[name] for name in answer(store, NOON)
    }
    store.close()


def test_a_longer_window_than_was_compacted_for_is_built_again(tmp_path: Path) -> None:
    store, source = filed_project(tmp_path, (1, NOON - 5 * DAY, 2.0), (1, NOON - MINUTE, 4.0))
    store.materialize_incremental(NOON)
    assert removed(store, NOON) > 0
    store.apply([spend(source, Aggregation("amount", "sum", "6d"))])
    assert answer(store, NOON)["amount_sum_6d"] == (None, "INVALID")
    store.materialize_incremental(NOON)
    assert answer(store, NOON)["amount_sum_6d"] == (6.0, "PRESENT")
    store.close()


def test_a_lifetime_window_reaches_everything(tmp_path: Path) -> None:
    store, source = filed_project(tmp_path, (1, NOON - 500 * DAY, 2.0), (1, NOON - MINUTE, 4.0))
    store.apply([spend(source, Aggregation("amount", "sum", "lifetime"))])
    store.materialize_incremental(NOON)
    assert removed(store, NOON) == 0
    assert answer(store, NOON)["amount_sum_lifetime"] == (6.0, "PRESENT")
    store.close()


def test_pushes_go_on_after_a_compaction(tmp_path: Path) -> None:
    store = pushed_project(tmp_path)
    store.push("payments", events((1, NOON - 5 * DAY, 1.0), (1, NOON - HOUR, 2.0)))
    assert removed(store, NOON) > 0
    store.push("payments", events((1, NOON - MINUTE, 4.0), (1, NOON - 9 * DAY, 100.0)))
    assert answer(store, NOON)["amount_sum_1d"] == (6.0, "PRESENT")
    store.close()


def rows_project(folder: Path, *rows: tuple[str, dt.datetime, float], **view: object) -> FeatureStore:
    (folder / "gnomon.yaml").write_text("project: places\n")
    names, times, values = zip(*rows, strict=True)
    at = pa.array(times, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"place": names, "at": at, "x": values}), folder / "rows.parquet")
    source = FileSource("rows", path="rows.parquet", timestamp_field="at")
    stats = FeatureView("stats", entities=[PLACE], schema=[Field("x", Float64)], source=source, **view)
    store = FeatureStore(str(folder))
    store.apply([PLACE, source, stats])
    store.materialize_incremental(NOON)
    return store


def x_of(store: FeatureStore, place: str, at: dt.datetime) -> tuple[object, str]:
    got = store.get_online_features(["stats:x"], [{"place": place}], as_of=at).to_dict(include_metadata=True)
    return got["x"][0], got["x__status"][0]


def test_versions_below_the_one_that_served_then_go(tmp_path: Path) -> None:
    rows = [("a", NOON - hours * HOUR, float(hours)) for hours in range(1, 11)]
    store = rows_project(tmp_path, *rows, as_of_retention="all")
    assert removed(store, None) == 0  # every version is asked for
    assert store.compact()["views"][0]["as_of"] is None
    assert removed(store, NOON - 3 * HOUR) == 7
    assert [x_of(store, "a", NOON - hours * HOUR) for hours in range(4)] == [
        (float(max(1, hours)), "PRESENT") for hours in range(4)
    ]
    assert x_of(store, "a", NOON - 4 * HOUR) == (None, "INVALID")
    assert x_of(store, "a", NOON - 11 * HOUR) == (None, "NOT_FOUND")
    store.close()


def test_rows_too_old_to_serve_go_a_day_later(tmp_path: Path) -> None:
    rows = [("gone", NOON - 10 * DAY, 1.0), ("kept", NOON - 4 * DAY, 2.0), ("new", NOON - HOUR, 3.0)]
    store = rows_project(tmp_path, *rows, ttl=dt.timedelta(days=4))
    assert removed(store, NOON) == 1
    assert x_of(store, "gone", NOON) == (None, "NOT_FOUND")  # OUTSIDE_MAX_AGE before
    assert x_of(store, "kept", NOON) == (2.0, "PRESENT")
    assert x_of(store, "kept", NOON + MINUTE) == (None, "OUTSIDE_MAX_AGE")
    assert x_of(store, "gone", NOON - 7 * DAY) == (None, "INVALID")  # it served then, which cannot be told any more
    store.materialize_incremental(NOON + HOUR)
    assert x_of(store, "gone", NOON - 7 * DAY) == (None, "INVALID")
    assert store.runs()[1]["kind"] == "compact"
    store.close()


def test_the_future_cannot_be_compacted(tmp_path: Path) -> None:
    store = pushed_project(tmp_path)
    with pytest.raises(Error, match="GN404"):
        store.compact(dt.datetime.now(dt.UTC) + DAY)
    store.close()
