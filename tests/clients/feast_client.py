"""Feast's own client against a feature server; run where feast is installed, with the server's URL and a folder.

A third word is JSON: `auth` as in feature_store.yaml, and `cert`, the file that says which server to trust. Prints one
JSON object: what each call answered, or the class and text of the exception it raised.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
from feast import (
    Entity,
    FeatureService,
    FeatureStore,
    FeatureView,
    Field,
    FileSource,
    PushSource,
    RepoConfig,
    ValueType,
)
from feast.data_source import PushMode
from feast.types import Array, Bool, Bytes, Float64, Int64, String, UnixTimestamp

URL, FOLDER = sys.argv[1], Path(sys.argv[2])
ACCESS = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ["power", "pulses", "note", "valid", "raw", "checked_at", "phases"]
TYPES = [Float64, Int64, String, Bool, Bytes, UnixTimestamp, Array(Float64)]


def open_store():
    """A project whose online store is the server; its own registry says what the server's project says."""
    config = RepoConfig(
        project="meters",
        provider="local",
        registry=str(FOLDER / "registry.db"),
        online_store={"type": "remote", "path": URL, "cert": ACCESS.get("cert", "")},
        auth=ACCESS.get("auth", {"type": "no_auth"}),
        entity_key_serialization_version=3,
    )
    store = FeatureStore(config=config)
    batch = FileSource(name="readings_file", path=str(FOLDER / "unused.parquet"), timestamp_field="event_timestamp")
    site = Entity(name="site", join_keys=["site"], value_type=ValueType.STRING)
    number = Entity(name="number", join_keys=["number"], value_type=ValueType.INT64)
    schema = [Field(name=name, dtype=dtype) for name, dtype in zip(NAMES, TYPES, strict=True)]
    keys = [Field(name="site", dtype=String), Field(name="number", dtype=Int64)]
    view = FeatureView(
        name="reading",
        entities=[site, number],
        schema=keys + schema,
        source=PushSource(name="readings", batch_source=batch),
        ttl=timedelta(hours=3),
    )
    ghost = FeatureView(
        name="ghost", entities=[site], schema=[keys[0], Field(name="x", dtype=Int64)], source=batch, ttl=timedelta(0)
    )
    pd.DataFrame(
        {"site": ["a"], "number": [1], "x": [1], "event_timestamp": [NOW], **{name: [None] for name in NAMES}}
    ).to_parquet(FOLDER / "unused.parquet")
    store.apply([site, number, view, ghost, FeatureService(name="billing", features=[view])])
    return store


def rows(number, power, minutes=1, **more):
    frame = {"site": ["north"], "number": [number], "event_timestamp": [NOW - timedelta(minutes=minutes)]}
    frame |= {name: [None] for name in NAMES} | {"power": [power]} | {name: [value] for name, value in more.items()}
    return pd.DataFrame(frame)


def read(store, features, numbers):
    answer = store.get_online_features(features=features, entity_rows=[{"site": "north", "number": n} for n in numbers])
    return answer.to_dict()


def attempt(call):
    try:
        return call()
    except Exception as error:
        return {"raised": type(error).__name__, "text": str(error)}


def plain(value):
    """What JSON has no form for."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def main():
    store = open_store()
    billing = store.get_feature_service("billing")
    answers = {
        "materialize": attempt(lambda: store.materialize(NOW - timedelta(hours=2), NOW - timedelta(hours=1))),
        "materialized": attempt(lambda: read(store, ["reading:power", "reading:pulses", "reading:raw"], [7, 8, 99])),
        "incremental": attempt(lambda: store.materialize_incremental(NOW, feature_views=["reading"])),
        "later": attempt(lambda: read(store, ["reading:power"], [7, 8])),
    }
    every_type = {"pulses": 2**53 + 1, "note": 'say "hi"', "valid": True, "phases": [1.0, 2.5]}
    frame = rows(20, 1.0, **every_type, checked_at=NOW - timedelta(hours=1))
    answers |= {
        "write": attempt(lambda: store.write_to_online_store("reading", frame)),
        "written": attempt(lambda: read(store, billing, [20])),
        "push": attempt(lambda: store.push("readings", rows(21, 2.5), to=PushMode.ONLINE)),
        "pushed": attempt(lambda: read(store, ["reading:power", "reading:note"], [21])),
        "older_push": attempt(lambda: store.push("readings", rows(21, 1.5, minutes=2), to=PushMode.ONLINE)),
        "newest_wins": attempt(lambda: read(store, ["reading:power"], [21])),
        "full_names": attempt(
            lambda: store.get_online_features(
                ["reading:power"], [{"site": "north", "number": 21}], full_feature_names=True
            ).to_dict()
        ),
        "unknown_view": attempt(lambda: read(store, ["ghost:x"], [1])),
        "missing_key": attempt(lambda: store.get_online_features(["reading:power"], [{"site": "north"}]).to_dict()),
        "bad_value": attempt(lambda: store.write_to_online_store("reading", rows(22, "much"))),
        "checked_at": int((NOW - timedelta(hours=1)).timestamp()),
    }
    print(json.dumps(answers, default=plain))


main()
