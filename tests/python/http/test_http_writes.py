"""/push, /write-to-online-store, /materialize and /materialize-incremental."""

import pytest
from meters import MetersProject, Server

LATE = "2024-06-01T11:30:00Z"


def power_at(server, at=LATE, number=7):
    request = {"features": ["reading:power"], "entities": {"site": ["north"], "number": [number]}, "as_of": at}
    return server.post("/get-online-features", request)["results"][2]["values"][0]


def rows(power, at="2024-06-01T11:00:00"):
    return {"site": ["north"], "number": [7], "at": [at], "power": [power]}


def test_push_is_online_unless_told_otherwise(server):
    answer = server.post("/push", {"push_source_name": "readings", "df": rows(12.5), "allow_registry_cache": True})
    assert answer is None
    assert power_at(server) == 12.5


def test_an_older_push_replaces_nothing(server):
    server.post("/push", {"push_source_name": "readings", "df": rows(12.5)})
    server.post("/push", {"push_source_name": "readings", "df": rows(1.5, at="2024-06-01T09:30:00"), "to": "online"})
    assert power_at(server) == 12.5
    assert power_at(server, at="2024-06-01T09:45:00Z") == 1.5


def test_every_type_travels(server):
    df = rows("NaN") | {
        "pulses": [2**55],
        "note": ["NaN"],
        "valid": [False],
        "raw": ["AP8h"],
        "checked_at": ["2024-06-01T10:00:00+02:00"],
        "phases": [[1, 2.5, "Infinity"]],
    }
    server.post("/push", {"push_source_name": "readings", "df": df, "to": "online_and_offline"})
    request = {"feature_service": "billing", "entities": {"site": ["north"], "number": [7]}, "as_of": LATE}
    results = server.post("/get-online-features", request)["results"]
    values = [result["values"][0] for result in results[2:]]
    assert values == ["NaN", 2**55, "NaN", False, "AP8h", 1717228800, [1.0, 2.5, "Infinity"]]


def test_write_to_online_store(server):
    body = {"feature_view_name": "reading", "df": rows(13.5), "allow_registry_cache": False, "transform_on_write": True}
    assert server.post("/write-to-online-store", body) is None
    assert power_at(server) == 13.5


def test_times_may_have_the_names_that_feasts_client_gives_them(server):
    df = rows(14.5) | {"event_timestamp": ["2024-06-01T11:10:00"], "created": [None]}
    del df["at"]
    assert server.post("/write-to-online-store", {"feature_view_name": "reading", "df": df}) is None
    assert power_at(server) == 14.5


@pytest.mark.parametrize(
    ("path", "body", "status", "class_name"),
    [
        ("/push", {"push_source_name": "nobody", "df": rows(1.0)}, 422, "PushSourceNotFoundException"),
        (
            "/write-to-online-store",
            {"feature_view_name": "nobody", "df": rows(1.0)},
            404,
            "FeatureViewNotFoundException",
        ),
        ("/push", {"push_source_name": "readings", "df": rows(1.0), "to": "nowhere"}, 400, "FeastError"),
        ("/push", {"push_source_name": "readings", "df": {"site": ["a"], "number": []}}, 400, "FeastError"),
        ("/push", {"push_source_name": "readings"}, 400, "FeastError"),
        (
            "/materialize",
            {"start_ts": "2024-06-01", "end_ts": "2024-06-02", "feature_views": ["x"]},
            404,
            "FeatureViewNotFoundException",
        ),
        ("/materialize", {"start_ts": "2024-06-01", "end_ts": "2024-06-02", "version": "v1"}, 501, "FeastError"),
        ("/materialize?async=true", {"start_ts": "2024-06-01", "end_ts": "2024-06-02"}, 501, "FeastError"),
    ],
)
def test_errors(server, path, body, status, class_name):
    assert server.post(path, body, status=status)["class"] == class_name


def test_materialize_over_http(tmp_path):
    folder = tmp_path / "meters"
    folder.mkdir()
    MetersProject(folder).run("apply")
    with Server(folder) as server:
        assert power_at(server, at="2024-06-01T08:30:00Z") is None
        assert (
            server.post("/materialize", {"start_ts": "2024-06-01T00:00:00", "end_ts": "2024-06-01T09:00:00+00:00"})
            is None
        )
        assert power_at(server, at="2024-06-01T08:30:00Z") == 1.0
        assert power_at(server) == 1.0 or power_at(server) is None  # 10:00 is not in [0:00, 9:00)
        assert (
            server.post("/materialize-incremental", {"end_ts": "2024-06-02T00:00:00Z", "feature_views": ["reading"]})
            is None
        )
        assert power_at(server) == 3.0


def test_the_future_is_refused(server):
    error = server.post("/materialize-incremental", {"end_ts": "2999-01-01"}, status=400)
    assert "GN404" in error["message"]
