"""A second opinion that shares nothing with the oracle: DuckDB, by ASOF JOIN, or by brute force where known_at plays.

DuckDB has no order for -0.0 and 0.0 and its own for arrays, so those are left out here.
"""

import duckdb
import pyarrow as pa
import pytest

from oracle.feature_row import FeatureRows
from oracle.order import same
from property.draw import draw_shape, generator
from property.projects import output_name, python_values
from property.seeds import CASES, SEED
from property.sources import arrow_type
from property.training import TrainingCase

DTYPES = ["Int32", "Int64", "Float32", "Float64", "String", "Bool", "Bytes"]


def plain_type(dtype):
    return pa.int64() if dtype == "UnixTimestamp" else arrow_type(dtype)


def history_table(case, view):
    rows = [row for world in case.worlds for row in world.histories[view.rules.name]]
    types = {key: plain_type(case.shape.keys[key]) for key in view.rules.keys}
    types |= {column: pa.int64() for column in view.time_types}
    types |= {feature: plain_type(dtype) for feature, dtype in view.dtypes.items()}
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})


def entity_table(case):
    types = {key: plain_type(kind) for key, kind in case.shape.keys.items()} | {"event_timestamp": pa.int64()}
    columns = {name: pa.array([row[name] for _, row in case.rows], kind) for name, kind in types.items()}
    return pa.table({"row_id": pa.array(range(len(case.rows)), pa.int64()), **columns})


def newest_first(view, prefix=""):
    columns = (["created"] if view.rules.created_time else []) + list(view.dtypes)
    return ", ".join(f"{prefix}{column} DESC NULLS LAST" for column in ["event_time", *columns])


def asof_query(view):
    keys = ", ".join(view.rules.keys)
    equal = " AND ".join(f"e.{key} = h.{key}" for key in view.rules.keys)
    return f"""
        SELECT h.* FROM entities e ASOF LEFT JOIN (
            SELECT * FROM history WHERE event_time IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY {keys}, event_time ORDER BY {newest_first(view)}) = 1) h
        ON {equal} AND e.event_timestamp >= h.event_time ORDER BY e.row_id"""


def brute_force_query(view):
    equal = " AND ".join(f"e.{key} = h.{key}" for key in view.rules.keys)
    known = "coalesce(h.known, h.event_time)" if view.rules.known_at else "h.event_time"
    return f"""
        SELECT h.* FROM entities e LEFT JOIN history h
        ON {equal} AND h.event_time <= e.event_timestamp AND {known} + {view.rules.serving_lag_us} <= e.event_timestamp
        QUALIFY row_number() OVER (PARTITION BY e.row_id ORDER BY {newest_first(view, "h.")}) = 1 ORDER BY e.row_id"""


def duckdb_answer(case, view):
    """{feature: values} of one view for all entity rows, expired rows blanked."""
    with duckdb.connect() as db:
        db.register("history", history_table(case, view))
        db.register("entities", entity_table(case))
        plain = not view.rules.known_at and not view.rules.serving_lag_us
        found = db.sql(asof_query(view) if plain else brute_force_query(view)).to_arrow_table().to_pylist()
    ttl = view.rules.ttl_us
    fresh = [
        ttl == 0 or (hit["event_time"] is not None and hit["event_time"] >= row["event_timestamp"] - ttl)
        for hit, (_, row) in zip(found, case.rows, strict=True)
    ]
    return {
        feature: [hit[feature] if ok else None for hit, ok in zip(found, fresh, strict=True)] for feature in view.dtypes
    }


def without_negative_zero(case):
    for world in case.worlds:
        for rows in world.histories.values():
            for row in rows:
                row.update({name: 0.0 for name, value in row.items() if isinstance(value, float) and value == 0.0})


@pytest.fixture
def project_folder(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path


class AsofCase(TrainingCase):
    """A training case whose worlds DuckDB can order."""

    def write(self, folder, rng):
        without_negative_zero(self)
        super().write(folder, rng)


@pytest.mark.parametrize("number", range(max(1, round(20 * CASES))))
def test_oracle_and_training_equal_duckdb(project_folder, number):
    rng = generator(SEED, "duckdb shape", number)
    shape = draw_shape(rng, views=1 + number % 2, form="parquet", dtypes_among=DTYPES)
    case = AsofCase(project_folder, SEED, "duckdb", number, worlds=100, shape=shape)
    answer, rules = case.ask(), FeatureRows()
    for view, feature in case.request:
        name = output_name(case.shape, view, feature)
        got = python_values(answer.column(name))
        for place, value in enumerate(duckdb_answer(case, view)[feature]):
            world, row = case.rows[place]
            expected = case.expected(rules, world, row)[name]
            assert same(expected, value), "the oracle differs: " + case.explain(
                view, feature, world, row, value, expected
            )
            assert same(got[place], value), case.explain(view, feature, world, row, value, got[place])
