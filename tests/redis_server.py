"""A real Redis for tests: on a free port of 127.0.0.1, in a temporary folder, gone with the test run."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path


class RedisServer:
    """One server process; it keeps every write on disk, so that it can be restarted."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", str(self.folder)]
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), *options], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while "PONG" not in self.call("PING"):
            assert time.monotonic() < until, "redis-server does not answer"
            time.sleep(0.01)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def call(self, *words: str) -> str:
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, check=False).stdout.decode(errors="replace").strip()

    def settings(self, **more: str) -> str:
        """What gnomon.yaml says of it."""
        lines = ["online_store:", "  type: redis", f"  connection: {self.url}", "  read_timeout: 5s"]
        return "\n".join([*lines, *(f"  {name}: {value}" for name, value in more.items())]) + "\n"
