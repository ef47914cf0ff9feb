"""On-demand features over HTTP and on the command line."""

import json
import subprocess

import pytest
from meters import GNOMON, Server
from weather import at


@pytest.fixture
def folder(weather):
    weather.materialize()
    weather.store.close()
    return weather.folder


def command(folder, *words):
    done = subprocess.run([GNOMON, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_request_columns_are_in_the_entities(folder):
    body = {
        "feature_service": "delay_v1",
        "as_of": at(2).isoformat(),
        # Whole numbers beside fractions: what a JSON writer makes of 90.0 and 0.5.
        "entities": {"origin": ["EWR", "EWR"], "runway_deg": [90, 0.5], "n": [1, None], "ip": ["10.0.0.1", None]},
    }
    with Server(folder) as server:
        answer = server.post("/get-online-features", body)
        names = answer["metadata"]["feature_names"]
        results = dict(zip(names, answer["results"], strict=True))
        assert names == ["origin", "wind_speed", "headwind", "is_tailwind", "next", "is_vpn", "bucket"]
        assert results["headwind"]["values"][0] == 10.0
        assert results["next"] == {
            "values": [2, None],
            "statuses": ["PRESENT", "NULL_VALUE"],
            "event_timestamps": ["1970-01-01T00:00:00Z"] * 2,
        }
        del body["entities"]["runway_deg"]
        error = server.post("/get-online-features", body, status=400)
        assert "GN216" in json.dumps(error) and "runway_deg" in json.dumps(error)


def test_the_command_line_asks_for_them(folder):
    words = [
        "get",
        "delay_v1",
        "origin=EWR",
        "runway_deg=90",
        "n=41",
        "ip=10.0.0.1",
        "--at",
        at(2).isoformat(),
        "--json",
    ]
    answer = command(folder, *words)
    assert '"headwind"' in answer and "42" in answer
    assert "hash_bucket(x, n)" in command(folder, "list", "functions")
    assert "wind" in command(folder, "list", "on_demand_views")
    assert "vpn_ranges" in command(folder, "list", "lookup_sets")
    assert "wind_speed * cos(radians(wind_dir - runway_deg))" in command(folder, "describe", "wind")
