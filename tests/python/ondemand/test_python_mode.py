"""mode="python": the function runs beside the engine on both paths, and nothing that it does can hang a request."""

import json
import time
from pathlib import Path

import pandas as pd
import pytest

from gnomon import FeatureStore, errors

HEADER = """
import os, sys, time
from gnomon import Field, FeatureService, RequestSource, on_demand_feature_view
from gnomon.types import Array, Float64, Int64, String
req = RequestSource(name="req", schema=[Field(name="a", dtype=Int64), Field(name="word", dtype=String)])
"""
RISK = """
schema = [Field(name="inverse", dtype=Float64), Field(name="n", dtype=Int64)]

@on_demand_feature_view(sources=[req], mode="python", schema=schema)
def risk(inputs):
    print("on stdout, which is nobody's frame")
    return {"inverse": 10 / inputs["a"], "n": len(inputs.word or "")}

@on_demand_feature_view(sources=[risk])
def above(inputs):
    return {"twice": inputs["inverse"] * 2}

fraud = FeatureService(name="fraud", features=[risk, above])
"""


@pytest.fixture
def project(make_project):
    folder = make_project("functions")
    (folder / "features").mkdir()
    stores = []

    def make(text, apply=True):
        (folder / "features" / "risk.py").write_text(HEADER + text)
        store = FeatureStore(str(folder))
        stores.append(store)
        if apply:
            store.apply()
        return store

    yield make
    for store in stores:
        store.close()


ROWS = [{"a": 2, "word": "größe"}, {"a": 0, "word": "x"}, {"a": 5, "word": None}]


def frame():
    return pd.DataFrame(ROWS).assign(event_timestamp=pd.Timestamp("2024-01-01", tz="UTC"))


def test_both_paths_call_the_function(project):
    store = project(RISK)
    trained = store.get_historical_features(entity_df=frame(), features="fraud")
    answer = store.get_online_features(features="fraud", entity_rows=ROWS)
    served = answer.to_dict(include_metadata=True)
    assert trained.to_df()["inverse"].tolist()[::2] == [5.0, 2.0] and trained.to_df()["inverse"].isna()[1]
    assert served["inverse"] == [5.0, None, 2.0] and served["n"] == [5, None, 0]
    assert served["twice"] == [10.0, None, 4.0]
    assert served["inverse__status"] == ["PRESENT", "INVALID", "PRESENT"]
    assert served["twice__status"][1] == "INVALID"
    by_feature = {error["feature"]: error for error in trained.errors}
    assert by_feature["inverse"]["reason"] == "FUNCTION_RAISED" and by_feature["inverse"]["first_rows"] == [1]
    assert by_feature["inverse"]["causes"] == ["ZeroDivisionError: division by zero (row 1)"]
    assert any("ZeroDivisionError" in error for error in answer.errors)


def test_plan_says_what_it_costs(project):
    store = project(RISK, apply=False)
    plan = store.plan()
    (change,) = [change for change in plan.changes if change["name"] == "risk"]
    assert change["sections"]["python"]["start_ms"] > 0 and change["sections"]["python"]["request_ms"] > 0
    assert "goes through one Python process" in str(plan)
    json.dumps(plan.document)


def test_values_that_do_not_fit_are_invalid_by_row(project):
    store = project(
        """
schema = [Field(name="n", dtype=Int64), Field(name="l", dtype=Array(Int64))]

@on_demand_feature_view(sources=[req], mode="python", schema=schema)
def odd(inputs):
    return {"n": {2: 4.0, 0: 1.5, 5: "five"}[inputs["a"]], "l": [inputs["a"]]}
"""
    )
    answer = store.get_online_features(features=["odd"], entity_rows=ROWS).to_dict(include_metadata=True)
    assert answer["n"] == [4, None, None] and answer["l"] == [[2], None, None]
    assert answer["n__status"] == answer["l__status"] == ["PRESENT", "INVALID", "INVALID"]


@pytest.mark.parametrize("how", ["os._exit(3)", "os.kill(os.getpid(), 9)", "time.sleep(60)"])
def test_a_process_that_dies_or_hangs_is_replaced(project, how):
    store = project(
        f"""
@on_demand_feature_view(sources=[req], mode="python", schema=[Field(name="b", dtype=Int64)])
def fragile(inputs):
    if inputs["a"] == 0:
        {how}
    return {{"b": inputs["a"]}}
"""
    )
    assert store.get_online_features(features=["fragile"], entity_rows=[ROWS[0]]).to_dict()["b"] == [2]
    start = time.monotonic()
    answer = store.get_online_features(features=["fragile"], entity_rows=ROWS)
    assert time.monotonic() - start < 20
    assert answer.to_dict(include_metadata=True)["b__status"] == ["INVALID"] * 3
    assert any("NO_ANSWER fragile:b row 0" in error for error in answer.errors)
    assert any("GN334" in error for error in answer.errors)
    time.sleep(0.3)  # the pause before it is started again
    assert store.get_online_features(features=["fragile"], entity_rows=[ROWS[2]]).to_dict()["b"] == [5]
    if "sleep" not in how:
        with pytest.raises(errors.Error, match="GN334"):
            store.get_historical_features(entity_df=frame(), features=["fragile"])


def test_a_function_that_was_changed_and_not_applied_gives_no_answer(project):
    store = project(RISK)
    changed = project(RISK.replace("10 / inputs", "20 / inputs"), apply=False)
    with pytest.raises(errors.FailedPrecondition, match=r"GN171 .*not the one that was applied"):
        changed.get_historical_features(entity_df=frame(), features=["risk"])
    store.close()
    answer = changed.get_online_features(features=["risk"], entity_rows=ROWS)
    assert any("GN171" in error for error in answer.errors)


def test_a_process_that_runs_learns_of_a_new_version(project):
    store = project(RISK)
    assert store.get_online_features(features=["risk:inverse"], entity_rows=[ROWS[0]]).to_dict()["inverse"] == [5.0]
    changed = HEADER + RISK.replace("10 / inputs", "20 / inputs")
    (Path(store.project_dir) / "features" / "risk.py").write_text(changed)
    store.apply()
    assert store.get_online_features(features=["risk:inverse"], entity_rows=[ROWS[0]]).to_dict()["inverse"] == [10.0]


def test_what_is_wrong_with_a_definition(project):
    with pytest.raises(errors.InvalidArgument, match=r"GN108 .*has no (features|dtype)"):
        project('\n@on_demand_feature_view(sources=[req], mode="python")\ndef f(inputs):\n    return {"a": 1}\n')
    with pytest.raises(errors.InvalidArgument, match='mode must be "traced" or "python"'):
        project('\n@on_demand_feature_view(sources=[req], mode="pandas")\ndef f(inputs):\n    return {"a": 1}\n')
