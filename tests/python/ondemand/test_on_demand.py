"""On-demand features: the same answers in a training set and online, and what is said when there are none."""

import json
import math

import pandas as pd
import pytest
from weather import at

from gnomon import FeatureService, FeatureStore, errors

MAX = 2**63 - 1


def test_training_computes_from_features_and_the_request(weather):
    frame = weather.rows(("EWR", 2, 90.0, 1, "10.1.2.3"), ("JFK", 2, 0.0, 2, "11.0.0.1"), ("EWR", 4, 90.0, None, None))
    answer = weather.train(frame).to_df()
    assert list(answer.columns) == [*frame.columns, "wind_speed", "headwind", "is_tailwind", "next", "is_vpn", "bucket"]
    assert answer["headwind"][0] == 10.0
    assert answer["headwind"][1] == 20.0 * math.cos(math.radians(180.0))
    assert pd.isna(answer["headwind"][2])
    assert answer["is_tailwind"].tolist()[:2] == [False, True]
    assert answer["next"].tolist()[:2] == [2, 3] and pd.isna(answer["next"][2])
    assert answer["is_vpn"].tolist()[:2] == [True, False]
    assert answer["bucket"][0] == answer["bucket"][2]


def test_online_answers_the_same_with_status_and_event_time(weather):
    weather.materialize()
    frame = weather.rows(("JFK", 4, 180.0, 7, "10.0.0.1"), ("EWR", 4, 0.0, None, None), ("LGA", 4, 0.0, 1, "?"))
    answer = weather.serve(frame, as_of=at(4, 12)).to_dict(include_metadata=True)
    trained = weather.train(frame).to_df()
    assert answer["headwind"] == [20.0, None, None]
    assert trained["headwind"][0] == 20.0 and trained["headwind"][1:].isna().all()
    assert answer["headwind__status"] == ["PRESENT", "NULL_VALUE", "NULL_VALUE"]
    assert answer["headwind__event_time"][0] == at(1)
    assert answer["next"] == [8, None, 2]
    assert answer["is_vpn"] == [True, None, None]
    assert answer["bucket"] == trained["bucket"].tolist()
    assert next(iter(answer)) == "origin" and "runway_deg" not in answer
    # As of an earlier instant there is nothing yet.
    early = weather.serve(frame, as_of="2024-05-31T23:00:00Z").to_dict(include_metadata=True)
    assert early["wind_speed__status"][0] != "PRESENT" and early["headwind"] == [None] * 3


def test_only_what_was_asked_for_is_in_the_answer(weather):
    frame = weather.rows(("EWR", 2, 90.0, 1, None)).drop(columns=["n", "ip"])
    answer = weather.train(frame, features=["wind:headwind"]).to_df()
    assert list(answer.columns) == ["origin", "event_timestamp", "runway_deg", "headwind"]
    named = weather.train(frame, features=[weather.wind], full_feature_names=True).to_df()
    assert list(named.columns)[-1] == "wind__headwind"
    weather.materialize()
    online = weather.serve(frame, features=[weather.wind[["headwind"]]], as_of=at(2, 12)).to_dict()
    assert online == {"origin": ["EWR"], "headwind": [10.0]}


def test_a_missing_request_column_is_named(weather):
    frame = weather.rows(("EWR", 2, 90.0, 1, None)).drop(columns=["runway_deg"])
    with pytest.raises(
        errors.InvalidArgument, match=r'GN216 .*missing request column "runway_deg" of on-demand view wind'
    ):
        weather.train(frame, features=["wind:headwind"])
    weather.materialize()
    with pytest.raises(errors.InvalidArgument, match="GN216"):
        weather.serve(frame, features=["wind:headwind"])
    with pytest.raises(errors.InvalidArgument, match="GN205"):
        weather.serve(frame.assign(runway_deg="north"), features=["wind:headwind"])


def test_an_integer_that_does_not_fit_is_invalid_on_both_paths(weather):
    frame = weather.rows(("EWR", 2, 90.0, MAX, None), ("JFK", 2, 90.0, 1, None))
    trained = weather.train(frame, features=["more:next"])
    assert trained.to_df()["next"].isna().tolist() == [True, False]
    (error,) = trained.errors
    assert (error["view"], error["feature"], error["reason"]) == ("more", "next", "INTEGER_OVERFLOW")
    assert error["rows"] == 1 and error["first_rows"] == [0]
    with pytest.raises(errors.InvalidArgument, match=r"GN218 .*more:next in 1 rows"):
        weather.train(frame, features=["more:next"], strict=True)
    assert weather.train(frame[1:].reset_index(drop=True), features=["more:next"], strict=True).to_df()["next"][0] == 2
    weather.materialize()
    answer = weather.serve(frame, features=["more:next"])
    assert answer.to_dict(include_metadata=True)["next__status"] == ["INVALID", "PRESENT"]
    assert answer.errors == ["INTEGER_OVERFLOW more:next row 0"]


def test_a_request_value_that_does_not_fit_its_type_is_invalid(weather):
    frame = weather.rows(("EWR", 2, 90.0, 1, None)).assign(n=1.5)
    trained = weather.train(frame, features=["more:next"])
    assert trained.to_df()["next"].isna().all() and trained.errors[0]["reason"] == "INVALID_INPUT"
    weather.materialize()
    assert weather.serve(frame, features=["more:next"]).errors == ["INVALID_INPUT more:next row 0"]


def test_the_manifest_of_a_training_set_names_the_views_that_were_computed(weather):
    manifest = json.loads(json.dumps(weather.train(weather.rows(("EWR", 2, 90.0, 1, None))).manifest))
    assert [view["name"] for view in manifest["on_demand_views"]] == ["wind", "more"]
    assert all(view["meaning"] for view in manifest["on_demand_views"])


def test_names_that_clash_in_the_answer(weather):
    frame = weather.rows(("EWR", 2, 90.0, 1, None)).assign(headwind=1.0)
    with pytest.raises(errors.InvalidArgument, match=r"GN213 .*headwind"):
        weather.train(frame, features=["wind:headwind"])
    with pytest.raises(errors.NotFound, match=r'"headwin".*headwind|headwin'):
        weather.train(frame, features=["wind:headwin"])


def test_many_rows_are_what_few_rows_are(weather):
    few = weather.rows(("EWR", 2, 90.0, 1, "10.0.0.1"), ("JFK", 2, 30.0, MAX, None), ("EWR", 4, 10.0, 5, "1.1.1.1"))
    many = pd.concat([few] * 20_000, ignore_index=True)
    one, all_of_it = weather.train(few), weather.train(many)
    expected = pd.concat([one.to_df()] * 20_000, ignore_index=True)
    pd.testing.assert_frame_equal(all_of_it.to_df(), expected)
    assert all_of_it.errors[0]["rows"] == 20_000


def test_a_plan_tells_what_changed_and_apply_keeps_versions(weather):
    assert weather.store.plan([weather.service]).changes == []
    from gnomon import OnDemandFeatureView

    changed = OnDemandFeatureView("wind", sources=["weather_now", "req"], features={"headwind": "wind_speed * 1.0"})
    text = str(weather.store.plan([changed]))
    assert "~ on_demand_view  wind" in text and "v1 -> v2" in text and "BREAKING" in text
    assert "headwind:" in text and "used by: more, delay_v1" in text
    with pytest.raises(errors.InvalidArgument, match=r'GN101 .*unknown input "wind_sped".*Did you mean "wind_speed"'):
        weather.store.plan([OnDemandFeatureView("w2", sources=["weather_now"], features={"x": "wind_sped"})])


def test_what_cannot_be_traced_is_refused_at_plan_with_its_place(make_project):
    folder = make_project("files")
    (folder / "features").mkdir()
    (folder / "features" / "wind.py").write_text(
        "from gnomon import *\nfrom gnomon.types import Float64\n"
        'req = RequestSource(name="req", schema=[Field(name="a", dtype=Float64)])\n'
        "@on_demand_feature_view(sources=[req])\n"
        "def wind(inputs):\n"
        '    if inputs["a"] > 1:\n'
        "        return {}\n"
    )
    with FeatureStore(str(folder)) as store, pytest.raises(errors.InvalidArgument) as caught:
        store.plan()
    assert caught.value.id == "GN170"
    assert caught.value.where == "features/wind.py:6"
    assert "fn.if_else" in caught.value.hint


def test_the_contract_in_yaml(make_project):
    folder = make_project("yaml")
    (folder / "features").mkdir()
    (folder / "features" / "all.yaml").write_text(
        """
sources:
  - request: {name: req, schema: [{name: amount, dtype: Int64}, {name: country, dtype: String}]}
lookup_sets:
  - {name: risky, values: [XX, YY]}
on_demand_feature_views:
  - {name: risk, sources: [req], features: {is_large: amount > 1000, is_risky: "in_set(country, 'risky')"}}
  - {name: both, sources: [risk], features: {alarm: is_large and is_risky}}
feature_services:
  - {name: fraud, features: [risk, both]}
"""
    )
    with FeatureStore(str(folder)) as store:
        store.apply()
        rows = [{"amount": 5000, "country": "XX"}, {"amount": 1, "country": "DE"}, {"amount": None, "country": None}]
        answer = store.get_online_features(features="fraud", entity_rows=rows).to_dict()
        assert answer == {
            "is_large": [True, False, None],
            "is_risky": [True, False, None],
            "alarm": [True, False, None],
        }
        frame = pd.DataFrame(rows).assign(event_timestamp=at(1))
        trained = store.get_historical_features(entity_df=frame, features="fraud").to_df()
        assert trained["alarm"].tolist()[:2] == [True, False]


def test_a_service_may_hold_nothing_else(weather):
    weather.store.apply([FeatureService(name="only", features=["wind:headwind"])])
    frame = weather.rows(("EWR", 2, 90.0, 1, None))
    assert weather.train(frame, features="only").to_df()["headwind"][0] == 10.0
