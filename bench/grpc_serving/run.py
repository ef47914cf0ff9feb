"""How much CPU time does an online answer cost over gRPC, beside HTTP and a gRPC server that does nothing for it?

    run.py [--size tiny|small|full] [--rounds 3] [--seconds 3]

The data and the questions are those of bench/serving: three views of ten features each. `gnomon http` and
`gnomon grpc` are one process; `echo` is bench_grpc_echo, which sends Gnomon's bytes. Values are compared first, and a
difference ends the run with status 1.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "bench" / "serving"), str(ROOT / "tests")]

import grpc  # noqa: E402
import load  # noqa: E402
import servers  # noqa: E402
import workload  # noqa: E402
from feast_grpc import SERVICE, message, messages, plain, repeated  # noqa: E402

ECHO = ROOT / "build" / "bench" / "bench_grpc_echo"
ENTITIES = (1, 10, 100)
CLIENTS = 4


def request(keys: list[int]) -> bytes:
    entities = {"user_id": repeated("int64_val", keys)}
    features = message("feast.serving.FeatureList", val=workload.NAMES)
    made = message("feast.serving.GetOnlineFeaturesRequest", features=features, entities=entities)
    return bytes(made.SerializeToString())


def read(channel: grpc.Channel) -> Any:
    return channel.unary_unary(SERVICE + "GetOnlineFeatures")


def values(answer: bytes) -> dict[str, list[Any]]:
    found = messages()["feast.serving.GetOnlineFeaturesResponse"].FromString(answer)
    named = zip(found.metadata.feature_names.val, found.results, strict=True)
    return {name: [plain(value) for value in vector.values] for name, vector in named}


def over_grpc(address: str, pid: int, bodies: list[bytes], seconds: float) -> float:
    """CPU seconds of the server for each request, with CLIENTS connections that ask one after another."""
    counts = [0] * CLIENTS
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]  # a connection of its own
        with grpc.insecure_channel(address, options) as channel:
            ask = read(channel)
            while time.perf_counter() < end:
                ask(bodies[(counts[number] * CLIENTS + number) % len(bodies)])
                counts[number] += 1

    before = load.cpu_seconds(pid)
    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (load.cpu_seconds(pid) - before) / sum(counts)


def over_http(server: servers.Running, bodies: list[bytes], seconds: float) -> float:
    spent = load.run(server.address, server.process.pid, bodies, seconds, CLIENTS)
    return spent.cpu_seconds / spent.requests


def check(server: servers.Running, grpc_address: str, http: list[bytes], protobuf: list[bytes]) -> bytes:
    """Both faces give the same values; returns an answer of gRPC's."""
    with grpc.insecure_channel(grpc_address) as channel:
        for json_body, body in zip(http, protobuf, strict=True):
            answer = read(channel)(body)
            if values(answer) != servers.values(servers.once(server.address, json_body)):
                sys.exit("gRPC answers differently from HTTP")
    return bytes(answer)


def compete(chosen: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
    data = workload.write(folder / "data", chosen.size)
    server = stack.enter_context(servers.gnomon(data, folder / "gnomon", "--grpc-port", "0"))
    grpc_address = server.next_address()
    print(f"{'entities':>8} {'gnomon http':>12} {'gnomon grpc':>12} {'echo':>8} {'grpc / echo':>12}   CPU us a request")
    for entities in ENTITIES:
        keys = data.keys(entities)
        http, protobuf = data.bodies(entities), [request(row) for row in keys]
        file = folder / f"answer-{entities}"
        file.write_bytes(check(server, grpc_address, http[:8], protobuf[:8]))
        with servers.Running([ECHO, file], folder) as echo:
            rounds: dict[str, list[float]] = {"http": [], "grpc": [], "echo": []}
            for turn in range(chosen.rounds + 1):
                one = {
                    "http": over_http(server, http, chosen.seconds),
                    "grpc": over_grpc(grpc_address, server.process.pid, protobuf, chosen.seconds),
                    "echo": over_grpc(echo.address, echo.process.pid, protobuf, chosen.seconds),
                }
                for name, spent in one.items():
                    rounds[name] += [spent * 1e6] if turn > 0 else []  # the first round warms
        spent_us = {name: statistics.median(measured) for name, measured in rounds.items()}
        ratio = spent_us["grpc"] / spent_us["echo"]
        print(
            f"{entities:>8} {spent_us['http']:>12.1f} {spent_us['grpc']:>12.1f} {spent_us['echo']:>8.1f} {ratio:>12.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=workload.ENTITIES, default="small")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    chosen = parser.parse_args()
    if not ECHO.exists():
        parser.error("the echo is not built: run `tools/build build bench_grpc_echo`")
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    print(f"size {chosen.size}, seed {workload.SEED}, {os.cpu_count()} cores, commit {revision.strip()}")
    with tempfile.TemporaryDirectory(prefix="bench-grpc-") as folder, ExitStack() as stack:
        compete(chosen, Path(folder), stack)


if __name__ == "__main__":
    main()
