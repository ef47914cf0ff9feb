"""Windows online: pushes, late events, restarts, changed definitions and partial ranges, each answered from tiles."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnomon import Aggregation, Entity, FeatureStore, FeatureView, FileSource, PushSource
from gnomon.errors import Error
from gnomon.types import Float64, Int64, UnixTimestamp

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
USER = Entity("user", join_keys=["user_id"])
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def events(*rows: tuple[int, dt.datetime, float]) -> pa.Table:
    users, times, amounts = zip(*rows, strict=True)
    return pa.table(
        {
            "user_id": pa.array(users, pa.int64()),
            "paid_at": pa.array(times, pa.timestamp("us", "UTC")),
            "amount": pa.array(amounts, pa.float64()),
        }
    )


def spend(source: FileSource | PushSource, *aggregations: Aggregation) -> FeatureView:
    kept = [Aggregation("amount", "sum", ["1h", "1d"]), Aggregation("*", "count", "1h")]
    return FeatureView("spend", entities=[USER], source=source, aggregations=[*kept, *aggregations])


def pushed_project(folder: Path) -> FeatureStore:
    from gnomon import Field

    (folder / "gnomon.yaml").write_text("project: shop\n")
    schema = [Field("user_id", Int64), Field("paid_at", UnixTimestamp), Field("amount", Float64)]
    source = PushSource("payments", timestamp_field="paid_at", schema=schema)
    store = FeatureStore(str(folder))
    store.apply([USER, source, spend(source)])
    return store


def filed_project(folder: Path, *rows: tuple[int, dt.datetime, float]) -> tuple[FeatureStore, FileSource]:
    (folder / "gnomon.yaml").write_text("project: shop\n")
    pq.write_table(events(*rows), folder / "payments.parquet")
    source = FileSource("payments", path="payments.parquet", timestamp_field="paid_at")
    store = FeatureStore(str(folder))
    store.apply([USER, source, spend(source)])
    return store, source


def answer(store: FeatureStore, at: dt.datetime, user: int = 1) -> dict[str, tuple[object, str]]:
    found = store.get_online_features(["spend"], [{"user_id": user}], as_of=at).to_dict(include_metadata=True)
    names = [name for name in found if f"{name}__status" in found]
    return {name: (found[name][0], found[f"{name}__status"][0]) for name in names}


def test_a_source_of_pushes_alone_is_complete_from_the_start(tmp_path: Path) -> None:
    store = pushed_project(tmp_path)
    assert answer(store, NOON) == {
        "amount_sum_1h": (None, "NULL_VALUE"),
        "amount_sum_1d": (None, "NULL_VALUE"),
        "count_1h": (0, "PRESENT"),
    }
    store.push("payments", events((1, NOON - 30 * MINUTE, 2.5), (1, NOON - 5 * HOUR, 10.0)))
    assert answer(store, NOON)["amount_sum_1d"] == (12.5, "PRESENT")
    store.push("payments", events((1, NOON - 20 * MINUTE, 1.0), (2, NOON - MINUTE, 7.0)))
    store.push("payments", events((1, NOON - 20 * MINUTE, 1.0)))  # equal rows are different events
    assert answer(store, NOON)["amount_sum_1h"] == (4.5, "PRESENT")
    assert answer(store, NOON)["count_1h"] == (3, "PRESENT")
    store.push("payments", events((1, NOON - 50 * MINUTE, 100.0)))  # late, and lands where it belongs
    assert answer(store, NOON)["amount_sum_1h"] == (104.5, "PRESENT")
    assert answer(store, NOON - 45 * MINUTE)["amount_sum_1h"] == (100.0, "PRESENT")
    store.close()


def test_pushes_are_not_counted_again_by_a_materialization_or_a_restart(tmp_path: Path) -> None:
    store = pushed_project(tmp_path)
    store.push("payments", events((1, NOON - 30 * MINUTE, 2.5)), to="online")
    store.push("payments", events((1, NOON - 10 * MINUTE, 1.0)))
    before = answer(store, NOON)
    store.materialize_incremental(NOON)
    store.close()
    store = FeatureStore(str(tmp_path))
    assert answer(store, NOON) == before
    store.materialize(NOON - DAY, NOON)
    assert answer(store, NOON) == before
    assert before["count_1h"] == (2, "PRESENT")
    store.close()


def test_training_leaves_out_what_was_pushed_online_only(tmp_path: Path) -> None:
    store = pushed_project(tmp_path)
    store.push("payments", events((1, NOON - 30 * MINUTE, 2.5)), to="online")
    store.push("payments", events((1, NOON - 10 * MINUTE, 1.0)))
    rows = pa.table({"user_id": [1], "event_timestamp": pa.array([NOON], pa.timestamp("us", "UTC"))})
    train = store.get_historical_features(rows, ["spend:count_1h"]).to_arrow()
    assert train["count_1h"].to_pylist() == [1]
    store.close()


def test_what_is_not_materialized_is_invalid_and_never_partial(tmp_path: Path) -> None:
    store, _ = filed_project(tmp_path, (1, NOON - 30 * HOUR, 1.0), (1, NOON - HOUR, 2.0), (1, NOON - MINUTE, 4.0))
    assert {status for _, status in answer(store, NOON).values()} == {"INVALID"}
    store.materialize(NOON - HOUR, NOON)  # reaches a day further back, by the longest window
    assert answer(store, NOON)["amount_sum_1d"] == (6.0, "PRESENT")
    early = answer(store, NOON - 3 * HOUR)
    assert early["amount_sum_1d"] == (None, "INVALID")
    assert early["amount_sum_1h"] == (None, "NULL_VALUE")
    store.materialize(NOON - 3 * DAY, NOON)
    assert answer(store, NOON - 3 * HOUR)["amount_sum_1d"] == (None, "NULL_VALUE")
    assert answer(store, NOON - 29 * HOUR)["amount_sum_1d"] == (1.0, "PRESENT")
    store.close()


def test_a_new_window_over_known_state_needs_nothing_built(tmp_path: Path) -> None:
    store, source = filed_project(tmp_path, (1, NOON - 2 * HOUR, 2.0), (1, NOON - MINUTE, 4.0))
    store.materialize_incremental(NOON)
    store.apply([spend(source, Aggregation("amount", "sum", "3h"), Aggregation("amount", "mean", "3h"))])
    served = answer(store, NOON)
    assert served["amount_sum_3h"] == (6.0, "PRESENT")
    assert served["amount_mean_3h"] == (3.0, "PRESENT")
    store.close()


def test_the_old_state_serves_until_the_new_one_is_built(tmp_path: Path) -> None:
    store, source = filed_project(tmp_path, (1, NOON - 2 * HOUR, 2.0), (1, NOON - MINUTE, 4.0))
    store.materialize_incremental(NOON)
    store.apply([spend(source, Aggregation("amount", "max", "1d"))])
    served = answer(store, NOON)
    assert served["amount_sum_1d"] == (6.0, "PRESENT")
    assert served["amount_max_1d"] == (None, "INVALID")
    store.materialize_incremental(NOON)
    assert answer(store, NOON)["amount_max_1d"] == (4.0, "PRESENT")
    store.close()


def test_a_read_sees_one_generation_whole_while_others_are_built(tmp_path: Path) -> None:
    """Each materialization builds a generation, switches to it and drops the one before, under reads that go on."""
    store, _ = filed_project(tmp_path, (1, NOON, 5.0), (1, NOON + 30 * MINUTE, 7.0))
    store.materialize(NOON - DAY, NOON + DAY)
    expected = answer(store, NOON + 31 * MINUTE)
    seen: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(answer(store, NOON + 31 * MINUTE))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(25):
        store.materialize(NOON - DAY, NOON + DAY)
    done.set()
    for reader in readers:
        reader.join()
    assert len(seen) >= 25
    assert [found for found in seen if found != expected] == []


def test_features_of_windows_cannot_be_written(tmp_path: Path) -> None:
    store = pushed_project(tmp_path)
    with pytest.raises(Error, match=r"GN406.*Push events"):
        store.write_to_online_store("spend", events((1, NOON, 1.0)))
    store.close()


def test_explain_names_what_makes_a_value(tmp_path: Path) -> None:
    store, _ = filed_project(tmp_path, (1, NOON - 2 * HOUR, 2.0), (1, NOON - MINUTE, 4.0), (1, NOON, 8.0))
    store.materialize_incremental(NOON + MINUTE)
    store.close()
    gnomon = Path(sys.executable).with_name("gnomon")
    at = ["--at", "2024-05-01T12:00:00Z"]
    asked = [gnomon, "explain", "spend:amount_sum_1d", "user_id=1", *at]
    told = json.loads(subprocess.run([*asked, "--json"], cwd=tmp_path, capture_output=True, check=True).stdout)
    counted = [event["value"] for event in told["events"]] or [tile["events"] for tile in told["tiles"]]
    assert counted == [4.0, 2.0]
    assert told["window"]["end"] == "2024-05-01T12:00:00Z"
    text = subprocess.run(asked, cwd=tmp_path, capture_output=True, check=True, text=True).stdout
    assert "counted" in text
    assert "2024-05-01T11:59:00Z" in text


@pytest.mark.parametrize("point", ["windows.while_building", "windows.before_switch", "windows.after_switch"])
def test_a_build_that_is_killed_leaves_the_old_or_the_new_state(tmp_path: Path, point: str) -> None:
    """And the next build starts on nothing: no event of a killed one counts twice."""
    store, _ = filed_project(tmp_path, (1, NOON - 2 * HOUR, 2.0), (1, NOON - MINUTE, 4.0))
    store.materialize(NOON - HOUR, NOON)
    store.close()
    gnomon = Path(sys.executable).with_name("gnomon")
    again = [gnomon, "materialize", "2024-05-01T11:00:00Z", "2024-05-01T12:00:00Z"]
    killed = subprocess.run(again, cwd=tmp_path, env=os.environ | {"GNOMON_CRASH_AT": point}, check=False)
    assert killed.returncode == 137  # the point was reached
    store = FeatureStore(str(tmp_path))
    assert answer(store, NOON)["amount_sum_1d"] == (6.0, "PRESENT")
    store.materialize(NOON - HOUR, NOON)
    assert answer(store, NOON)["amount_sum_1d"] == (6.0, "PRESENT")
    store.close()
