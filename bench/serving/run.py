"""How much CPU time does an online answer cost over HTTP, from the request's bytes to the answer's?

    run.py [--size tiny|small|full] [--rounds 3] [--seconds 3] [--only gnomon,echo,feast]

Three views of ten features each; 1, 10 and 100 entities a request. Every server has the same data, answers the same
requests on Feast's route, and is measured by what its processes spend. Values are compared first, and a difference ends
the run with status 1. `echo` is a bare Boost.Beast server that sends Gnomon's bytes and does nothing for them.
"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import load
import workload
from servers import Running, gnomon, once, values
from workload import Workload

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = ROOT / "build" / "bench-venv" / "bin"
ECHO = ROOT / "build" / "bench" / "bench_serving_echo"
CONTESTANTS = ("gnomon", "echo", "feast")
ENTITIES = (1, 10, 100)
CLIENTS = 4
SHARE_OF_CAPACITY = 0.4  # of the open-loop load: latencies of a server that is not saturated


def feast(data: Workload, folder: Path) -> Running:
    folder.mkdir()
    environment = os.environ | {"FEAST_USAGE": "False"}
    prepare = [PEERS / "python", HERE / "feast_project.py", data.folder, folder]
    subprocess.run(prepare, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Running([PEERS / "feast", "serve", "--port", str(port), "--no-access-log"], folder, port)


def check(servers: dict[str, Running], bodies: list[bytes]) -> None:
    """Every real server gives the same values, and they are not null."""
    for body in bodies:
        answers = {name: values(once(server.address, body)) for name, server in servers.items()}
        right = answers["gnomon"]
        if len(right) != 31 or any(value is None for column in right.values() for value in column):
            sys.exit("gnomon's answer lacks values")
        for name, answer in answers.items():
            if answer != right:
                sys.exit(f"{name} answers differently from gnomon")


def measure(server: Running, bodies: list[bytes], seconds: float) -> dict[str, float]:
    pid = server.process.pid
    load.run(server.address, pid, bodies, seconds / 4, CLIENTS)  # warm
    closed = load.run(server.address, pid, bodies, seconds, CLIENTS)
    rate = max(1.0, SHARE_OF_CAPACITY * closed.requests / closed.seconds)
    opened = load.run(server.address, pid, bodies, seconds, CLIENTS, rate)
    return {
        "cpu_us": closed.cpu_seconds / closed.requests * 1e6,
        "per_core": closed.requests / max(closed.cpu_seconds, 1e-9),
        "p50_ms": opened.quantile(0.5) * 1e3,
        "p99_ms": opened.quantile(0.99) * 1e3,
    }


def start(data: Workload, folder: Path, chosen: list[str], stack: ExitStack) -> dict[str, Running]:
    starters: dict[str, Callable[[Workload, Path], Running]] = {"gnomon": gnomon, "feast": feast}
    return {name: stack.enter_context(starters[name](data, folder / name)) for name in starters if name in chosen}


def compete(chosen: argparse.Namespace, folder: Path, stack: ExitStack) -> list[dict[str, Any]]:
    data = workload.write(folder / "data", chosen.size)
    servers = start(data, folder, chosen.only, stack)
    results = []
    for entities in ENTITIES:
        bodies = data.bodies(entities)
        check(servers, bodies[:8])
        running = dict(servers)
        with ExitStack() as echoes:
            if "echo" in chosen.only:
                answer = folder / f"answer-{entities}.json"
                answer.write_bytes(once(servers["gnomon"].address, bodies[0]))
                running["echo"] = echoes.enter_context(Running([ECHO, answer], folder))
            rounds: dict[str, list[dict[str, float]]] = {name: [] for name in running}
            for _ in range(chosen.rounds):
                for name, server in running.items():
                    rounds[name].append(measure(server, bodies, chosen.seconds))
        for name, measured in rounds.items():
            middle = {key: statistics.median(one[key] for one in measured) for key in measured[0]}
            results.append({"contestant": name, "entities": entities} | middle)
    return results


HEADINGS = ("entities", "contestant", "CPU us", "of gnomon", "req/s core", "p50 ms", "p99 ms")


def show(results: list[dict[str, Any]]) -> None:
    print("{:>8} {:<10} {:>9} {:>9} {:>10} {:>8} {:>8}".format(*HEADINGS))
    ours = {one["entities"]: one["cpu_us"] for one in results if one["contestant"] == "gnomon"}
    for one in results:
        ratio = one["cpu_us"] / ours[one["entities"]]
        shown = (
            one["entities"],
            one["contestant"],
            one["cpu_us"],
            ratio,
            one["per_core"],
            one["p50_ms"],
            one["p99_ms"],
        )
        print("{:>8} {:<10} {:>9.1f} {:>9.2f} {:>10.0f} {:>8.2f} {:>8.2f}".format(*shown))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=workload.ENTITIES, default="small")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="some of %(default)s; gnomon is always in")
    chosen = parser.parse_args()
    chosen.only = [name for name in CONTESTANTS if name == "gnomon" or name in chosen.only.split(",")]
    if "feast" in chosen.only and not PEERS.exists():
        parser.error("the peers are not installed: run `tools/bench`, or choose --only gnomon,echo")
    if "echo" in chosen.only and not ECHO.exists():
        parser.error("the echo is not built: run `tools/build build bench_serving_echo`, or choose --only gnomon,feast")
    return chosen


def main() -> None:
    chosen = arguments()
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    print(
        f"size {chosen.size}: {workload.ENTITIES[chosen.size]} entities, seed {workload.SEED}, rounds {chosen.rounds}, "
        f"{os.cpu_count()} cores, {platform.machine()}, commit {revision.strip()}"
    )
    with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder, ExitStack() as stack:
        show(compete(chosen, Path(folder), stack))


if __name__ == "__main__":
    main()
