"""The servers of these benchmarks, and what they answer."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import load
from workload import FEATURES, TTL_DAYS, VIEWS, Workload

GNOMON = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "gnomon"


class Running:
    """A server process and where it listens."""

    def __init__(self, command: list[Any], folder: Path, port: int | None = None) -> None:
        output = None if port is None else subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=output or subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        if port is None:
            self.address = self.next_address()
        else:
            self.address = f"127.0.0.1:{port}"
            self._wait()

    def next_address(self) -> str:
        """From the next line that the server prints: listening on http://127.0.0.1:6566."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip().partition("://")[2]

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection(self.address, timeout=5)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"nothing answers at {self.address}")

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)


def gnomon(data: Workload, folder: Path, *more: str) -> Running:
    """`gnomon serve` with the workload materialized."""
    (folder / "features").mkdir(parents=True)
    views = [
        {
            "name": view,
            "entities": ["user"],
            "source": view,
            "ttl": f"{TTL_DAYS}d",
            "schema": [{"name": f"{view}_{name}", "dtype": "Float64"} for name in FEATURES],
        }
        for view in VIEWS
    ]
    sources = [
        {"file": {"name": view, "path": str(data.file(view)), "timestamp_field": "event_timestamp"}} for view in VIEWS
    ]
    definitions = {
        "entities": [{"name": "user", "join_keys": ["user_id"]}],
        "sources": sources,
        "feature_views": views,
    }
    (folder / "features" / "bench.yaml").write_text(json.dumps(definitions))
    for words in (["apply", "--yes"], ["materialize-incremental", "now"]):
        subprocess.run([GNOMON, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return Running([GNOMON, "serve", "--port", "0", *more], folder)


def values(answer: bytes) -> dict[str, list[Any]]:
    """The features of an answer by name, whatever their order."""
    read = json.loads(answer)
    named = zip(read["metadata"]["feature_names"], read["results"], strict=True)
    return {name: result["values"] for name, result in named}


def once(address: str, body: bytes) -> bytes:
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        return load.ask(connection, body)
    finally:
        connection.close()
