"""The released Feast client, unchanged, with `gnomon serve` as its online store."""

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest
from meters import MetersProject, Server, row
from venvs import python_with

CLIENT = Path(__file__).parents[2] / "clients" / "feast_client.py"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def ago(minutes):
    return NOW - dt.timedelta(minutes=minutes)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What every call of the client answered; it runs once, because it takes seconds to start."""
    folder = tmp_path_factory.mktemp("meters")
    meters = MetersProject(folder)
    meters.write(
        [
            row("north", 7, ago(90), 1.0, pulses=2**53 + 1, raw=b"\x00\xff"),
            row("north", 7, ago(30), 3.0, pulses=5),
            row("north", 8, ago(80), None),
        ]
    )
    meters.run("apply")
    client_folder = tmp_path_factory.mktemp("feast")
    environment = {"FEAST_USAGE": "False", "HOME": str(client_folder), "PATH": "/usr/bin:/bin"}
    with Server(folder) as server:
        done = subprocess.run(
            [python_with("feast"), CLIENT, f"http://{server.address}", client_folder],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_materialize(answers):
    assert answers["materialize"] is None
    assert answers["materialized"] == {
        "site": ["north"] * 3,
        "number": [7, 8, 99],
        "power": [1.0, None, None],
        "pulses": [2**53 + 1, None, None],
        "raw": ["AP8=", None, None],  # bytes are base64 in Feast's JSON, too
    }
    assert answers["incremental"] is None
    assert answers["later"]["power"] == [3.0, None]


def test_every_type_travels_both_ways(answers):
    assert answers["write"] is None
    assert answers["written"] == {
        "site": ["north"],
        "number": [20],
        "power": [1.0],
        "pulses": [2**53 + 1],
        "note": ['say "hi"'],
        "valid": [True],
        "raw": [None],  # Feast's client cannot send bytes: it gives them to its JSON writer as they are
        "checked_at": [answers["checked_at"]],
        "phases": [[1.0, 2.5]],
    }


def test_push(answers):
    assert answers["push"] is None
    assert answers["pushed"] == {"site": ["north"], "number": [21], "power": [2.5], "note": [None]}
    assert answers["older_push"] is None
    assert answers["newest_wins"]["power"] == [2.5]
    assert answers["full_names"] == {"site": ["north"], "number": [21], "reading__power": [2.5]}


def test_errors_arrive_as_feasts_exceptions(answers):
    assert answers["unknown_view"]["raised"] == "FeatureViewNotFoundException"
    assert answers["unknown_view"]["text"].startswith("GN102 ")
    assert answers["missing_key"]["raised"] == "FeastError"
    assert "number" in answers["missing_key"]["text"]
