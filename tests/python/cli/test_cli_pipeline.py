"""run, runs, validate, quarantine, materialize, get, push: a project's day."""

import pyarrow as pa
import pyarrow.parquet as pq
from meters import SCHEMA, hour, row

AT = "2024-06-01T10:30:00Z"


def test_run_quarantines_and_serves(applied):
    text = applied.run("run").stdout
    assert "quarantined" in text
    rows = applied.json("quarantine")
    assert [(found["target"], found["column"], found["check"]) for found in rows] == [
        ("source readings_file", "pulses", "between(pulses, 0, 1000000000000000000)")
    ]
    assert "between(pulses, 0, 1000000000000000000)" in applied.run("quarantine", "readings_file").stdout
    answer = applied.json("get", "reading:power", "site=north", "number=7", "--at", AT)
    assert answer["features"] == {
        "power": {"value": 3.0, "status": "PRESENT", "event_time": "2024-06-01T10:00:00Z", "age_seconds": 1800.0}
    }


def test_runs_are_recorded(applied):
    assert applied.run("runs").stdout == "No runs yet.\n"
    run = applied.json("run")
    assert run["status"] == "ok"
    assert run["blocked"] is False
    assert sum(step["rows_quarantined"] for step in run["steps"]) >= 1
    assert [listed["id"] for listed in applied.json("runs")] == [run["id"]]
    assert applied.json("runs", run["id"])["steps"] == run["steps"]
    assert applied.error("runs", 999)["code"] == "NotFound"


def test_a_failed_gate_exits_with_3(applied):
    file = applied.folder / "features" / "meters.yaml"
    file.write_text(file.read_text().replace("on_fail: quarantine", "on_fail: block"))
    applied.run("apply")
    report = applied.json("run", code=3)
    assert report["blocked"] is True
    assert report["status"] == "blocked"
    checks = applied.json("validate", code=3)
    assert checks[0]["blocked"] is True
    applied.run("materialize", "2024-06-01", "2024-06-02", code=3)


def test_validate_shows_failing_rows(applied):
    reports = applied.json("validate")
    assert [report["target"] for report in reports] == ["source readings_file"]
    result = reports[0]["results"][0]
    assert result["check"] == "between(pulses, 0, 1000000000000000000)"
    assert result["success"] is False
    assert result["unexpected_count"] == 1
    assert result["first_unexpected"] == [{"row": 4, "column": "pulses", "value": "-5"}]
    text = applied.run("validate", "readings_file").stdout
    assert "FAILED" in text
    assert "row 4: pulses = -5" in text
    assert applied.error("validate", "nothing")["code"] == "NotFound"


def test_materialize_and_get_as_text(applied):
    report = applied.json("materialize", "2024-06-01", "2024-06-02", "--views", "reading")
    assert [view["view"] for view in report["views"]] == ["reading"]
    text = applied.run("get", "billing", "site=north", "number=7", "--at", "2024-06-01T08:30Z").stdout
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert "as of 2024-06-01T08:30:00Z" in text
    assert 'say "hi" to Zürich' in lines["note"]
    assert "2024-06-01T08:00:00Z" in lines["power"]
    assert lines["power"].endswith("30min")
    assert "9007199254740993" in lines["pulses"]
    assert "[1.0,2.5]" in lines["phases"]


def test_statuses(applied):
    applied.run("materialize", "2024-06-01", "2024-06-02")
    get = lambda *words: applied.json("get", "reading:pulses", *words)["features"]["pulses"]  # noqa: E731
    assert get("site=north", "number=8", "--at", AT)["status"] == "NULL_VALUE"
    assert get("site=nowhere", "number=8", "--at", AT)["status"] == "NOT_FOUND"
    assert get("site=null", "number=8", "--at", AT)["status"] == "NOT_FOUND"
    assert get("site=north", "number=7", "--at", "2024-06-01T13:00:00Z")["status"] == "PRESENT"
    late = get("site=north", "number=7", "--at", "2024-06-01T13:00:00.000001Z")
    assert late["status"] == "OUTSIDE_MAX_AGE"
    assert late["value"] is None


def test_a_number_that_is_text_is_found(applied):
    applied.run("materialize", "2024-06-01", "2024-06-02")
    answer = applied.json("get", "reading:power", "site=007", "number=7", "--at", AT)
    assert answer["features"]["power"]["value"] == 0.1
    wrong = applied.error("get", "reading:power", "site=north", "number=seven", "--at", AT, code=2)
    assert wrong["message"] == 'number: "seven" is no Int64'


def test_get_knows_services_views_and_features(applied):
    applied.run("materialize", "2024-06-01", "2024-06-02")
    key = ("site=north", "number=7", "--at", AT)
    whole = applied.json("get", "billing", *key)["features"]
    assert applied.json("get", "reading", *key)["features"] == whole
    assert applied.json("get", "reading:power", *key)["features"] == {"power": whole["power"]}
    assert applied.error("get", "readin", *key)["id"] == "GN102"
    assert "site" in applied.error("get", "reading", "number=7")["message"]


def test_push_from_every_kind_of_file(applied):
    applied.run("materialize", "2024-06-01", "2024-06-02")
    table = pa.Table.from_pylist([row("north", 7, hour(11), 11.0)], SCHEMA)
    pq.write_table(table, applied.folder / "new.parquet")
    (applied.folder / "new.csv").write_text("site,number,at,power\nnorth,7,2024-06-01T11:15:00Z,11.25\n")
    (applied.folder / "new.ndjson").write_text('{"site":"north","number":7,"at":"2024-06-01T11:30:00Z","power":11.5}\n')
    for name, power in (("new.parquet", 11.0), ("new.csv", 11.25), ("new.ndjson", 11.5)):
        report = applied.json("push", "readings", name)
        assert (report["rows"], report["rows_quarantined"], report["views"]) == (1, 0, ["reading"])
        answer = applied.json("get", "reading:power", "site=north", "number=7", "--at", "2024-06-01T12:00:00Z")
        assert answer["features"]["power"]["value"] == power
    assert applied.error("push", "reading", "new.csv")["id"] == "GN102"
    assert applied.error("push", "readings", "missing.csv")["code"] == "NotFound"


def test_materialize_incremental_takes_now(applied):
    report = applied.json("materialize-incremental", "now")
    assert report["views"][0]["rows_written"] >= 4
    assert applied.json("materialize-incremental", "now")["views"][0]["rows_written"] == 0
    assert applied.error("materialize", "2024-06-01", "2999-01-01")["id"] == "GN404"
    assert applied.error("materialize", "soon", "now")["id"] == "GN113"
