"""Definitions: what they accept, what they refuse, and where they say they were written."""

from datetime import timedelta

import pytest

from gnomon import (
    BatchFeatureView,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    PushSource,
    StreamFeatureView,
    batch_feature_view,
    errors,
)
from gnomon.types import Array, Float32, Int64, String

user = Entity(name="user", join_keys=["user_id"])
stats = FileSource(name="user_stats", path="data/user_stats.parquet", timestamp_field="event_timestamp")


def view(**keywords):
    return FeatureView(**{"name": "v", "entities": [user], "source": stats} | keywords)


def message_of(definition):
    return definition.to_manifest("/nowhere")


def test_join_keys_default_to_the_name():
    assert message_of(Entity("origin"))["join_keys"] == ["origin"]
    assert message_of(user)["join_keys"] == ["user_id"]


def test_aliases_are_the_same_class():
    assert BatchFeatureView is FeatureView
    assert StreamFeatureView is FeatureView


@pytest.mark.parametrize(
    ("ttl", "ttl_us"),
    [
        ("7d", "604800000000"),
        ("1d12h", "129600000000"),
        ("5min", "300000000"),
        ("250ms", "250000"),
        ("10us", "10"),
        ("2w", "1209600000000"),
        (timedelta(days=1), "86400000000"),
        (0, None),
        ("0", None),
        (None, None),
        (timedelta(0), None),
    ],
)
def test_durations(ttl, ttl_us):
    assert message_of(view(ttl=ttl)).get("ttl_us") == ttl_us


@pytest.mark.parametrize(
    "ttl", ["7", "7 days", "1.5h", "d", "", "-1d", 5, True, 1.0, timedelta(days=-1), "99999999999w"]
)
def test_bad_durations_name_the_view_and_the_value(ttl):
    with pytest.raises(errors.InvalidArgument, match="FeatureView 'v': ttl") as caught:
        view(ttl=ttl)
    assert caught.value.id == "GN112"
    assert repr(ttl) in caught.value.what


def test_as_of_retention():
    assert message_of(view(as_of_retention="all"))["as_of_retention_us"] == "-1"
    assert message_of(view(as_of_retention="30d"))["as_of_retention_us"] == "2592000000000"
    assert "as_of_retention_us" not in message_of(view())


def test_a_view_says_what_it_was_given():
    message = message_of(
        view(
            schema=[Field(name="spend", dtype=Float32), Field("tags", "Array(String)", description="labels")],
            serving_lag="1min",
            online=False,
            sql="select 1",
            timestamp_field="t",
            created_timestamp_column="c",
            known_at_field="k",
            owner="ops",
            tags={"team": "a"},
        )
    )
    assert message.pop("origin")["line"] > 0
    assert message == {
        "name": "v",
        "entities": ["user"],
        "sources": ["user_stats"],
        "schema": [
            {"name": "spend", "dtype": "Float32"},
            {"name": "tags", "dtype": "Array(String)", "description": "labels"},
        ],
        "serving_lag_us": "60000000",
        "offline_only": True,
        "sql": "select 1",
        "timestamp_field": "t",
        "created_timestamp_column": "c",
        "known_at_field": "k",
        "owner": "ops",
        "tags": {"team": "a"},
    }


def test_entities_and_sources_may_be_names():
    message = message_of(FeatureView("v", ["user"], sources=["a", "b"], sql="select 1"))
    assert (message["entities"], message["sources"]) == (["user"], ["a", "b"])


@pytest.mark.parametrize(
    ("keywords", "complaint"),
    [
        ({"entities": "user"}, "entities must be a list"),
        ({"entities": [stats]}, "must be Entity or a name"),
        ({"entities": [3]}, "must be Entity or a name"),
        ({"source": user}, "must be Source or a name"),
        ({"sources": [stats]}, "source= and sources= are both given"),
        ({"source": None, "sources": "user_stats"}, "sources must be a list"),
        ({"schema": ["spend"]}, "schema must hold Field"),
        ({"expect": ["not_null"]}, "expect must hold expectations"),
        ({"online": "no"}, "online must be True or False"),
        ({"sql": 3}, "sql must be a string"),
        ({"tags": {"a": 1}}, "must be a string"),
        ({"tags": ["a"]}, "tags must be a dict"),
        ({"name": None}, "name must be a string"),
    ],
)
def test_wrong_kinds_are_refused_where_they_are_written(keywords, complaint):
    with pytest.raises(errors.InvalidArgument, match=complaint) as caught:
        view(**keywords)
    assert caught.value.id in ("GN150", "GN130")
    assert "test_sdk_definitions.py:" in caught.value.where


@pytest.mark.parametrize("keyword", ["schedule"])
def test_a_keyword_that_does_not_exist_yet_is_refused_by_name(keyword):
    with pytest.raises(errors.Unimplemented, match=f"FeatureView: {keyword}= is not supported yet"):
        view(**{keyword: None})
    with pytest.raises(NotImplementedError, match=f"batch_feature_view: {keyword}= is not supported yet"):
        batch_feature_view(entities=[user], source=stats, **{keyword: None})


def test_an_unknown_keyword_is_a_type_error_with_a_suggestion():
    with pytest.raises(
        TypeError, match=r"FeatureView\(\) got an unexpected keyword argument 'tll' \(did you mean ttl=\?\)"
    ):
        view(tll="3h")
    with pytest.raises(TypeError, match=r"Entity\(\).*'join_key' \(did you mean join_keys=\?\)"):
        Entity("a", join_key=["b"])
    with pytest.raises(TypeError, match=r"FileSource\(\).*'zzz' \(known: name, path, format"):
        FileSource("a", path="b", zzz=1)
    with pytest.raises(TypeError, match=r"Field\(\).*'type'"):
        Field("a", Int64, type="b")


def test_a_missing_argument_is_a_type_error():
    with pytest.raises(TypeError, match="path"):
        FileSource("a")


def test_a_file_source_says_what_it_was_given(tmp_path):
    source = FileSource(
        "weather",
        path=tmp_path / "weather.csv",
        format="csv",
        timestamp_field="t",
        created_timestamp_column="c",
        known_at_field="k",
        field_mapping={"a": "b"},
        event_id="id",
        event_id_retention="7d",
        schema=[Field("b", Int64)],
    )
    message = message_of(source)
    del message["origin"]
    assert message == {
        "name": "weather",
        "file": {"path": str(tmp_path / "weather.csv"), "format": "csv"},
        "timestamp_field": "t",
        "created_timestamp_column": "c",
        "known_at_field": "k",
        "field_mapping": {"a": "b"},
        "event_id": "id",
        "event_id_retention_us": "604800000000",
        "schema": [{"name": "b", "dtype": "Int64"}],
    }


def test_a_push_source_names_its_history():
    assert message_of(PushSource("p", batch_source=stats))["push"] == {"batch_source": "user_stats"}
    assert message_of(PushSource("p", batch_source="user_stats"))["push"] == {"batch_source": "user_stats"}
    assert message_of(PushSource("p", timestamp_field="t"))["push"] == {}
    with pytest.raises(errors.InvalidArgument, match="must be a source of files"):
        PushSource("p", batch_source=PushSource("q"))


def test_a_service_keeps_the_order_of_its_features():
    ours = view(name="ours")
    service = FeatureService("s", [ours[["a", "b"]], "other:c", "other:d", ours["e"], "whole", "ours:f"])
    assert message_of(service)["features"] == [
        {"view": "ours", "features": ["a", "b"]},
        {"view": "other", "features": ["c", "d"]},
        {"view": "ours", "features": ["e"]},
        {"view": "whole"},
        {"view": "ours", "features": ["f"]},
    ]


@pytest.mark.parametrize("item", [":a", "v:", "", 3, stats])
def test_a_service_refuses_what_names_no_feature(item):
    with pytest.raises(errors.InvalidArgument, match=r"features\[0\] must be a view"):
        FeatureService("s", [item])


def test_a_service_wants_a_list():
    with pytest.raises(errors.InvalidArgument, match="features must be a list"):
        FeatureService("s", view())


def test_slicing_a_view_needs_names():
    with pytest.raises(errors.InvalidArgument, match="no feature is named"):
        view()[[]]
    with pytest.raises(TypeError, match="not iterable"):
        list(view())


def test_types():
    assert repr(Field("a", Array(Int64))) == "Field(name='a', dtype=Array(Int64))"
    assert Field("a", "Array(Int64)").dtype == Array(Int64)
    assert Array("String") == Array(String)
    assert Int64 != Float32
    for wrong in ("Int", "int64", "Array(Array(Int64))", "Array()", int, None):
        with pytest.raises(errors.InvalidArgument, match="unknown dtype") as caught:
            Field("a", wrong)
        assert caught.value.id == "GN110"
    with pytest.raises(errors.InvalidArgument, match=r"Array of Array\(Int64\)"):
        Array(Array(Int64))
    with pytest.raises(errors.InvalidArgument, match="Did you mean Int64"):
        Field("a", "Int46")


@batch_feature_view(name="plane", entities=[user], source=stats, timestamp_field="known_from", mode="arrow", ttl="3h")
def plane(table):
    """What the airline says."""
    return table


def test_a_function_becomes_a_view_that_knows_it(request):
    assert isinstance(plane, FeatureView)
    assert plane.function([1]) == [1]
    message = plane.to_manifest(str(request.path.parent))
    assert message["python"]["function"] == "test_sdk_definitions.py:plane"
    assert message["python"]["mode"] == "arrow"
    assert len(message["python"]["source_hash"]) == 64
    assert message["description"] == "What the airline says."
    assert (message["ttl_us"], message["timestamp_field"]) == ("10800000000", "known_from")


def test_a_function_outside_the_project_is_refused(tmp_path):
    with pytest.raises(errors.FailedPrecondition, match="outside the project") as caught:
        plane.to_manifest(str(tmp_path))
    assert caught.value.id == "GN152"


def test_a_function_that_cannot_be_found_again_is_refused():
    make = batch_feature_view(name="x", entities=[user], source=stats)

    def inner(df):
        return df

    for function in (inner, lambda df: df, len, 3):
        with pytest.raises(errors.InvalidArgument, match="cannot be found by its name"):
            make(function)
    with pytest.raises(errors.InvalidArgument, match='mode must be "pandas", "polars" or "arrow"'):
        batch_feature_view(name="x", entities=[user], source=stats, mode="spark")(plane.function)


def test_a_notebook_shows_a_view():
    html = view(ttl="3h", owner="<ops>")._repr_html_()
    assert "<b>view v</b>" in html and "3h" in html and "&lt;ops&gt;" in html
