"""The stubs in Feast's own package, unchanged, against `gnomon serve --grpc-port`."""

import json
import subprocess
from pathlib import Path

import pytest
from venvs import python_with

CLIENT = Path(__file__).parents[2] / "clients" / "feast_grpc_client.py"
TIME, NONE = "2024-06-01T08:00:00Z", "1970-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def answers(server):
    """What every call of the client answered; it runs once, because it takes seconds to start."""
    done = subprocess.run(
        [python_with("feast"), CLIENT, server.grpc_address], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_info(answers):
    assert answers["info"].startswith("gnomon ")


def test_a_feature_service_with_every_type(answers):
    got = answers["service"]
    assert list(got) == ["number", "site", "power", "pulses", "note", "valid", "raw", "checked_at", "phases"]
    assert got["site"]["values"] == ["north", "north", "nowhere"]
    assert got["number"]["values"] == [7, 8, 7]
    assert got["power"]["values"][0] == 1.0 and got["power"]["values"][2] is None
    assert got["power"]["times"] == [TIME, TIME, NONE]
    assert got["pulses"]["values"] == [2**53 + 1, None, None]
    assert got["pulses"]["statuses"] == ["PRESENT", "NULL_VALUE", "NOT_FOUND"]
    first = {name: column["values"][0] for name, column in got.items()}
    assert first["note"] == 'say "hi" to Zürich' and first["valid"] is True and first["raw"] == "\x00\xff!"
    assert first["checked_at"] == "2024-06-01 07:30:00+00:00" and first["phases"] == [1.0, 2.5]
    kinds = [column["kinds"][0] for column in got.values()]
    assert kinds[2:5] == ["double_val", "int64_val", "string_val"]
    assert kinds[5:] == ["bool_val", "bytes_val", "unix_timestamp_val", "double_list_val"]
    assert got["phases"]["values"] == [[1.0, 2.5], [], None]


def test_a_list_of_features_in_its_order(answers):
    assert list(answers["list"]) == ["number", "site", "pulses", "power"]
    assert list(answers["full_names"]) == ["number", "site", "reading__pulses"]


def test_now_is_what_is_asked_without_an_instant(answers):
    assert answers["now"]["power"]["statuses"] == ["OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE", "NOT_FOUND"]
    assert answers["now"]["power"]["values"] == [None] * 3


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        ("unknown_view", "NOT_FOUND", "GN102 "),
        ("unknown_service", "NOT_FOUND", "ghosts"),
        ("missing_key", "INVALID_ARGUMENT", "number"),
        ("nothing_asked", "INVALID_ARGUMENT", "GN611 "),
    ],
)
def test_errors_have_code_id_and_hint(answers, call, code, says):
    assert answers[call]["code"] == code
    assert answers[call]["message"].startswith("GN") and says in answers[call]["message"]
