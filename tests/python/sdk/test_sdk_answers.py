"""Online answers, plans and progress, as people see them."""

import io
import json
from datetime import UTC, datetime

import pyarrow as pa

from gnomon import OnlineAnswer, Plan, progress

T = datetime(2013, 1, 1, 12, tzinfo=UTC)


def answer():
    table = pa.table(
        {
            "origin": ["EWR", None],
            "seats": pa.array([2, None], pa.int64()),
            "seats__status": ["PRESENT", "NOT_FOUND"],
            "seats__event_time": pa.array([T, None], pa.timestamp("us", "UTC")),
        }
    )
    header = {"t": 1357041600000000, "sequence": 7, "keys": ["origin"], "features": ["seats"], "errors": ["E row 1"]}
    return OnlineAnswer(table, json.dumps(header))


def test_to_dict_gives_join_keys_first():
    assert answer().to_dict() == {"origin": ["EWR", None], "seats": [2, None]}
    assert list(answer().to_dict()) == ["origin", "seats"]


def test_to_dict_with_metadata():
    assert answer().to_dict(include_metadata=True) == {
        "origin": ["EWR", None],
        "seats": [2, None],
        "seats__status": ["PRESENT", "NOT_FOUND"],
        "seats__event_time": [T, None],
    }


def test_what_else_an_answer_knows():
    assert (answer().t, answer().sequence, answer().errors) == (T, 7, ["E row 1"])
    assert answer().to_arrow().column_names == ["origin", "seats"]
    assert str(answer().to_df()["seats"].dtype) == "Int64"
    assert repr(answer()) == "OnlineAnswer(2 rows, features: seats)"


CHANGES = [
    {"change": "add", "kind": "view", "name": "a"},
    {"change": "change", "kind": "entity", "name": "b"},
    {"change": "remove", "kind": "source", "name": "c"},
]


def test_a_plan_shows_the_engines_text():
    plan = Plan.planned("+ view a <v1>\n", json.dumps({"changes": CHANGES}))
    assert str(plan) == plan.text == "+ view a <v1>\n"
    assert plan.changes == CHANGES and plan.revision is None
    assert plan._repr_html_() == "<pre>+ view a &lt;v1&gt;\n</pre>"


def test_an_applied_plan_tells_its_revision():
    plan = Plan.applied(json.dumps({"changes": CHANGES, "revision": 4}))
    assert str(plan) == "+ view  a\n~ entity  b\n- source  c\nrevision 4"
    assert plan.revision == 4 and repr(plan) == "Plan(3 changes)"


def test_a_progress_line_is_throttled_and_cleared():
    stream = io.StringIO()
    with progress.ProgressLine(stream) as line:
        line("weather: materialize", 50, 200)
        line("weather: materialize", 51, 200)
    assert stream.getvalue() == "\r\x1b[Kweather: materialize  50 / 200  25 %\r\x1b[K"


def test_an_unknown_total_is_not_divided_by():
    stream = io.StringIO()
    progress.ProgressLine(stream)("reading", 1234, 0)
    assert stream.getvalue().endswith("reading  1,234")


def test_no_progress_where_nobody_watches(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert progress.terminal_progress() is None
