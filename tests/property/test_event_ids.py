"""An event id counts once: windows and feature rows, on the fly, materialized and after a run, against the oracle."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracle.event_ids import counted_once
from oracle.feature_row import FeatureRows, View
from oracle.order import same
from oracle.times import to_datetime
from property.draw import generator
from property.seeds import CASES, SEED
from property.windows import RULES, WindowCase

NOW = dt.datetime.now(dt.UTC)


def folder_of(tmp_path, number):
    folder = tmp_path / f"project_{number}"
    folder.mkdir()
    return folder


def with_repeats(rng, rows, draw_row):
    """Some rows again: as they are, with one value changed, or as quite another row of the same id."""
    again = []
    for row in rng.sample(rows, len(rows) // 3):
        kind = rng.choice(["same", "changed", "other"])
        if kind == "changed":
            name = rng.choice([name for name in row if name != "id"])
            row = {**row, name: draw_row()[name]}
        again.append({**draw_row(), "id": row["id"]} if kind == "other" else dict(row))
    return rows + again


class EventIdWindows(WindowCase):
    """A third of the events are there twice, a few have no id."""

    event_id = "id"

    def draw_rows(self, count):
        numbers = iter(range(count))
        rows = [
            {**self.draw_row(), "id": None if self.rng.random() < 0.05 else f"e{next(numbers)}"} for _ in range(count)
        ]
        return with_repeats(self.rng, rows, self.draw_row)

    def table(self, rows):
        return super().table(rows).append_column("id", pa.array([row["id"] for row in rows], pa.string()))

    def expected(self, key, t, request, feature):
        asked = dict(zip(("k1", "k2"), key, strict=True))
        if None in key:
            asked, request = {"k1": object(), "k2": None}, None
        own = None if request is None else {**asked, **request, "created": None, "known": None}
        columns = self.table([]).column_names
        counted, _, _ = counted_once(self.rows, "id", columns)
        return RULES.answer(self.view, self.features[feature], counted, asked, t, own)


def check_training(case, asked):
    for feature, values in case.training(asked).items():
        for one, got in zip(asked, values, strict=True):
            expected = case.expected(*one, feature)[0]
            assert same(expected, got), case.explain(*one, feature, expected, got)


def check_online(case, asked):
    t = asked[0][1]
    for feature, answers in case.online([key for key, *_ in asked], t, [own for *_, own in asked]).items():
        for (key, _, own), (value, _, _) in zip(asked, answers, strict=True):
            expected = case.expected(key, t, own, feature)[0]
            assert same(expected, value), case.explain(key, t, own, feature, expected, value)


@pytest.mark.parametrize("batch", range(max(1, round(4 * CASES))))
def test_windows(tmp_path, batch):
    """4 batches × 2 projects × 12 features × 20 rows, on the fly, from tiles, and from a published snapshot."""
    for number in range(2):
        case = EventIdWindows(folder_of(tmp_path, number), SEED, "event ids", batch, number)
        asked = case.draw_asked(20)
        check_training(case, asked)
        case.store.materialize_incremental(to_datetime(case.anchor + case.span // 2))
        case.store.materialize_incremental(NOW)
        check_online(case, asked)
        case.store.close()
        run(case)
        case.reopen()
        check_training(case, asked)
        check_online(case, asked)
        case.store.close()


def run(case):
    """Runs the pipeline; it tells of each row whether it is good, bad or a repeat."""
    counted, conflicting, without = counted_once(case.rows, "id", case.table([]).column_names)
    told = json.loads(gnomon(case.folder, "run", "--json"))
    check = next(step for step in told["steps"] if step["step"] == "check")
    assert check["rows_in"] == len(case.rows)
    assert check["rows_out"] == len(counted)
    assert check["rows_quarantined"] == len(conflicting) + len(without)
    reasons = [row["check"] for row in json.loads(gnomon(case.folder, "quarantine", "--json"))]
    assert sorted(reasons) == sorted(["conflicting_duplicate"] * len(conflicting) + ["not_null(id)"] * len(without))


def gnomon(folder, *arguments):
    command = [str(Path(sys.executable).with_name("gnomon")), "--project", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class EventIdRows:
    """A plain view: the newest row of those that count."""

    def __init__(self, folder, *seed):
        import gnomon

        self.seed, self.folder, self.rng = seed, folder, generator(*seed)
        rows = [{**self.draw_row(), "id": number} for number in range(40)]
        self.rows = with_repeats(self.rng, rows, self.draw_row)
        self.rng.shuffle(self.rows)
        pq.write_table(self.table(self.rows), folder / "rows.parquet", row_group_size=self.rng.choice([7, 1000]))
        user = gnomon.Entity("user", join_keys=["user"])
        source = gnomon.FileSource("rows", path="rows.parquet", timestamp_field="event_time", event_id="id")
        view = gnomon.FeatureView("v", entities=[user], source=source, as_of_retention="all")
        self.store = gnomon.FeatureStore(str(folder))
        self.store.apply([user, source, view])
        self.rules = View("v", ("user",), ("x", "s"))

    def draw_row(self):
        rng = self.rng
        return {
            "user": rng.choice([1, 2]),
            "event_time": rng.choice([0, 1, 2, 3, None]),
            "x": rng.choice([None, 1, 2]),
            "s": rng.choice(["a", "b", None]),
        }

    def table(self, rows):
        time = pa.timestamp("us", "UTC")
        types = {"user": pa.int64(), "event_time": time, "x": pa.int64(), "s": pa.string(), "id": pa.int64()}
        return pa.table({name: pa.array([row[name] for row in rows], type=kind) for name, kind in types.items()})

    def expected(self, user, t):
        counted, _, _ = counted_once(self.rows, "id", self.table([]).column_names)
        row = FeatureRows().newest(self.rules, counted, {"user": user}, t)
        return (None, None) if row is None else (row["x"], row["s"])

    def trained(self, asked):
        times = pa.array([t for _, t in asked], pa.timestamp("us", "UTC"))
        rows = pa.table({"user": [user for user, _ in asked], "event_timestamp": times})
        found = self.store.get_historical_features(rows, ["v"]).to_arrow()
        return list(zip(found["x"].to_pylist(), found["s"].to_pylist(), strict=True))

    def served(self, user, t):
        found = self.store.get_online_features(["v"], [{"user": user}], as_of=to_datetime(t)).to_dict()
        return found["x"][0], found["s"][0]


@pytest.mark.parametrize("number", range(max(1, round(10 * CASES))))
def test_feature_rows(tmp_path, number):
    case = EventIdRows(tmp_path, SEED, "event id rows", number)
    asked = [(user, t) for user in (1, 2) for t in range(-1, 5)]
    expected = [case.expected(user, t) for user, t in asked]
    assert case.trained(asked) == expected, case.seed
    case.store.materialize_incremental(NOW)
    assert [case.served(user, t) for user, t in asked] == expected, case.seed
    case.store.close()


def test_the_harness_notices_ids_that_count_twice(tmp_path, monkeypatch):
    """Negative control: an oracle without the rule disagrees."""
    monkeypatch.setattr("property.test_event_ids.counted_once", lambda rows, *_: (rows, [], []))
    with pytest.raises(AssertionError):
        for number in range(6):
            case = EventIdWindows(folder_of(tmp_path, number), SEED, "event ids", 0, number)
            check_training(case, case.draw_asked(40))
