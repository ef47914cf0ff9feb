"""Aggregations on the command line: the functions, plans, and one manifest from Python and from YAML."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from meters import GNOMON

GOLDEN = Path(__file__).parents[2] / "golden" / "windows"
EVENTS = pa.schema(
    {
        "user_id": pa.int64(),
        "paid_at": pa.timestamp("us", "UTC"),
        "amount": pa.float64(),
        "shop": pa.string(),
        "country": pa.string(),
        "status": pa.string(),
        "refunded": pa.bool_(),
    }
)
TYPES = {
    "amount_mean_1d": "Float64",
    "amount_mean_30d": "Float64",
    "payments": "Int64",
    "count_lifetime": "Int64",
    "amount_sum_last5": "Float64",
    "amount_sum_month": "Float64",
    "amount_sum_week": "Float64",
    "amount_max_1d12h": "Float64",
    "amount_min_90min": "Float64",
    "amount_std_1h": "Float64",
    "shop_last_distinct_n3_7d": "Array(String)",
    "amount_approx_percentile_7d": "Float64",
    "shop_count_distinct_7d": "Int64",
    "shop_mode_7d": "String",
}


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir()
        (folder / "features").mkdir()
        pq.write_table(EVENTS.empty_table(), folder / "data" / "payments.parquet")

    def define(self, suffix: str) -> None:
        shutil.rmtree(self.folder / "features")
        (self.folder / "features").mkdir()
        shutil.copy(GOLDEN / f"definitions{suffix}", self.folder / "features")

    def change(self, old: str, new: str) -> None:
        file = self.folder / "features" / "definitions.yaml"
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([GNOMON, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done

    def plan(self) -> dict[str, dict]:
        return {change["name"]: change for change in json.loads(self.run("plan", "--json").stdout)["changes"]}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize(("first", "second"), [(".yaml", ".py"), (".py", ".yaml")])
def test_python_and_yaml_are_one_project(project: Project, first: str, second: str) -> None:
    project.define(first)
    project.run("apply")
    project.define(second)
    assert project.plan() == {}


def test_aggregated_features_have_names_and_types(project: Project) -> None:
    project.define(".yaml")
    project.run("apply")
    described = json.loads(project.run("describe", "spend", "--json").stdout)
    assert {field["name"]: field["dtype"] for field in described["definition"]["schema"]} == TYPES


def test_a_plan_shows_windows_and_what_a_change_does(project: Project) -> None:
    project.define(".yaml")
    first = project.plan()["refunds"]["sections"]["windows"]
    assert first == [{"feature": "refunded_last_60s", "column": "refunded", "function": "last", "window": "60s"}]
    project.run("apply")
    project.change("window: 60s", "window: 2min")
    changed = project.plan()
    assert list(changed) == ["refunds"]
    assert (changed["refunds"]["impact"], changed["refunds"]["impact_reason"]) == ("breaking", "window 60s -> 2min")
    assert changed["refunds"]["details"] == ["aggregations[0].window: 60s -> 2min"]
    assert "    windows: last(refunded) over 2min\n" in project.run("plan").stdout


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("column: refunded", "column: refundet", 'GN101 features/definitions.yaml:31  unknown column "refundet"'),
        (
            "function: last,",
            "function: lats,",
            'GN150 features/definitions.yaml:31  unknown aggregation function "lats"',
        ),
        ("function: last,", "function: mean, n: 3,", "GN151 features/definitions.yaml:31"),
        (
            "default: false",
            "default: 0",
            "GN109 features/definitions.yaml:31  default of last(refunded) of view refunds",
        ),
        ("default: false", "where: refunded ==", "GN164 features/definitions.yaml:31  where of last(refunded)"),
        ("default: false", "wheer: refunded", 'unknown key "wheer" in an aggregation'),
        ("  - name: refunds", "  - name: refunds\n    ttl: 1d", "view refunds has ttl and aggregations"),
    ],
)
def test_a_mistake_is_refused_at_its_line(project: Project, old: str, new: str, problem: str) -> None:
    project.define(".yaml")
    project.change(old, new)
    assert problem in project.run("plan", code=1).stderr


def test_functions_are_listed_without_a_project(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        return subprocess.run(
            [GNOMON, "list", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    functions = json.loads(run("aggregations", "--json"))
    assert {"count", "sum", "last_n", "approx_percentile"} <= {row["name"] for row in functions}
    table = run("aggregations").splitlines()
    assert table[0].split() == ["name", "inputs", "result", "parameters", "description", "example"]
    assert len(table) >= 1 + len(functions)
    assert {"not_null", "between"} <= {row["name"] for row in json.loads(run("expectations", "--json"))}
    assert os.listdir(tmp_path) == []
