"""The /v1 routes: JSON and Arrow, statuses, times and ages, writes, the catalog, and errors in our form."""

import io
import json

import pyarrow as pa
import pytest
from meters import FEATURES, SCHEMA, hour, row

ARROW = "application/vnd.apache.arrow.stream"
AT = "2024-06-01T08:30:00Z"


def body(**more):
    return {"features": ["reading:power"], "entities": {"site": ["north"], "number": [7]}, "as_of": AT} | more


def call(server, method, path, sent=None, status=200, headers=None):
    got, reply_headers, text = server.request(method, path, sent, headers)
    assert got == status, f"{got}: {text}"
    assert reply_headers["Content-Type"] == "application/json"
    return json.loads(text)


def stream(table, **asked):
    table = table.replace_schema_metadata({"gnomon.request": json.dumps(asked)})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def arrow_call(server, path, table, **asked):
    """(table, what is said beside it)"""
    headers = {"Content-Type": ARROW, "Accept": ARROW}
    server.connection.request("POST", path, stream(table, **asked), headers)
    response = server.connection.getresponse()
    content = response.read()
    assert response.status == 200, content
    assert response.headers["Content-Type"] == ARROW
    answer = pa.ipc.open_stream(content).read_all()
    return answer, json.loads(answer.schema.metadata[b"gnomon.answer"])


def test_values_with_status_event_time_and_age(server):
    entities = {"number": [7, 8, 9], "site": ["north", "north", "north"]}
    answer = call(server, "POST", "/v1/features", body(features=["reading:power", "reading:pulses"], entities=entities))
    assert answer["as_of"] == AT
    assert answer["entities"] == entities
    assert answer["errors"] == []
    power, pulses = answer["features"]
    assert power == {
        "name": "power",
        "values": [1.0, "NaN", None],
        "statuses": ["PRESENT", "PRESENT", "NOT_FOUND"],
        "event_times": ["2024-06-01T08:00:00Z", "2024-06-01T08:00:00Z", None],
        "ages_seconds": [1800.0, 1800.0, None],
    }
    assert (pulses["values"], pulses["statuses"]) == (
        [2**53 + 1, None, None],
        ["PRESENT", "NULL_VALUE", "NOT_FOUND"],
    )


def test_every_type_as_json(server):
    answer = call(server, "POST", "/v1/features", body(features=None, feature_service="billing"))
    assert [feature["name"] for feature in answer["features"]] == FEATURES
    values = [feature["values"][0] for feature in answer["features"]]
    assert values[:5] == [1.0, 2**53 + 1, 'say "hi" to Zürich', True, "AP8h"]
    assert values[5:] == ["2024-06-01T07:30:00Z", [1.0, 2.5]]


def test_arrow_in_and_out(server):
    entities = pa.table({"site": ["north", "007", None], "number": pa.array([7, 7, 1], pa.int32())})
    table, header = arrow_call(
        server, "/v1/features", entities, feature_service="billing", as_of="2024-06-01T10:00:00Z"
    )
    assert header["keys"] == ["site", "number"]
    assert header["features"] == FEATURES
    assert header["errors"] == []
    assert table.column_names[2:6] == ["power", "power__status", "power__event_time", "power__age_seconds"]
    assert table["power"].to_pylist() == [3.0, 0.1, None]
    assert table["power__status"].to_pylist() == ["PRESENT", "PRESENT", "NOT_FOUND"]
    assert table["power__event_time"].to_pylist() == [hour(10), hour(9), None]
    assert table["power__age_seconds"].to_pylist() == [0.0, 3600.0, None]
    assert {name: table.schema.field(name).type for name in FEATURES} == {
        name: SCHEMA.field(name).type for name in FEATURES
    }


def test_json_in_and_arrow_out(server):
    server.connection.request(
        "POST", "/v1/features", json.dumps(body()), {"Accept": f"{ARROW}, application/json;q=0.5"}
    )
    response = server.connection.getresponse()
    assert pa.ipc.open_stream(response.read()).read_all()["power"].to_pylist() == [1.0]


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"\xff" * 64, stream(pa.table({"site": ["north"]}))[:-40], b"ARROW1\x00\x00" + b"\x00" * 100],
)
def test_what_is_no_arrow_stream_is_refused(server, content):
    server.connection.request("POST", "/v1/features", content, {"Content-Type": ARROW})
    response = server.connection.getresponse()
    assert (response.status, json.loads(response.read())["id"]) == (400, "GN618")


def test_a_few_bytes_that_unpack_to_many_are_refused(server):
    wide = pa.table({"site": ["x" * 1_000_000] * 1_200, "number": [7] * 1_200})
    table = wide.replace_schema_metadata({"gnomon.request": json.dumps({"features": ["reading:power"]})})
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    assert len(sink.getvalue()) < 1_000_000
    server.connection.request("POST", "/v1/features", sink.getvalue(), {"Content-Type": ARROW})
    response = server.connection.getresponse()
    assert (response.status, json.loads(response.read())["id"]) == (400, "GN618")
    assert server.request("GET", "/health")[0] == 200


def test_push_is_online_and_offline_unless_told_otherwise(server):
    df = {"site": ["north"], "number": [7], "at": ["2024-06-01T11:00:00Z"], "power": [12.5], "raw": ["AP8="]}
    report = call(server, "POST", "/v1/push/readings", {"df": df})
    assert report == {"rows": 1, "rows_quarantined": 0, "views": ["reading"]}
    later = body(features=["reading:power", "reading:raw"], as_of="2024-06-01T11:30:00Z")
    answer = call(server, "POST", "/v1/features", later)
    assert [feature["values"] for feature in answer["features"]] == [[12.5], ["AP8="]]
    rows = {"site": ["north"], "number": [7], "event_timestamp": ["2024-06-01T11:30:00Z"]}
    trained = call(server, "POST", "/v1/training-set", {"features": ["reading:power"], "entity_df": rows})
    assert trained["columns"]["power"] == [12.5]
    assert trained["manifest"]["views"][0]["name"] == "reading"


def test_rows_that_come_as_arrow_are_written(server):
    rows = pa.Table.from_pylist([row("north", 30, hour(11), 30.5, raw=b"\x00\xff")], SCHEMA)
    headers = {"Content-Type": ARROW}
    server.connection.request("POST", "/v1/write-to-online-store/reading", stream(rows), headers)
    response = server.connection.getresponse()
    assert json.loads(response.read()) == {"rows": 1, "rows_quarantined": 0, "views": ["reading"]}
    asked = body(entities={"site": ["north"], "number": [30]}, as_of="2024-06-01T11:30:00Z")
    assert call(server, "POST", "/v1/features", asked)["features"][0]["values"] == [30.5]


def test_materialize_and_its_run(server):
    report = call(
        server, "POST", "/v1/materialize", {"start_date": "2024-06-01", "end_date": "2024-06-02T00:00:00+00:00"}
    )
    assert report["views"][0]["view"] == "reading"
    run = call(server, "GET", f"/v1/runs/{report['run_id']}")
    assert (run["kind"], run["status"]) == ("materialize", "ok")
    assert call(server, "GET", "/v1/runs?limit=1")[0]["id"] == report["run_id"]
    assert call(server, "POST", "/v1/materialize-incremental", {"end_date": "2024-06-02"})["views"]
    assert call(server, "POST", "/v1/run", {"views": ["reading"]})["blocked"] is False


def test_the_catalog(server):
    assert call(server, "GET", "/v1/manifest")["feature_views"][0]["name"] == "reading"
    assert call(server, "GET", "/v1/list/services")[0]["name"] == "billing"
    assert call(server, "GET", "/v1/describe/reading")["kind"] == "view"
    call(server, "POST", "/v1/run", {})
    assert set(call(server, "GET", "/v1/quarantine?name=readings_file")["target"]) == {"source readings_file"}
    assert call(server, "GET", "/v1/quarantine?name=nobody")["target"] == []


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code", "says"),
    [
        ("POST", "/v1/features", body(features=["readin:power"]), 404, "NotFound", "reading"),
        ("POST", "/v1/features", body(timeout_ms=0), 400, "InvalidArgument", "timeout_ms"),
        ("POST", "/v1/features", body(timeout_ms=1.5), 400, "InvalidArgument", "timeout_ms"),
        ("POST", "/v1/features?x=1", body(), 400, "InvalidArgument", "unknown query parameter"),
        ("POST", "/v1/features", "{", 400, "InvalidArgument", "not JSON"),
        ("POST", "/v1/push/nobody", {"df": {"a": [1]}}, 404, "NotFound", "nobody"),
        ("POST", "/v1/push/readings", {"df": {"a": [1]}, "to": "x"}, 400, "InvalidArgument", "online_and_offline"),
        ("POST", "/v1/push/%ff", {"df": {"a": [1]}}, 400, "InvalidArgument", "UTF-8"),
        ("POST", "/v1/push/a/b", {"df": {"a": [1]}}, 404, "NotFound", "no such route"),
        ("GET", "/v1/push/readings", None, 405, "InvalidArgument", "must be POST"),
        ("GET", "/v1/runs?limit=none", None, 400, "InvalidArgument", "whole number"),
        ("GET", "/v1/runs?limit=1&limit=2", None, 400, "InvalidArgument", "twice"),
        ("GET", "/v1/runs/seven", None, 400, "InvalidArgument", "seven"),
        ("GET", "/v1/runs/999", None, 404, "NotFound", "999"),
        ("GET", "/v1/list/everything", None, 400, "InvalidArgument", "everything"),
        ("GET", "/v1/describe/nobody", None, 404, "NotFound", "nobody"),
        ("GET", "/v1/", None, 404, "NotFound", "no such route"),
        ("POST", "/v1/training-set", {"features": ["reading:power"]}, 400, "InvalidArgument", "entity_df"),
        (
            "POST",
            "/v1/training-set",
            {"features": ["reading:power"], "entity_df": "data/readings.parquet"},
            400,
            "InvalidArgument",
            "entity_df",
        ),
    ],
)
def test_errors_in_our_form(server, method, path, sent, status, code, says):
    error = call(server, method, path, sent, status)
    assert set(error) == {"code", "id", "message", "where", "hint"}
    assert error["code"] == code
    assert error["id"].startswith("GN")
    assert says in error["message"] + error["hint"]


def test_an_answer_in_time(server):
    assert call(server, "POST", "/v1/features", body(timeout_ms=60_000))["features"][0]["values"] == [1.0]
    assert server.post("/get-online-features", body(timeout_ms=60_000))["results"][2]["values"] == [1.0]


def test_a_deadline_that_cannot_be_met(server):
    entities = {"site": ["north"] * 300_000, "number": list(range(300_000))}
    asked = body(features=None, feature_service="billing", entities=entities, timeout_ms=1)
    error = call(server, "POST", "/v1/features", asked, status=504)
    assert (error["code"], error["id"]) == ("DeadlineExceeded", "GN617")
    assert "timeout_ms = 1" in error["message"]
    assert call(server, "POST", "/v1/features", body())["features"][0]["values"] == [1.0]
