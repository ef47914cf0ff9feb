"""A client of `gnomon serve`: plain HTTP and JSON, as any language would speak it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

GNOMON = Path(sys.executable).with_name("gnomon")
STOP_SECONDS = 20


@dataclass
class Cell:
    """One served value, with the time of the fact behind it (1970 where there is none)."""

    value: Any
    status: str
    event_time: datetime


class Server:
    """Runs `gnomon serve` on a free port while the `with` block lasts, then stops it and checks that it was well."""

    def __init__(self, project: Path) -> None:
        self._process = subprocess.Popen(
            [GNOMON, "serve", "--port", "0"], cwd=project, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if "listening on http://" not in line:
            raise SystemExit(f"gnomon serve did not start: {line.strip() or 'no output'}")
        self.url = line.split("listening on ")[1].strip()
        self._connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise SystemExit(f"gnomon serve did not stop within {STOP_SECONDS} s") from None
        if code != 0:
            raise SystemExit(f"gnomon serve ended with {code}")

    def get(self, service: str, keys: dict[str, str], as_of: datetime) -> dict[str, Cell]:
        """What the service answered at `as_of` for one entity: {feature: Cell}."""
        body = {
            "feature_service": service,
            "entities": {key: [value] for key, value in keys.items()},
            "as_of": as_of.isoformat(),
        }
        self._connection.request("POST", "/get-online-features", json.dumps(body), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise SystemExit(f"HTTP {response.status}: {answer}")
        cells = {}
        for name, result in zip(answer["metadata"]["feature_names"], answer["results"], strict=True):
            if name not in keys:
                cells[name] = Cell(
                    result["values"][0], result["statuses"][0], datetime.fromisoformat(result["event_timestamps"][0])
                )
        return cells
