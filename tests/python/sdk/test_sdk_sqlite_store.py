"""`online_store: sqlite` in gnomon.yaml: the same answers from one SQLite file."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnomon import Aggregation, Entity, FeatureStore, FeatureView, FileSource
from gnomon.errors import Error

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def project(folder: Path, settings: str) -> FeatureStore:
    folder.mkdir()
    (folder / "gnomon.yaml").write_text(settings)
    times = [NOON - HOUR * i for i in range(50)]
    rows = {"user_id": [i % 3 for i in range(50)], "at": times, "amount": [float(i) for i in range(50)]}
    pq.write_table(pa.table(rows), folder / "rows.parquet")
    user = Entity("user", join_keys=["user_id"])
    source = FileSource("rows", path="rows.parquet", timestamp_field="at")
    latest = FeatureView("latest", entities=[user], source=source, ttl="1d", as_of_retention="all")
    spend = FeatureView("spend", entities=[user], source=source, aggregations=[Aggregation("amount", "sum", "12h")])
    store = FeatureStore(str(folder))
    store.apply([user, source, latest, spend])
    store.materialize(NOON - 3 * DAY, NOON + DAY)
    return store


def answers(store: FeatureStore) -> list[object]:
    asked = [{"user_id": user} for user in (0, 1, 2, 9, None)]
    return [
        store.get_online_features(["latest", "spend"], asked, as_of=NOON - HOUR * back).to_dict(include_metadata=True)
        for back in (-1, 0, 7, 30)
    ]


@pytest.mark.parametrize("settings", ["online_store: sqlite\n", "online_store: {type: sqlite}\n"])
def test_it_answers_as_the_embedded_store_does(tmp_path: Path, settings: str) -> None:
    small = project(tmp_path / "small", settings)
    assert answers(small) == answers(project(tmp_path / "usual", "online_store: embedded\n"))
    file = tmp_path / "small" / ".gnomon" / "online" / "online.sqlite"
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        assert database.execute("select count(*) from rows").fetchone()[0] == 50


def test_it_has_one_owner_and_survives_it(tmp_path: Path) -> None:
    store = project(tmp_path / "shop", "online_store: sqlite\n")
    before = answers(store)
    other = "import sys, gnomon; gnomon.FeatureStore(sys.argv[1]).materialize_incremental(sys.argv[2])"
    command = [sys.executable, "-c", other, str(tmp_path / "shop"), "2024-05-02T00:00:00Z"]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode != 0 and "GN510" in refused.stderr
    store.close()
    assert answers(FeatureStore(str(tmp_path / "shop"))) == before


def test_another_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gnomon.yaml").write_text("online_store: dynamodb\n")
    with pytest.raises(Error, match="GN121"):
        FeatureStore(str(tmp_path)).plan()
