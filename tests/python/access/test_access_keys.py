"""API keys on a running server: what they are limited to, when they come and go, and what the audit log says of it."""

import http.client
import json
import os
import socket
import stat
import time

import pytest
from guarded import asking, bearer, rows
from meters import Server


@pytest.fixture
def keys(guarded):
    return {
        "all": guarded.key("all", "--role", "admin"),
        "one view": guarded.key("one", "--role", "writer", "--views", "reading"),
        "computed": guarded.key("computed", "--role", "reader", "--views", "reading", "--views", "doubled"),
        "service": guarded.key("service", "--role", "reader", "--services", "mixed"),
    }


@pytest.fixture
def server(guarded, keys):
    with Server(guarded.folder) as running:
        yield running


def soon(condition):
    """Waits for what takes effect within a second; the long limit is for slow machines."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_without_keys_nobody_is_asked_and_the_first_key_changes_that(guarded):
    with Server(guarded.folder) as server:
        assert server.request("POST", "/v1/features", asking("reading:power"))[0] == 200
        key = guarded.key("first", "--role", "reader")
        assert soon(lambda: server.request("POST", "/v1/features", asking("reading:power"))[0] == 401)
        assert server.request("POST", "/v1/features", asking("reading:power"), key)[0] == 200
        guarded.run("key", "revoke", "first")
        assert soon(lambda: server.request("POST", "/v1/features", asking("reading:power"), key)[0] == 401)


def test_a_key_that_is_made_or_revoked_counts_without_a_restart(guarded, server):
    key = guarded.key("late", "--allow", "read_online")
    assert soon(lambda: server.request("POST", "/v1/features", asking("reading:power"), key)[0] == 200)
    guarded.run("key", "revoke", "late")
    assert soon(lambda: server.request("POST", "/v1/features", asking("reading:power"), key)[0] == 401)
    text = server.request("POST", "/v1/features", asking("reading:power"), key)[2]
    assert "revoked" in json.loads(text)["message"]


READS = {
    "its view": (asking("reading:power"), {"one view", "computed"}),
    "another view": (asking("secret:pulses"), set()),
    "another view beside its own": (asking("reading:power", "secret:pulses"), set()),
    "a service that reads another view": (asking(service="mixed"), {"service"}),
    "the same features, not by the service": (asking("reading:power", "secret:pulses"), set()),
    "a service of its view": (asking(service="billing"), {"one view", "computed"}),
    "computed from its view": (asking("doubled:twice"), {"computed"}),
    "computed from another view": (asking("leak:leaked"), set()),
    "a service of what is computed from another view": (asking(service="leaky"), set()),
}


@pytest.mark.parametrize("case", READS)
@pytest.mark.parametrize("path", ["/v1/features", "/get-online-features", "/v1/training-set"])
def test_a_limited_key_reads_what_all_its_inputs_allow(server, keys, path, case):
    body, allowed = READS[case]
    if path == "/v1/training-set":
        body = {name: value for name, value in body.items() if name not in ("entities", "as_of")}
        body["entity_df"] = {"site": ["north"], "number": [7], "event_timestamp": ["2024-06-01T10:30:00Z"]}
    for caller, key in keys.items():
        status, _, text = server.request("POST", path, body, key)
        assert status == (200 if caller in allowed | {"all"} else 403), f"{caller}: {status} {text}"


WRITES = {
    "a source that feeds both views": ("/v1/push/readings", {"df": rows()}, 403),
    "its view": ("/v1/write-to-online-store/reading", {"df": rows()}, 200),
    "another view": ("/v1/write-to-online-store/secret", {"df": rows()}, 403),
    "all views": ("/v1/materialize", {"start_date": "2024-06-01", "end_date": "2024-06-02"}, 403),
    "its view, loaded": (
        "/v1/materialize",
        {"start_date": "2024-06-01", "end_date": "2024-06-02", "feature_views": ["reading"]},
        200,
    ),
    "both views, loaded": (
        "/v1/materialize-incremental",
        {"end_date": "2024-06-02", "feature_views": ["reading", "secret"]},
        403,
    ),
    "the pipeline": ("/v1/run", {}, 403),
    "logged answers": ("/v1/verify", {}, 403),
}


@pytest.mark.parametrize("case", WRITES)
def test_a_limited_key_writes_only_its_views(server, keys, case):
    path, body, expected = WRITES[case]
    status, _, text = server.request("POST", path, body, keys["one view"])
    assert status == expected, text


def test_what_is_set_aside_is_values_too(server, keys):
    assert server.request("GET", "/v1/quarantine?name=reading", headers=keys["one view"])[0] == 200
    for query in ("", "?name=secret", "?name=readings_file"):
        assert server.request("GET", f"/v1/quarantine{query}", headers=keys["one view"])[0] == 403
        assert server.request("GET", f"/v1/quarantine{query}", headers=keys["all"])[0] == 200


def test_a_body_is_not_waited_for_before_the_caller_is_known(server):
    host, port = server.address.split(":")
    head = "POST /v1/features HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall((head + "Expect: 100-continue\r\n\r\n").encode())
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 401 "), answer
    assert b"WWW-Authenticate: Bearer" in answer


def test_an_authorized_body_is_read_after_100_continue(server, keys):
    host, port = server.address.split(":")
    body = json.dumps(asking("reading:power")).encode()
    head = f"POST /v1/features HTTP/1.1\r\nHost: x\r\nAuthorization: {keys['all']['Authorization']}\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall((head + f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n").encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_the_sockets_owner_may_do_everything(guarded, server):
    answer = guarded.json("get", "reading:power", "site=north", "number=7", "--at", "2024-06-01T10:30:00Z")
    assert answer["features"]["power"]["value"] == 3.0
    guarded.run("materialize", "2024-06-01", "2024-06-02")
    line = guarded.audit()[-1]
    assert (line["principal"], line["peer"]) == (f"user {os.getuid()}", "unix")
    assert (line["action"], line["outcome"]) == ("write_online", "allowed")


def test_the_audit_log_tells_of_changes_and_refusals_and_of_no_secret(guarded, server, keys):
    server.request("POST", "/v1/push/readings", {"df": rows(power=4242.5)}, keys["all"])
    server.request("POST", "/v1/features", asking("secret:pulses"), keys["one view"])
    server.request("POST", "/v1/features", asking("reading:power"), bearer("gn_wrong"))
    assert server.request("POST", "/v1/features", asking("reading:power"), keys["all"])[0] == 200
    assert soon(lambda: len(guarded.audit()) >= 8)
    lines = guarded.audit()
    told = [(line["principal"], line["action"], line["resource"], line["outcome"]) for line in lines]
    assert told[0][1:] == ("update", "definitions, revision 1", "allowed")
    assert told[1][1:] == ("create", "key all", "allowed")
    push = "POST /v1/push/{source} source readings"
    assert told[5] == ("key all", "write_online", push, "allowed")
    assert sorted(told[6:]) == [
        ("", "read_online", "POST /v1/features", "unauthenticated"),
        ("key one", "read_online", "POST /v1/features secret:pulses", "denied"),
    ]
    assert all(line["peer"].startswith("127.0.0.1:") for line in lines[5:])
    text = (guarded.folder / ".gnomon" / "audit.ndjson").read_text()
    for secret in ("4242", "gn_", *(key["Authorization"].split()[1] for key in keys.values())):
        assert secret not in text


def test_a_flood_of_refusals_leaves_few_lines_and_a_count(guarded, server):
    before = len(guarded.audit())
    for _ in range(400):
        server.request("GET", "/metrics")
    server.stop()
    lines = guarded.audit()[before:]
    listed = [line for line in lines if "not_listed" not in line]
    assert len(listed) + sum(line.get("not_listed", 0) for line in lines) == 400


def test_files_are_their_owners_only(guarded, server, keys):
    folder = guarded.folder / ".gnomon"
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700
    for file in [folder / "audit.ndjson", *(folder / "keys").iterdir()]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    stored = "".join(file.read_text() for file in (folder / "keys").iterdir())
    for key in keys.values():
        assert key["Authorization"].split()[1] not in stored


def test_a_moved_audit_log_is_begun_anew(guarded, server):
    log = guarded.folder / ".gnomon" / "audit.ndjson"
    log.rename(log.with_name("audit.1.ndjson"))
    server.request("GET", "/metrics")
    assert soon(log.exists)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_damaged_key_takes_no_other_caller_in(guarded, server, keys):
    (guarded.folder / ".gnomon" / "keys" / "all.json").write_text("{}")
    (guarded.folder / ".gnomon" / "keys" / "new.json").write_text("{}")
    assert soon(lambda: server.request("GET", "/metrics", headers=keys["service"])[0] == 401)
    assert guarded.error("key", "list")["id"] == "GN644"


def test_the_command_line_of_keys(guarded):
    made = guarded.run("key", "create", "ci", "--allow", "read_online", "--allow", "describe", "--expires", "30d")
    assert len(made.stdout.strip()) == len("gn_") + 43
    (key,) = guarded.json("key", "list")
    assert (key["name"], key["actions"], key["good"]) == ("ci", ["describe", "read_online"], True)
    assert guarded.error("key", "create", "ci", "--role", "reader")["id"] == "GN646"
    assert guarded.error("key", "create", "../x", "--role", "reader")["id"] == "GN646"
    assert guarded.error("key", "create", "x", "--role", "emperor")["id"] == "GN645"
    assert guarded.error("key", "create", "x", "--allow", "fly")["id"] == "GN645"
    assert guarded.error("key", "create", "x", code=2)["id"] == "GN700"
    assert guarded.error("key", "revoke", "nobody")["code"] == "NotFound"
    assert "Revoked ci." in guarded.run("key", "revoke", "ci").stdout
    assert guarded.json("key", "list")[0]["good"] is False


def test_a_kept_connection_is_asked_each_time(guarded, server, keys):
    connection = http.client.HTTPConnection(server.address, timeout=60)
    for headers, status in ((keys["all"], 200), (keys["all"], 200), ({}, 401), (keys["all"], 200)):
        connection.request("POST", "/v1/features", json.dumps(asking("reading:power")), headers)
        response = connection.getresponse()
        response.read()
        assert response.status == status
    connection.close()
