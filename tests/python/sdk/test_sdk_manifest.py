"""From definitions to one manifest fragment, in the shape that proto/gnomon/v1/manifest.proto writes down."""

import json
import re
from pathlib import Path

import pytest

from gnomon import (
    Aggregation,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    LookupSet,
    OnDemandFeatureView,
    PushSource,
    RequestSource,
    calendar,
    errors,
    expect,
    functions,
    last,
    types,
)
from gnomon.manifest import manifest_json, manifest_of

PROTO = Path(__file__).parents[3] / "proto" / "gnomon" / "v1" / "manifest.proto"
HERE = str(Path(__file__).parent)
SCALARS = {"string": str, "int64": str, "bool": bool, "int32": int, "uint32": int, "double": (float, str)}


def on_demand(view):
    request = RequestSource("request", schema=[Field("r", types.String)], description="d", owner="o", tags={"x": "y"})
    values = LookupSet("values", values=["a", "b"], description="d", owner="o", tags={"x": "y"})
    ranges = LookupSet("ranges", cidrs=["10.0.0.0/8"])
    computed = OnDemandFeatureView(
        "computed",
        sources=[view[["q"]], request],
        features={"f": functions.in_set(functions.column("r"), values), "g": "in_set(r, 'ranges')"},
        description="d",
        owner="o",
        tags={"x": "y"},
    )
    return ranges, values, computed


def everything():
    user = Entity("user", join_keys=["a", "b"], description="d", owner="o", tags={"x": "y"})
    history = FileSource(
        "history",
        path="data/*.csv",
        format="csv",
        timestamp_field="t",
        created_timestamp_column="c",
        known_at_field="k",
        field_mapping={"p": "q"},
        event_id="i",
        event_id_retention="7d",
        schema=[Field("q", types.Array(types.Bytes), description="d", tags={"x": "y"})],
        expect=[
            expect.not_null("a", "b", mostly=0.5),
            expect.between("q", 0, 1.5, strict_min=True, strict_max=True),
            expect.in_set("q", ["a", 1, 1.5, True]),
            expect.regex("q", "x", on_fail="pass"),
            expect.unique("a", "b", on_fail="quarantine"),
        ],
        description="d",
        owner="o",
        tags={"x": "y"},
    )
    pushed = PushSource("pushed", batch_source=history)
    view = FeatureView(
        "view",
        [user],
        source=pushed,
        schema=[Field("q", types.Int64)],
        ttl="3h",
        timestamp_field="t",
        created_timestamp_column="c",
        known_at_field="k",
        sql="select",
        expect=[expect.not_null("q")],
        serving_lag="1s",
        as_of_retention="all",
        online=False,
        owner="o",
        description="d",
        tags={"x": "y"},
    )
    aggregated = FeatureView(
        "aggregated",
        [user],
        source=pushed,
        where="q > 0",
        allowed_lateness="1h",
        aggregations=[
            Aggregation(
                "q",
                "top_k",
                ["1h", "lifetime", last(5), calendar("month", tz="Europe/Berlin")],
                offset="1h",
                resolution="1h",
                sawtooth="1h",
                where="q < 9",
                n=3,
                p=0.5,
                default=0,
                include_request=True,
                max_distinct=9,
                name="x",
            )
        ],
    )
    ranges, values, computed = on_demand(view)
    service = [view[["q"]], aggregated, computed]
    return [ranges, values, FeatureService("service", service, description="d", owner="o", tags={"x": "y"})]


def messages_of_the_proto():
    """{message: {field: (type, is repeated)}}; a map is a type ("map", type of its values)."""
    text = re.sub(r"//.*", "", PROTO.read_text())
    messages = {}
    for name, body in re.findall(r"message (\w+) \{(\}|.*?\n\})", text, re.S):
        fields = re.findall(r"(repeated )?(map<string, (\w+)>|\w+) (\w+) = \d+;", body)
        messages[name] = {f: (("map", value) if value else kind, bool(many)) for many, kind, value, f in fields}
    return messages


def check_message(messages, name, value, seen):
    assert isinstance(value, dict), f"{name}: {value!r}"
    for key, item in value.items():
        assert key in messages[name], f"{name} has no field {key}"
        seen.add((name, key))
        kind, is_repeated = messages[name][key]
        if isinstance(kind, tuple):
            kind, items = kind[1], list(item.values())
        else:
            items = item if is_repeated else [item]
        assert isinstance(items, list), f"{name}.{key}"
        for one in items:
            if kind in SCALARS:
                assert isinstance(one, SCALARS[kind]), f"{name}.{key}: {one!r} is no {kind}"
            else:
                check_message(messages, kind, one, seen)


def test_every_field_is_one_of_the_contract():
    messages = messages_of_the_proto()
    seen = set()
    check_message(messages, "Manifest", manifest_of(everything(), HERE), seen)
    written = {(name, field) for name, fields in messages.items() for field in fields}
    # The engine fills in the project's name and the types of what a view reads; PythonTransform is seen by
    # test_sdk_evaluate.
    filled_in = {("Manifest", "project"), ("FeatureView", "join_keys"), ("FeatureView", "inputs")}
    absent = filled_in | {("FeatureView", "python"), ("OnDemandFeatureView", "python")}
    absent |= {field for field in written if field[0] == "PythonTransform"}
    assert written - seen == absent


def test_the_check_against_the_contract_can_fail():
    messages = messages_of_the_proto()
    with pytest.raises(AssertionError, match="no field"):
        check_message(messages, "Manifest", {"views": []}, set())
    with pytest.raises(AssertionError, match="is no int64"):
        check_message(messages, "FeatureView", {"ttl_us": 3}, set())


def test_what_an_object_uses_comes_along_once():
    manifest = manifest_of([*everything(), *everything()], HERE)
    names = {
        section: [m["name"] for m in messages] for section, messages in manifest.items() if section != "format_version"
    }
    assert names == {
        "entities": ["user"],
        "sources": ["history", "pushed", "request"],
        "lookup_sets": ["ranges", "values"],
        "feature_views": ["view", "aggregated"],
        "on_demand_feature_views": ["computed"],
        "feature_services": ["service"],
    }
    assert manifest["format_version"] == 1


def test_objects_that_differ_are_both_written_for_the_engine_to_refuse():
    manifest = manifest_of([FileSource("s", path="a"), FileSource("s", path="b"), FileSource("s", path="a")], HERE)
    assert [source["file"]["path"] for source in manifest["sources"]] == ["a", "b"]


def test_the_text_is_canonical():
    text = manifest_json([Entity("ünïcode", description='"\n')], HERE)
    parsed = json.loads(text)
    assert text == json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert parsed["entities"][0]["description"] == '"\n'


def test_origins_are_relative_to_the_project_and_true():
    entity = Entity("here")
    line = Path(__file__).read_text().splitlines().index('    entity = Entity("here")') + 1
    (message,) = manifest_of([entity], HERE)["entities"]
    assert message["origin"] == {"file": "test_sdk_manifest.py", "line": line}


def test_only_definitions_can_be_applied():
    with pytest.raises(errors.InvalidArgument, match="cannot apply 'user'"):
        manifest_of(["user"], HERE)
