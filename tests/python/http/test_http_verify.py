"""What a server answers is logged as gnomon.yaml says, counted, written when it stops, and verified beside it."""

import json
import threading

import pyarrow.parquet as pq
import pytest
from meters import FEATURES, MetersProject, Server, hour, row

ASKED = {"feature_service": "billing", "entities": {"site": ["north", "north", "nowhere"], "number": [7, 8, 1]}}


@pytest.fixture
def logged(tmp_path):
    """A materialized project whose server logs every answer."""
    folder = tmp_path / "meters"
    folder.mkdir()
    (folder / "gnomon.yaml").write_text("served_log: {sample: 1, roll_every: 1h}\n")
    meters = MetersProject(folder)
    meters.run("apply")
    meters.run("materialize", "2024-06-01", "2024-06-02")
    return meters


def files(project):
    return sorted((project.folder / ".gnomon" / "served").rglob("*.parquet"))


def metrics(server):
    lines = server.request("GET", "/metrics")[2].splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith("gnomon_served_log"))


def test_answers_are_verified_beside_the_server(logged):
    with Server(logged.folder) as server:
        for at in (None, "2024-06-01T10:30:00Z", "2024-06-01T08:59:59.999999Z"):
            server.post("/v1/features", ASKED | ({"as_of": at} if at else {}))
        server.post("/get-online-features", ASKED)
        assert metrics(server)['gnomon_served_log_answers_total{outcome="logged"}'] == "4"
        assert files(logged) == []  # an hour has not passed
        report = logged.json("verify")  # the server is asked, and writes what it has first
        assert report["all_match"] and report["answers"] == 4 and report["rows"] == 12
        assert {feature["name"] for feature in report["features"]} == {f"reading:{name}" for name in FEATURES}
        assert metrics(server)["gnomon_served_log_files_total"] == "1"
        assert "100 %" in logged.run("verify", "billing").stdout
        assert server.post("/v1/verify", {"feature_service": "billing"})["answers"] == 4
    assert len(files(logged)) == 1


def test_what_waits_is_written_when_the_server_stops(logged):
    with Server(logged.folder) as server:
        server.post("/v1/features", ASKED)
        assert files(logged) == []
    [file] = files(logged)
    assert file.parent.name == "billing" and pq.read_table(file).num_rows == 3
    assert logged.json("verify")["all_match"]  # without a server


def test_a_sample_of_nothing_keeps_nothing(logged):
    (logged.folder / "gnomon.yaml").write_text("served_log: {sample: 0}\n")
    with Server(logged.folder) as server:
        server.post("/v1/features", ASKED)
        assert metrics(server)['gnomon_served_log_answers_total{outcome="logged"}'] == "0"
    assert files(logged) == []
    assert "no logged answers" in logged.run("verify").stdout


def test_old_files_are_removed(logged):
    (logged.folder / "gnomon.yaml").write_text("served_log: {sample: 1, keep: 1d}\n")
    old = logged.folder / ".gnomon" / "served" / "billing" / "1700000000000000-00.parquet"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"whatever it was")
    with Server(logged.folder) as server:
        server.post("/v1/features", ASKED)
    assert not old.exists() and len(files(logged)) == 1


@pytest.mark.parametrize("settings", ["sample: 2", "sample: some", "roll_every: 0", "kept: 1d"])
def test_settings_are_checked(logged, settings):
    (logged.folder / "gnomon.yaml").write_text(f"served_log: {{{settings}}}\n")
    error = logged.error("serve", "--port", "0")
    assert error["id"] == "GN120" and "gnomon.yaml:1" in error["where"]


def test_a_rewritten_file_fails_with_3(logged):
    with Server(logged.folder) as server:
        server.post("/v1/features", ASKED | {"as_of": "2024-06-01T10:30:00Z"})
    logged.write([row("north", 7, hour(10), 4.0, pulses=5), row("north", 8, hour(8), 1.0)])
    shown = logged.run("verify", code=3).stdout
    assert "SOURCE_CHANGED" in shown and "VALUES DIFFER" in shown
    report = logged.json("verify", code=3)
    power = next(feature for feature in report["features"] if feature["name"] == "reading:power")
    assert power["first_differing"][0]["served"] == "3" and power["first_differing"][0]["expected"] == "4"


def test_reads_during_writes_are_explained(logged):
    """Answers that overlap pushes are those of before or after, and verify knows which are possible."""
    with Server(logged.folder) as server:
        stopped = threading.Event()

        def push():
            with _connection(server) as pushing:
                number = 0
                while not stopped.is_set():
                    number += 1
                    rows = {"site": ["north", "north"], "number": [7, 8], "at": ["2024-06-01T10:00:00Z"] * 2}
                    _post(pushing, "/v1/push/readings", {"df": rows | {"power": [float(number)] * 2}})

        writer = threading.Thread(target=push)
        writer.start()
        seen, answers = set(), 0
        while answers < 300 or len(seen) < 10:  # reads may be much quicker than pushes
            answer = server.post("/v1/features", ASKED | {"as_of": "2024-06-01T10:30:00Z"})
            seen.add(answer["features"][0]["values"][0])
            answers += 1
        stopped.set()
        writer.join()
        report = server.post("/v1/verify", {})
        assert report["all_match"], report
        assert report["answers"] == answers


def _connection(server):
    import contextlib
    import http.client

    return contextlib.closing(http.client.HTTPConnection(server.address, timeout=60))


def _post(connection, path, body):
    connection.request("POST", path, json.dumps(body))
    response = connection.getresponse()
    text = response.read().decode()
    assert response.status == 200, text
