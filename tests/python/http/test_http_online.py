"""POST /get-online-features in Feast's shapes."""

import json

import pytest
from meters import EPOCH, FEATURES, MetersProject, Server

AT = "2024-06-01T08:30:00Z"
EIGHT = "2024-06-01T08:00:00Z"


def body(**more):
    return {"features": ["reading:power"], "entities": {"site": ["north"], "number": [7]}, "as_of": AT} | more


def test_every_type(server):
    answer = server.post("/get-online-features", body(features=None, feature_service="billing"))
    assert answer["metadata"] == {"feature_names": ["site", "number", *FEATURES]}
    results = answer["results"]
    assert results[0] == {"values": ["north"], "statuses": ["PRESENT"], "event_timestamps": [EPOCH]}
    assert results[1] == {"values": [7], "statuses": ["PRESENT"], "event_timestamps": [EPOCH]}
    assert [result["values"][0] for result in results[2:]] == [
        1.0,
        2**53 + 1,
        'say "hi" to Zürich',
        True,
        "AP8h",
        1717227000,
        [1.0, 2.5],
    ]
    assert {result["event_timestamps"][0] for result in results[2:]} == {EIGHT}
    assert {result["statuses"][0] for result in results[2:]} == {"PRESENT"}


def test_floats_look_like_floats(server):
    _, headers, text = server.request("POST", "/get-online-features", body())
    assert '"values":[1.0]' in text
    assert headers["Content-Type"] == "application/json"


def test_statuses_and_order(server):
    request = body(
        features=["reading:pulses", "reading:power"],
        entities={"number": [7, 8, 9, None, 7], "site": ["north", "north", "north", "north", None]},
        as_of="2024-06-01T09:00:00Z",
    )
    answer = server.post("/get-online-features", request)
    assert answer["metadata"]["feature_names"] == ["number", "site", "pulses", "power"]
    number, site, pulses, power = answer["results"]
    assert number["values"] == [7, 8, 9, None, 7]
    assert site["values"] == ["north", "north", "north", "north", None]
    assert pulses["values"] == [2**53 + 1, None, None, None, None]
    assert pulses["statuses"] == ["PRESENT", "NULL_VALUE", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]
    assert power["values"] == [1.0, "NaN", None, None, None]
    assert power["event_timestamps"] == [EIGHT, EIGHT, EPOCH, EPOCH, EPOCH]


def test_ttl_to_the_microsecond(server):
    at_edge = server.post("/get-online-features", body(as_of="2024-06-01T13:00:00Z"))["results"][2]
    assert (at_edge["values"], at_edge["statuses"]) == ([3.0], ["PRESENT"])
    after = server.post("/get-online-features", body(as_of="2024-06-01T13:00:00.000001Z"))["results"][2]
    assert (after["values"], after["statuses"]) == ([None], ["OUTSIDE_MAX_AGE"])


def test_without_as_of_it_is_now(server):
    request = body()
    del request["as_of"]
    assert server.post("/get-online-features", request)["results"][2]["statuses"] == ["OUTSIDE_MAX_AGE"]


def test_before_what_was_materialized_nothing_is_claimed(tmp_path):
    folder = tmp_path / "meters"
    folder.mkdir()
    meters = MetersProject(folder)
    meters.run("apply")
    meters.run("materialize", "2024-06-01T09:30:00Z", "2024-06-02")
    with Server(folder) as server:
        assert server.post("/get-online-features", body(as_of="2024-06-01T10:30:00Z"))["results"][2]["values"] == [3.0]
        answer = server.post("/get-online-features", body(as_of="2024-06-01T09:00:00Z"))
    assert answer["results"][2] == {"values": [None], "statuses": ["INVALID"], "event_timestamps": [EPOCH]}
    assert answer["metadata"]["errors"] == ["AS_OF_NOT_COVERED reading row 0"]


def test_full_feature_names(server):
    answer = server.post("/get-online-features", body(full_feature_names=True))
    assert answer["metadata"]["feature_names"][-1] == "reading__power"


def test_no_rows_and_all_null_keys(server):
    none = server.post("/get-online-features", body(entities={"site": [], "number": []}))
    assert [result["values"] for result in none["results"]] == [[], [], []]
    nulls = server.post("/get-online-features", body(entities={"site": [None], "number": [None]}))
    assert nulls["results"][2]["statuses"] == ["NOT_FOUND"]


def test_a_thousand_entities(server):
    answer = server.post("/get-online-features", body(entities={"site": ["north"] * 1000, "number": list(range(1000))}))
    found = [number for number, status in enumerate(answer["results"][2]["statuses"]) if status != "NOT_FOUND"]
    assert found == [7, 8]


@pytest.mark.parametrize(
    ("request_body", "status", "says"),
    [
        (body(features=["readin:power"]), 404, "reading"),
        (body(features=["reading:powr"]), 404, "power"),
        (body(features=None, feature_service="bilding"), 404, "billing"),
        (body(entities={"site": ["north"]}), 400, "number"),
        (body(entities={"site": ["north", "x"], "number": [7]}), 400, "has 1 values"),
        (body(entities={"site": ["north", 7], "number": [7, 7]}), 400, "row 1"),
        (body(entities={"site": ["north"], "number": ["seven"]}), 400, "number"),
        (body(as_of="yesterday"), 400, "yesterday"),
        (body(as_of=1717227000), 400, "as_of"),
        (body(unknown=1), 400, "unknown"),
        ({"entities": {"site": ["north"], "number": [7]}}, 400, "feature_service"),
    ],
)
def test_errors_have_feasts_form(server, request_body, status, says):
    error = server.post("/get-online-features", request_body, status=status)
    assert set(error) == {"module", "class", "message"}
    assert says in error["message"]
    assert error["message"].startswith("GN")
    if status == 404:
        assert (error["module"], error["class"]) == ("feast.errors", "FeatureViewNotFoundException")


def test_one_bad_request_does_not_cost_the_connection(server):
    connection = server.connection
    server.post("/get-online-features", "{", status=400)
    server.post("/get-online-features", json.dumps(body()))
    assert server.connection is connection
