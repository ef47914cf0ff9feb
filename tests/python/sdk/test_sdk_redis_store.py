"""`online_store: {type: redis}` in gnomon.yaml: the same answers, from a real server."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from redis_server import RedisServer

from gnomon import Aggregation, Entity, FeatureStore, FeatureView, FileSource, PushSource, last
from gnomon.errors import Error

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HOUR, DAY, MINUTE = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(minutes=1)
ASKED = [{"user_id": user} for user in (0, 1, 2, 9, None)]


def project(folder: Path, settings: str) -> FeatureStore:
    folder.mkdir()
    (folder / "gnomon.yaml").write_text(settings)
    times = [NOON - MINUTE * 17 * i for i in range(300)]
    rows = {"user_id": [i % 3 for i in range(300)], "at": times, "amount": [float(i) for i in range(300)]}
    pq.write_table(pa.table(rows), folder / "rows.parquet")
    user = Entity("user", join_keys=["user_id"])
    source = PushSource("rows", batch_source=FileSource("file", path="rows.parquet", timestamp_field="at"))
    latest = FeatureView("latest", entities=[user], source=source, ttl="1d", as_of_retention="all")
    windows = [
        Aggregation("amount", "sum", ["1h", "12h", "2d", "lifetime"]),
        Aggregation("amount", "count", last(5)),
        Aggregation("amount", "last_n", "1d", n=3),
    ]
    spend = FeatureView("spend", entities=[user], source=source, aggregations=windows)
    store = FeatureStore(str(folder))
    store.apply([user, source, latest, spend])
    store.materialize(NOON - 30 * DAY, NOON + DAY)
    return store


def answers(store: FeatureStore) -> list[object]:
    responses = [
        store.get_online_features(["latest", "spend"], ASKED, as_of=NOON - MINUTE * back)
        for back in (-60, 0, 431, 1800)
    ]
    return [(response.to_dict(include_metadata=True), response.errors) for response in responses]


def push(store: FeatureStore, times: list[dt.datetime]) -> None:
    rows = {"user_id": [0] * len(times), "at": times, "amount": [float(i) for i in range(len(times))]}
    store.push("rows", pa.table(rows))


def test_it_answers_as_the_embedded_store_does(tmp_path: Path, redis: RedisServer) -> None:
    usual = project(tmp_path / "usual", "online_store: embedded\n")
    small = project(tmp_path / "small", redis.settings(key_prefix="answers"))
    assert answers(small) == answers(usual)
    for store in (small, usual):
        push(store, [NOON - MINUTE, NOON - 40 * HOUR, NOON - 3 * HOUR])
    assert answers(small) == answers(usual)
    for store in (small, usual):
        store.materialize_incremental(NOON + DAY)  # what was pushed is not counted again
    assert answers(small) == answers(usual)
    small.close()
    assert answers(FeatureStore(str(tmp_path / "small"))) == answers(usual), "by another process, or later"


def test_a_request_looks_once_at_each_key(tmp_path: Path, redis: RedisServer) -> None:
    store = project(tmp_path / "shop", redis.settings(key_prefix="once"))
    for back in (-60, 0, 7, 431, 1800):
        redis.call("CONFIG", "RESETSTAT")
        store.get_online_features(["latest", "spend"], ASKED, as_of=NOON - MINUTE * back)
        lines = redis.call("INFO", "commandstats").splitlines()
        calls = {
            line.split(":")[0][8:]: int(line.split("calls=")[1].split(",")[0]) for line in lines if "calls=" in line
        }
        assert (calls["get"], calls["evalsha"]) == (4, 4), "rows and windows of four users; a null key is no key"


def test_nothing_is_left_of_windows_that_were_replaced(tmp_path: Path, redis: RedisServer) -> None:
    store = project(tmp_path / "shop", redis.settings(key_prefix="gone"))
    assert len(redis.call("KEYS", "gone:*").splitlines()) == 1 + 3 + 3
    store.materialize(NOON - 30 * DAY, NOON + DAY)
    assert len(redis.call("KEYS", "gone:*").splitlines()) == 1 + 3 + 3, "the windows of before were dropped"


def test_it_has_one_owner(tmp_path: Path, redis: RedisServer) -> None:
    store = project(tmp_path / "shop", redis.settings(key_prefix="owner"))
    other = "import sys, gnomon; gnomon.FeatureStore(sys.argv[1]).materialize_incremental(sys.argv[2])"
    command = [sys.executable, "-c", other, str(tmp_path / "shop"), "2024-05-02T00:00:00Z"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode != 0 and "GN510" in refused.stderr
    reader = FeatureStore(str(tmp_path / "shop"), read_only=True)
    assert answers(reader) == answers(store)


def test_a_server_that_is_down_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    server = RedisServer(tmp_path / "data")
    try:
        store = project(tmp_path / "shop", server.settings())
        before = answers(store)
        server.stop()
        with pytest.raises(Error, match="GN530"):
            answers(store)
        server.start()
        time.sleep(0.6)  # for half a second nobody asks a server that failed
        assert answers(store) == before
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{type: redis, password: secret}", "GN120.*a password does not belong"),
        ('{type: redis, connection: "redis://me:secret@localhost"}', "GN532.*holds a password"),
        ('{type: redis, connection: "rediss://localhost"}', "GN532.*TLS"),
        ('{type: redis, connection: "localhost:6379"}', "GN532"),
        ("{type: redis, password: '${env:GNOMON_NO_SUCH_VARIABLE}'}", "GN532.*GNOMON_NO_SUCH_VARIABLE"),
        ("{type: sqlite, replicas: 1}", "GN120.*no settings but its type"),
        ("{type: redis, replicas: many}", "GN120.*whole number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, settings: str, told: str) -> None:
    with pytest.raises(Error, match=told):
        project(tmp_path / "shop", f"online_store: {settings}\n")
