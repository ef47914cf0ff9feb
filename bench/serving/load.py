"""Clients of one HTTP server: as fast as it answers, and at a fixed rate; and what the server spent meanwhile."""

from __future__ import annotations

import http.client
import os
import threading
import time
from dataclasses import dataclass

HEADERS = {"Content-Type": "application/json"}
PATH = "/get-online-features"


@dataclass(frozen=True)
class Load:
    requests: int
    seconds: float
    cpu_seconds: float
    latencies: list[float]  # from when a request was due

    def quantile(self, share: float) -> float:
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def ask(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    connection.request("POST", PATH, body, HEADERS)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {answer[:300]!r}")
    return answer


def process_tree(pid: int) -> list[int]:
    """The process, its children, theirs …"""
    found = [pid]
    for one in found:
        with open(f"/proc/{one}/task/{one}/children") as children:
            found += [int(child) for child in children.read().split()]
    return found


def cpu_seconds(pid: int) -> float:
    ticks = 0
    for one in process_tree(pid):
        with open(f"/proc/{one}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])  # user and system
    return ticks / os.sysconf("SC_CLK_TCK")


def run(address: str, pid: int, bodies: list[bytes], seconds: float, clients: int, rate: float | None = None) -> Load:
    """`rate` requests a second over all clients, due at fixed times whatever comes back; None: one after another."""
    latencies: list[list[float]] = [[] for _ in range(clients)]
    failures: list[BaseException] = []
    began = time.perf_counter()

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(address, timeout=60)

        def due(turn: int) -> float:
            return began + (turn * clients + number) / rate if rate else time.perf_counter()

        try:
            turn = 0
            while (start := due(turn)) < began + seconds:
                if (early := start - time.perf_counter()) > 0:
                    time.sleep(early)
                ask(connection, bodies[(turn * clients + number) % len(bodies)])
                latencies[number].append(time.perf_counter() - start)
                turn += 1
        except BaseException as error:
            failures.append(error)

    before = cpu_seconds(pid)
    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    every = [latency for one in latencies for latency in one]
    return Load(len(every), time.perf_counter() - began, cpu_seconds(pid) - before, every)
