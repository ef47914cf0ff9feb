"""A project in YAML alone, with every type and a composite key, and the command line and the server run on it."""

import datetime as dt
import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GNOMON = Path(os.environ.get("GNOMON_BINARY", Path(sys.executable).with_name("gnomon")))
UTC = dt.UTC
DEFINITIONS = """\
entities:
  - {name: meter, join_keys: [site, number]}
sources:
  - file: {name: readings_file, path: data/readings.parquet, timestamp_field: at,
           expect: [{between: {column: pulses, min: 0, max: 1000000000000000000}, on_fail: quarantine}]}
  - push: {name: readings, batch_source: readings_file}
feature_views:
  - name: reading
    entities: [meter]
    source: readings
    ttl: 3h
    as_of_retention: all
    schema:
      - {name: power, dtype: Float64}
      - {name: pulses, dtype: Int64}
      - {name: note, dtype: String}
      - {name: valid, dtype: Bool}
      - {name: raw, dtype: Bytes}
      - {name: checked_at, dtype: UnixTimestamp}
      - {name: phases, dtype: Array(Float64)}
feature_services:
  - {name: billing, features: [reading]}
"""
FEATURES = ["power", "pulses", "note", "valid", "raw", "checked_at", "phases"]
EPOCH = "1970-01-01T00:00:00Z"
TIME = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    {
        "site": pa.string(),
        "number": pa.int64(),
        "at": TIME,
        "power": pa.float64(),
        "pulses": pa.int64(),
        "note": pa.string(),
        "valid": pa.bool_(),
        "raw": pa.binary(),
        "checked_at": TIME,
        "phases": pa.list_(pa.float64()),
    }
)


def hour(number, minute=0):
    """An instant of 2024-06-01."""
    return dt.datetime(2024, 6, 1, number, minute, tzinfo=UTC)


def row(site, number, at, power, **more):
    """One reading; what is not given is null."""
    return dict.fromkeys(SCHEMA.names) | {"site": site, "number": number, "at": at, "power": power} | more


def sample_rows():
    return [
        row(
            "north",
            7,
            hour(8),
            1.0,
            pulses=2**53 + 1,
            note='say "hi" to Zürich',
            valid=True,
            raw=b"\x00\xff!",
            checked_at=hour(7, 30),
            phases=[1.0, 2.5],
        ),
        row("north", 7, hour(10), 3.0, pulses=5),
        row("north", 8, hour(8), float("nan"), phases=[]),
        row("007", 7, hour(9), 0.1),
        row("south", 1, hour(9), 9.0, pulses=-5),  # out of range: quarantined
    ]


class MetersProject:
    def __init__(self, folder):
        self.folder = folder
        (folder / "features").mkdir()
        (folder / "features" / "meters.yaml").write_text(DEFINITIONS)
        self.write(sample_rows())

    def write(self, rows):
        (self.folder / "data").mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), self.folder / "data" / "readings.parquet")

    def run(self, *words, code=0, cwd=None, env=None):
        """Runs the command line in the project's folder; stdout and stderr as text."""
        done = subprocess.run(
            [GNOMON, *map(str, words)],
            cwd=cwd or self.folder,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words, code=0):
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def error(self, *words, code=1):
        """The error object that a failing command prints under --json."""
        return json.loads(self.run(*words, "--json", code=code).stderr)


class Server:
    """`gnomon serve` on a free port, until the with block ends; with --grpc-port among the words, gRPC beside it."""

    def __init__(self, folder, *words):
        self.process = subprocess.Popen(
            [GNOMON, "serve", "--port", "0", *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.stopped = False
        self.first_line = self.process.stdout.readline()
        assert self.first_line.startswith("listening on http://"), self.first_line + self.process.stderr.read()
        self.address = self.first_line.strip().removeprefix("listening on http://")
        if "--grpc-port" in words:
            self.grpc_address = self.process.stdout.readline().strip().removeprefix("listening on grpc://")
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        if not self.stopped:
            assert self.stop() == 0  # a server that has crashed meanwhile fails here

    def stop(self, how=signal.SIGTERM):
        self.stopped = True
        self.process.send_signal(how)
        return self.process.wait(30)

    def request(self, method, path, body=None, headers=None):
        """(status, headers, text)"""
        if isinstance(body, dict):
            body = json.dumps(body)
        self.connection.request(method, path, body, headers or {})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read().decode()

    def post(self, path, body, status=200):
        """The JSON that a POST answers; a failure's body is the JSON text inside the JSON string."""
        got, _, text = self.request("POST", path, body)
        assert got == status, f"{got}: {text}"
        answer = json.loads(text)
        return json.loads(answer) if status >= 400 else answer
