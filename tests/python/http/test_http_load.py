"""Many connections, definitions that change under load, and an end under load: no request is dropped."""

import http.client
import json
import resource
import signal
import socket
import threading
import time

from meters import DEFINITIONS, Server
from test_http_metrics import samples

GOOD = json.dumps(
    {"features": ["reading:power"], "entities": {"site": ["north"], "number": [7]}, "as_of": "2024-06-01T08:30Z"}
)
CONNECTIONS = 9_900  # the server's limit is 10,000


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


class Clients:
    """Threads that ask until the with block ends; what they got other than the good answer is in `problems`."""

    def __init__(self, server, count=4):
        self.server, self.problems, self.answers, self.over = server, [], 0, threading.Event()
        self.threads = [threading.Thread(target=self.ask) for _ in range(count)]

    def ask(self):
        connection = http.client.HTTPConnection(self.server.address, timeout=60)
        while not self.over.is_set():
            try:
                connection.request("POST", "/get-online-features", GOOD)
                response = connection.getresponse()
                text = response.read()
                if response.status != 200 or b'"values":[1.0]' not in text:
                    self.problems.append((response.status, text))
                self.answers += 1
            except (OSError, http.client.HTTPException) as error:
                self.problems.append(error)
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def test_ten_thousand_idle_connections_are_in_nobodys_way(materialized):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    waiting = []
    try:
        with Server(materialized.folder) as server:
            server.post("/get-online-features", GOOD)
            before = resident_bytes(server.process)
            host, port = server.address.split(":")
            wanted = min(CONNECTIONS, hard - 200)
            waiting += [socket.create_connection((host, int(port)), timeout=60) for _ in range(wanted)]
            deadline = time.monotonic() + 60
            while samples(server)["gnomon_connections", ""] < wanted + 1:
                assert time.monotonic() < deadline
            assert samples(server)["gnomon_connections_refused_total", ""] == 0
            assert (resident_bytes(server.process) - before) / wanted < 16 * 1024
            began = time.monotonic()
            for _ in range(100):
                server.post("/get-online-features", GOOD)
            assert time.monotonic() - began < 10
            waiting[wanted // 2].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert waiting[wanted // 2].recv(100).startswith(b"HTTP/1.1 200")
    finally:
        for connection in waiting:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_definitions_change_and_no_request_is_dropped(materialized):
    with Server(materialized.folder) as server, Clients(server) as clients:
        for number in range(1, 6):
            service = f"  - {{name: service_{number}, features: [reading]}}\n"
            (materialized.folder / "features" / "meters.yaml").write_text(DEFINITIONS + service)
            materialized.run("apply", "--yes")
            asked = json.dumps(json.loads(GOOD) | {"features": None, "feature_service": f"service_{number}"})
            deadline = time.monotonic() + 30  # it is served within 100 ms where nobody else wants the machine
            while (answer := server.request("POST", "/get-online-features", asked))[0] != 200:
                assert time.monotonic() < deadline, answer
            assert json.loads(answer[2])["metadata"]["feature_names"][:3] == ["site", "number", "power"]
        assert clients.answers > 0
    assert clients.problems == []


def test_the_end_of_a_server_under_load_answers_what_it_has_read(materialized):
    with Server(materialized.folder) as server:
        with Clients(server) as clients:
            time.sleep(0.5)
            assert server.stop(signal.SIGTERM) == 0
        # A client may find its kept connection closed, or nobody to connect to: but no answer is cut off or wrong.
        assert all(
            isinstance(problem, ConnectionError | http.client.RemoteDisconnected) for problem in clients.problems
        ), clients.problems
        assert clients.answers > 0


def test_reads_go_on_during_a_write(server):
    with Clients(server, count=2) as clients:
        before = clients.answers
        body = json.dumps({"start_date": "2024-06-01", "end_date": "2024-06-02"})
        for _ in range(5):
            status, _, text = server.request("POST", "/v1/materialize", body)
            assert status == 200, text
        assert clients.answers > before
    assert clients.problems == []
