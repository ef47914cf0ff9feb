"""The command line beside a running server, and over HTTP."""

import json
import os
import stat

import pytest
from meters import MetersProject, Server

AT = ["--at", "2024-06-01T08:30:00Z"]


@pytest.fixture
def served(tmp_path):
    folder = tmp_path / "meters"
    folder.mkdir()
    meters = MetersProject(folder)
    meters.run("apply")
    meters.run("materialize", "2024-06-01", "2024-06-02")
    with Server(folder) as server:
        yield meters, server


def test_the_socket_is_for_its_owner_alone_and_goes_with_the_server(served):
    meters, server = served
    socket = meters.folder / ".gnomon" / "gnomon.sock"
    assert stat.S_IMODE(os.stat(socket).st_mode) == 0o600
    server.stop()
    assert not socket.exists()


@pytest.mark.parametrize("how", ["socket", "option", "environment"])
def test_get(served, tmp_path, how):
    meters, server = served
    url = f"http://{server.address}"
    words, env, cwd = [], {}, tmp_path  # no project in this folder
    if how == "socket":
        cwd = meters.folder
    elif how == "option":
        words = ["--server", url]
    else:
        env = {"GNOMON_SERVER": url}
    done = meters.run("get", "billing", "site=north", "number=7", *AT, "--json", *words, cwd=cwd, env=env)
    over_http = json.loads(done.stdout)
    server.stop()
    embedded = meters.json("get", "billing", "site=north", "number=7", *AT)
    assert over_http == embedded
    assert over_http["features"]["power"] == {
        "value": 1.0,
        "status": "PRESENT",
        "event_time": "2024-06-01T08:00:00Z",
        "age_seconds": 1800.0,
    }


def test_writes_are_carried_out_by_the_server(served):
    meters, server = served
    (meters.folder / "new.ndjson").write_text(
        '{"site": "north", "number": 7, "at": "2024-06-01T11:00:00Z", "power": 9.5}\n'
    )
    assert meters.json("push", "readings", "new.ndjson") == {"rows": 1, "rows_quarantined": 0, "views": ["reading"]}
    got = meters.json("get", "reading:power", "site=north", "number=7", "--at", "2024-06-01T11:30:00Z")
    assert got["features"]["power"]["value"] == 9.5
    assert meters.json("materialize-incremental", "now")["views"][0]["view"] == "reading"
    assert meters.json("materialize", "2024-06-01", "2024-06-02", "--views", "reading")["views"][0]["rows_written"]
    assert meters.json("run")["status"] == "ok"
    assert {"run", "materialize", "materialize_incremental"} <= {run["kind"] for run in meters.json("runs")}
    assert server.request("GET", "/health")[0] == 200


def test_what_needs_no_store_works_beside_a_server(served):
    meters, _ = served
    assert meters.json("list", "views")[0]["name"] == "reading"
    assert meters.json("describe", "reading")["version"] == 1
    assert meters.json("plan")["changes"] == []
    assert meters.json("validate")


def test_errors_come_through(served):
    meters, server = served
    assert meters.error("get", "nobody", "site=north", "number=7")["id"] == "GN102"
    over_http = meters.error("get", "nobody", "site=north", "number=7", "--server", f"http://{server.address}")
    assert (over_http["id"], over_http["code"]) == ("GN102", "NotFound")


@pytest.mark.parametrize(
    ("address", "id"),
    [
        ("http://127.0.0.1:9", "GN631"),
        ("https://127.0.0.1:9", "GN631"),
        ("ftp://127.0.0.1:9", "GN635"),
        ("127.0.0.1:6566", "GN631"),
        ("http://x", "GN635"),
    ],
)
def test_no_server_there(served, address, id):
    meters, _ = served
    assert meters.error("get", "billing", "site=north", "number=7", "--server", address)["id"] == id


def test_a_dead_server_is_not_in_the_way(served):
    meters, server = served
    server.process.kill()
    server.process.wait()
    server.stopped = True
    assert (meters.folder / ".gnomon" / "gnomon.sock").exists()
    assert meters.json("get", "billing", "site=north", "number=7", *AT)["features"]["power"]["value"] == 1.0
