"""What an on-demand feature is in a training set, is online, is what the oracle says: random expressions and rows."""

import datetime as dt
import random
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracle.on_demand import LOST, Expressions
from property.expressions import ARROW, COLUMNS, Drawing, written
from property.seeds import CASES, SEED

EVENT = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
ROWS, FEATURES = 40, 12
DTYPES = {"int": "Int64", "float": "Float64", "text": "String", "bool": "Bool", "time": "UnixTimestamp"}


def canonical(value):
    """Equal for equal values: floats by their bits, all NaNs alike, True is not 1."""
    if isinstance(value, float):
        return ("float", "nan" if value != value else struct.pack("<d", value))
    if isinstance(value, dt.datetime):
        return ("time", value.astimezone(dt.UTC).replace(tzinfo=None))
    return (type(value).__name__, value)


class Case:
    """A project with stored and request columns, one on-demand view of random features, and one over it."""

    def __init__(self, folder, *path):
        from gnomon import Entity, FeatureStore, FeatureView, Field, FileSource, RequestSource, on_demand_feature_view

        self.seed = (SEED, *path)
        drawing = Drawing(random.Random(repr(self.seed)))
        self.rows = [drawing.row() for _ in range(ROWS)]
        kinds = [drawing.rng.choice(list(DTYPES)) for _ in range(FEATURES)]
        self.trees = {f"f{i}": drawing.tree(kind, 4) for i, kind in enumerate(kinds)}
        stored = {"key": pa.array(range(ROWS)), "at": pa.array([EVENT] * ROWS, ARROW["time"])}
        stored |= {name: self.column(name) for name, (_, where) in COLUMNS.items() if where == "stored"}
        pq.write_table(pa.table(stored), folder / "data" / "rows.parquet")
        source = FileSource(name="rows_file", path="data/rows.parquet", timestamp_field="at")
        view = FeatureView(name="rows", entities=[Entity(name="key")], source=source, as_of_retention="all")
        requested = [(name, kind) for name, (kind, where) in COLUMNS.items() if where == "request"]
        request = RequestSource(name="req", schema=[Field(name=name, dtype=DTYPES[kind]) for name, kind in requested])

        @on_demand_feature_view(
            name="made",
            sources=[view, request],
            schema=[Field(name=f"f{i}", dtype=DTYPES[kind]) for i, kind in enumerate(kinds)],
        )
        def made(inputs):
            return {name: written(tree, inputs) for name, tree in self.trees.items()}

        @on_demand_feature_view(name="over", sources=[made])
        def over(inputs):
            from gnomon import functions as fn

            return {f"missing_{name}": fn.is_null(inputs[name]) for name in self.trees}

        asked = {"key": pa.array(range(ROWS)), "event_timestamp": stored["at"]}
        asked |= {name: self.column(name) for name, _ in requested}
        self.asked = pa.table(asked)
        self.store = FeatureStore(str(folder))
        self.store.apply([made, over])

    def column(self, name):
        return pa.array([row[name] for row in self.rows], ARROW[COLUMNS[name][0]])

    def expected(self, rules):
        """(value, is it INVALID) by feature and row."""
        found = {}
        for name, tree in self.trees.items():
            values = [rules.value(tree, row) for row in self.rows]
            found[name] = [(None, True) if value is LOST else (value, False) for value in values]
        # What is made of an INVALID value is INVALID.
        for name in self.trees:
            found[f"missing_{name}"] = [(None, True) if lost else (value is None, False) for value, lost in found[name]]
        return found

    def trained(self):
        answer = self.store.get_historical_features(entity_df=self.asked, features=["made", "over"])
        table = answer.to_arrow()
        lost = {name: [False] * ROWS for name in self.expected_names()}
        for error in answer.errors:
            for row in error["first_rows"]:
                lost[error["feature"]][row] = True
        return {n: list(zip(table.column(n).to_pylist(), lost[n], strict=True)) for n in lost}

    def served(self):
        self.store.materialize(EVENT - dt.timedelta(days=1), EVENT + dt.timedelta(days=1))
        rows = self.asked.drop_columns(["event_timestamp"])
        answer = self.store.get_online_features(features=["made", "over"], entity_rows=rows, as_of=EVENT)
        table = answer.to_dict(include_metadata=True)
        return {
            n: [(v, s == "INVALID") for v, s in zip(table[n], table[f"{n}__status"], strict=True)]
            for n in self.expected_names()
        }

    def expected_names(self):
        return [*self.trees, *(f"missing_{name}" for name in self.trees)]

    def difference(self, expected, found):
        """The first place where they differ, or an empty string."""
        for name in expected:
            for row in range(ROWS):
                (a, lost_a), (b, lost_b) = expected[name][row], found[name][row]
                if canonical(a) != canonical(b) or lost_a != lost_b:
                    tree = self.trees[name.removeprefix("missing_")]
                    said = f"{a, lost_a} expected, {b, lost_b} found"
                    return f"seed {self.seed} feature {name} row {row}: {said}\n{tree}\n{self.rows[row]}"
        return ""


def folder_of(tmp_path):
    (tmp_path / "data").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("number", range(max(1, round(20 * CASES))))
def test_training_equals_online_equals_the_oracle(tmp_path, number):
    case = Case(folder_of(tmp_path), "on_demand", number)
    expected = case.expected(Expressions())
    with case.store:
        assert case.difference(expected, case.trained()) == ""
        assert case.difference(expected, case.served()) == ""


class TruncatingDivision(Expressions):
    strict = Expressions.strict | {"int //": lambda a, b: None if b == 0 else int(a / b)}


class OverflowIsMissing(Expressions):
    def fitted(self, result):
        return None if super().fitted(result) is LOST else result


class TwoValuedLogic(Expressions):
    def do_and(self, parts, row):
        return all(self.value(part, row) is True for part in parts)


@pytest.mark.parametrize("broken", [TruncatingDivision, OverflowIsMissing, TwoValuedLogic])
def test_a_broken_rule_is_noticed(tmp_path, broken):
    noticed = False
    for number in range(20):
        case = Case(folder_of(tmp_path / str(number)), "on_demand", number)
        with case.store:
            noticed = noticed or case.difference(case.expected(broken()), case.trained()) != ""
        if noticed:
            break
    assert noticed
