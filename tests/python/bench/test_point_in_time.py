"""The benchmark must not believe a contestant that answers wrong."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "bench" / "point_in_time"
FEATURES = ("a", "b")
RIGHT = {"row_id": [0, 1, 2], "a": [0.5, None, 1.5], "b": [2.0, None, -0.25]}


@pytest.fixture(scope="module")
def bench() -> Iterator[tuple[ModuleType, ModuleType]]:
    sys.path.insert(0, str(FOLDER))
    import measure
    import report

    yield measure, report
    sys.path.remove(str(FOLDER))


def fingerprint(bench: tuple[ModuleType, ModuleType], columns: dict[str, list]) -> dict:
    return bench[0].fingerprint(pa.table(columns), FEATURES)


def test_row_order_and_nan_for_null_make_no_difference(bench):
    other = {"row_id": [2, 0, 1], "b": [-0.25, 2.0, math.nan], "a": [1.5, 0.5, math.nan]}
    assert fingerprint(bench, RIGHT) == fingerprint(bench, other)
    assert fingerprint(bench, RIGHT)["matched"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"row_id": [0, 1, 3]},
        {"row_id": [1, 0, 2]},
        {"a": [0.5, 0.0, 1.5]},
        {"a": [None, 0.5, 1.5]},
        {"b": [float(np.nextafter(2.0, 3.0)), None, -0.25]},
        {"a": RIGHT["b"], "b": RIGHT["a"]},
    ],
)
def test_any_other_value_changes_the_fingerprint(bench, wrong):
    assert fingerprint(bench, RIGHT)["digest"] != fingerprint(bench, RIGHT | wrong)["digest"]


def session(bench: tuple[ModuleType, ModuleType], digests: dict[str, list[str]]) -> dict:
    import workloads

    cost = {"cpu_seconds": 1.0, "wall_seconds": 1.0, "peak_memory_bytes": 1, "version": "1", "rows": 3, "matched": 2}
    runs = {name: [cost | {"digest": digest} for digest in of_one] for name, of_one in digests.items()}
    return {"contests": [bench[1].contest_record(workloads.workload("uniform", "tiny"), runs)]}


def test_equal_answers_are_no_problem(bench):
    assert bench[1].problems(session(bench, {"gnomon": ["x", "x"], "polars": ["x", "x"]})) == []


@pytest.mark.parametrize(
    ("digests", "found"),
    [
        ({"gnomon": ["x"], "polars": ["y"]}, "different answers"),
        ({"gnomon": ["x", "x"], "polars": ["x", "y"]}, "from one run to the next"),
    ],
)
def test_different_answers_are(bench, digests, found):
    problems = bench[1].problems(session(bench, digests))
    assert any(found in problem for problem in problems), problems


def test_a_crash_is_a_problem(bench):
    import workloads

    record = bench[1].contest_record(workloads.workload("uniform", "tiny"), {"polars": [{"failed": "exit status 1"}]})
    assert bench[1].problems({"contests": [record]}) == ["uniform: polars: exit status 1"]


def test_feast_may_differ_but_the_table_says_so(bench):
    differing = session(bench, {"gnomon": ["x"], "feast_default": ["y"]})
    assert bench[1].problems(differing) == []
    assert "**differs**" in bench[1].markdown(differing)


def test_the_same_size_and_name_mean_the_same_files(bench, tmp_path, monkeypatch):
    import hashlib

    import workloads

    small = workloads.Workload("strings", 50, 500, 10, "zipf", "string", seed=7)
    contents = []
    for attempt in ("first", "second"):
        monkeypatch.setattr(workloads, "DATA", tmp_path / attempt)
        assert workloads.make_files(small)
        assert not workloads.make_files(small)
        files = (small.entity_file, small.history_file)
        contents.append([hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files])
    assert contents[0] == contents[1]
