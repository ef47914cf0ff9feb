"""The server as a process: routes, limits, hostile clients, start and stop."""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading

import pytest
from meters import GNOMON, Server

GOOD = json.dumps(
    {"features": ["reading:power"], "entities": {"site": ["north"], "number": [7]}, "as_of": "2024-06-01T08:30Z"}
)


def connect(server):
    host, port = server.address.split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def read_all(raw):
    received = b""
    while piece := raw.recv(65536):
        received += piece
    return received


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_health(server):
    status, _, text = server.request("GET", "/health")
    assert (status, text) == (200, "")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 404, None),
        ("POST", "/nothing", 404, None),
        ("GET", "/push/", 404, None),
        ("GET", "/../etc/passwd", 404, None),
        ("GET", "/get-online-features", 405, "POST"),
        ("DELETE", "/push", 405, "POST"),
        ("POST", "/health", 405, "GET"),
    ],
)
def test_unknown_routes_and_methods(server, method, path, status, allow):
    got, headers, text = server.request(method, path)
    assert got == status
    assert headers["Allow"] == allow
    assert json.loads(json.loads(text))["message"].startswith("GN")


def test_a_page_from_elsewhere_may_not_call(server):
    status, _, _ = server.request("POST", "/get-online-features", GOOD, {"Origin": "https://evil.example"})
    assert status == 403
    status, _, _ = server.request("POST", "/get-online-features", GOOD, {"Origin": f"http://{server.address}"})
    assert status == 200


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
def test_the_content_type_does_not_matter(server, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    assert server.request("POST", "/get-online-features", GOOD, headers)[0] == 200


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[1]", "{", "[" * 100_000, '{"a":' * 100_000, '{"features":["\\ud800"]}', "\x00"]
)
def test_bad_bodies(server, text):
    assert server.request("POST", "/get-online-features", text)[0] == 400
    assert server.request("POST", "/get-online-features", GOOD)[0] == 200


def test_a_hundred_megabytes_are_refused_and_never_held(server):
    server.request("POST", "/get-online-features", GOOD)
    before = resident_bytes(server.process)
    with connect(server) as raw:
        raw.sendall(b"POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n")
        for _ in range(100):
            raw.sendall(b" " * (1 << 20))
        reply = read_all(raw)
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"GN617" in reply
    assert b"Send fewer rows at a time" in reply
    assert resident_bytes(server.process) - before < 16 * 1024 * 1024


def test_header_limit(server):
    status, _, _ = server.request("GET", "/health", headers={"X-Large": "x" * 20_000})
    assert status == 431


def test_pipelining(server):
    one = f"POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: {len(GOOD)}\r\n\r\n{GOOD}"
    last = one.replace("Host: x", "Host: x\r\nConnection: close")
    with connect(server) as raw:
        raw.sendall((one * 20 + last).encode())
        reply = read_all(raw)
    assert reply.count(b"HTTP/1.1 200 OK") == 21
    assert reply.count(b'"values":[1.0]') == 21


def test_many_clients(server):
    failures = []

    def client():
        connection = http.client.HTTPConnection(server.address, timeout=60)
        for _ in range(100):
            connection.request("POST", "/get-online-features", GOOD)
            response = connection.getresponse()
            if response.status != 200 or b'"values":[1.0]' not in response.read():
                failures.append(response.status)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(materialized, how):
    with Server(materialized.folder) as server:
        assert server.request("GET", "/health")[0] == 200  # and leaves an idle connection
        assert server.stop(how) == 0
        assert server.process.stdout.read() == ""  # one line was all
        assert server.process.stderr.read() == ""
    with Server(materialized.folder):
        pass


def test_a_second_server_is_told_who_owns_the_store(materialized):
    with Server(materialized.folder) as server:
        error = materialized.error("serve", "--port", "0")
        assert error["id"] == "GN510"
        assert str(server.process.pid) in error["message"]
        assert server.request("GET", "/health")[0] == 200


def test_a_port_in_use(materialized, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        error = materialized.error("serve", "--port", taken.getsockname()[1])
    assert error["id"] == "GN602"


def test_other_machines_are_kept_out_unless_asked(materialized):
    assert materialized.error("serve", "--port", "0", "--host", "0.0.0.0")["id"] == "GN601"
    process = subprocess.Popen(
        [GNOMON, "serve", "--port", "0", "--host", "0.0.0.0", "--insecure"],
        cwd=materialized.folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().startswith("listening on http://0.0.0.0:")
    process.terminate()
    assert process.wait(30) == 0
