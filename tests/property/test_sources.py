"""Histories as people have them: CSV and NDJSON, folders and globs, odd column types, casts, mapped names, bad rows."""

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnomon import Entity, FeatureStore, FeatureView, Field, FileSource
from gnomon.types import Bool, Float32, Float64, Int32, Int64, String

UTC = dt.UTC
AT = dt.datetime(2024, 6, 1, tzinfo=UTC)
LATER = dt.datetime(2024, 6, 2, tzinfo=UTC)


class Project:
    """One view `v` of one entity with key `k`, over whatever is at `path`."""

    def __init__(self, folder, path, keys=("k",), **options):
        view_options = {name: options.pop(name) for name in ("schema", "ttl") if name in options}
        self.store = FeatureStore(repo_path=str(folder))
        source = FileSource(name="src", path=path, timestamp_field=options.pop("timestamp_field", "t"), **options)
        entity = Entity(name="thing", join_keys=list(keys))
        self.keys = keys
        self.store.apply([entity, FeatureView(name="v", entities=[entity], source=source, **view_options)])

    def at(self, times, features, **keys):
        table = pa.table({**keys, "event_timestamp": pa.array(times, pa.timestamp("us", "UTC"))})
        return self.store.get_historical_features(entity_df=table, features=[f"v:{f}" for f in features]).to_arrow()

    def value(self, feature="x", key=1, t=LATER):
        return self.at([t], [feature], k=[key])[feature].to_pylist()[0]


def parquet(folder, **columns):
    pq.write_table(pa.table(columns), folder / "data" / "src.parquet")
    return "data/src.parquet"


def instants(*values, kind=None):
    return pa.array(values, kind or pa.timestamp("us", "UTC"))


def test_csv(make_project):
    folder = make_project()
    (folder / "data" / "src.csv").write_text(
        "k,t,i,f,s,b\n"
        '1,2024-06-01T00:00:00Z,9007199254740993,0.1,"say ""hi"", you",true\n'
        "1,2024-06-02 00:00:00Z,,,,\n"
        "2,2024-06-01T00:00:00.000001Z,-1,-0.0,é,false\n"
    )
    schema = [Field(name=n, dtype=d) for n, d in (("i", Int64), ("f", Float64), ("s", String), ("b", Bool))]
    project = Project(folder, "data/src.csv", schema=schema)
    out = project.at(
        [AT, LATER, AT, AT + dt.timedelta(microseconds=1)], ["i", "f", "s", "b"], k=[1, 1, 2, 2]
    ).to_pydict()
    assert out["i"] == [2**53 + 1, None, None, -1]
    assert out["f"][:3] == [0.1, None, None] and str(out["f"][3]) == "-0.0"
    assert out["s"] == ['say "hi", you', None, None, "é"]
    assert out["b"] == [True, None, None, False]


def test_ndjson(make_project):
    folder = make_project()
    rows = [
        {"k": "a", "t": "2024-06-01T00:00:00Z", "i": 2**53 + 1, "f": 0.1, "tags": ["x", None]},
        {"k": "a", "t": "2024-06-02T00:00:00Z"},
        {"k": "b", "t": "2024-06-01T02:00:00+02:00", "i": -1, "f": 1, "tags": []},
    ]
    (folder / "data" / "src.ndjson").write_text("\n".join(map(json.dumps, rows)))
    project = Project(folder, "data/src.ndjson")
    out = project.at([AT, LATER, AT], ["i", "f", "tags"], k=["a", "a", "b"]).to_pydict()
    assert out["i"] == [2**53 + 1, None, -1] and out["f"] == [0.1, None, 1.0] and out["tags"] == [["x", None], None, []]


def test_ndjson_writes_what_json_has_no_number_for_as_text(make_project):
    folder = make_project()
    lines = [
        f'{{"k": {k}, "t": "2024-06-01T00:00:00Z", "f": {f}}}'
        for k, f in enumerate(['"NaN"', '"Infinity"', '"-Infinity"', "1.5", "null"])
    ]
    (folder / "data" / "src.ndjson").write_text("\n".join(lines))
    project = Project(folder, "data/src.ndjson", schema=[Field(name="f", dtype=Float64)])
    assert [str(project.value("f", k)) for k in range(5)] == ["nan", "inf", "-inf", "1.5", "None"]


@pytest.mark.parametrize("path", ["data/parts", "data/parts/*.csv", "data/p*/part-*.csv"])
def test_a_folder_and_a_glob(make_project, path):
    folder = make_project()
    (folder / "data" / "parts").mkdir()
    for number in (1, 2):
        (folder / "data" / "parts" / f"part-{number}.csv").write_text(
            f"k,t,x\n{number},2024-06-01T00:00:00Z,{number}0\n"
        )
    project = Project(folder, path)
    assert project.at([AT] * 3, ["x"], k=[1, 2, 3])["x"].to_pylist() == [10, 20, None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_every_stored_time(make_project, unit, zone):
    folder = make_project()
    wall = AT if zone else AT.replace(tzinfo=None)
    project = Project(folder, parquet(folder, k=[1], x=[7], t=instants(wall, kind=pa.timestamp(unit, zone))))
    assert project.value(t=AT) == 7 and project.value(t=AT - dt.timedelta(microseconds=1)) is None


def test_stored_nanoseconds_are_floored_also_before_1970(make_project):
    folder = make_project()
    times = pa.array([-1, 999], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    project = Project(folder, parquet(folder, k=[1, 2], x=[7, 8], t=times))
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    before = epoch - dt.timedelta(microseconds=1)
    assert [project.value(key=1, t=before), project.value(key=2, t=before), project.value(key=2, t=epoch)] == [
        7,
        None,
        8,
    ]


def test_naive_and_aware_times_in_one_column_of_text_are_refused(make_project):
    folder = make_project()
    (folder / "data" / "src.csv").write_text("k,t,x\n1,2024-06-01T00:00:00Z,1\n1,2024-06-01T00:00:00,2\n")
    with pytest.raises(ValueError, match=r"zone|naive|aware"):
        Project(folder, "data/src.csv").value()


@pytest.mark.parametrize(
    "dtype, stored, served",
    [
        (Float32, pa.array([0.1], pa.float64()), 0.10000000149011612),
        (Int64, pa.array([3.0], pa.float64()), 3),
        (Int32, pa.array([2**31 - 1], pa.int64()), 2**31 - 1),
        (Float64, pa.array([3], pa.int64()), 3.0),
        (Int64, pa.array([200], pa.uint8()), 200),
        (String, pa.array(["a"], pa.large_string()), "a"),
        (String, pa.array(["a"]).dictionary_encode(), "a"),
    ],
    ids=lambda value: str(getattr(value, "type", value)),
)
def test_declared_types_win(make_project, dtype, stored, served):
    folder = make_project()
    project = Project(folder, parquet(folder, k=[1], x=stored, t=instants(AT)), schema=[Field(name="x", dtype=dtype)])
    value = project.value()
    assert value == served and type(value) is type(served)


@pytest.mark.parametrize("dtype, bad", [(Int64, pa.array([1.0, 2.5])), (Int32, pa.array([1, 2**31]))], ids=str)
def test_a_value_that_does_not_fit_rejects_its_row_and_the_older_one_serves(make_project, dtype, bad):
    folder = make_project()
    project = Project(
        folder, parquet(folder, k=[1, 1], x=bad, t=instants(AT, LATER)), schema=[Field(name="x", dtype=dtype)]
    )
    assert project.value() == 1


def test_text_for_a_number_is_refused(make_project):
    folder = make_project()
    with pytest.raises(ValueError, match="x"):
        Project(folder, parquet(folder, k=[1], x=["1"], t=instants(AT)), schema=[Field(name="x", dtype=Int64)])


def test_field_mapping_names_keys_and_features(make_project):
    folder = make_project()
    path = parquet(folder, K=[1, 2], X=[7, 8], t=instants(AT, AT))
    project = Project(folder, path, field_mapping={"K": "k", "X": "x"}, schema=[Field(name="x", dtype=Int64)])
    assert project.value(key=2) == 8


def test_an_inferred_schema_breaks_ties_in_the_order_of_the_columns(make_project):
    folder = make_project()
    path = parquet(folder, k=[1, 1], b=[1, 2], t=instants(AT, AT), a=[9, 0])
    assert Project(folder, path).value("a") == 0


@pytest.mark.parametrize(
    "keys",
    [
        pa.array(["a", "", "a\x00"]),
        pa.array(["é", "e\u0301", "\U00010000"]),
        pa.array([b"", b"\x00", b"\xff"]),
        pa.array([-1, 0, 2**31 - 1], pa.int32()),
        pa.array([-(2**63), 2**53, 2**53 + 1], pa.int64()),
        pa.array([0, 1, -1], pa.int64()).cast(pa.timestamp("us", "UTC")),
        pa.array(["a", "b", "c"]).dictionary_encode(),
        pa.array(["a", "b", "c"], pa.large_string()),
    ],
    ids=lambda keys: str(keys.type),
)
def test_every_kind_of_key(make_project, keys):
    folder = make_project()
    project = Project(folder, parquet(folder, k=keys, x=[1, 2, 3], t=instants(AT, AT, AT)))
    assert project.at([AT] * 6, ["x"], k=pa.concat_arrays([keys, keys.take([2, 1, 0])]))["x"].to_pylist() == [
        1,
        2,
        3,
        3,
        2,
        1,
    ]


def test_a_bool_key(make_project):
    folder = make_project()
    project = Project(folder, parquet(folder, k=[False, True], x=[1, 2], t=instants(AT, AT)))
    assert project.at([AT] * 3, ["x"], k=[True, False, None])["x"].to_pylist() == [2, 1, None]


def test_composite_keys_do_not_run_into_each_other(make_project):
    folder = make_project()
    columns = {"a": ["1", "11", "", "x"], "b": ["11", "1", "x", ""]}
    project = Project(folder, parquet(folder, **columns, x=[1, 2, 3, 4], t=instants(AT, AT, AT, AT)), keys=("a", "b"))
    assert project.at([AT] * 4, ["x"], **columns)["x"].to_pylist() == [1, 2, 3, 4]


def test_rows_without_event_time_or_key_are_quarantined_and_never_served(make_project):
    folder = make_project()
    path = parquet(folder, k=[1, 1, None], x=[1, 2, 3], t=instants(AT, None, AT))
    project = Project(folder, path)
    assert project.at([LATER] * 2, ["x"], k=[1, None])["x"].to_pylist() == [1, None]
    project.store.run()
    assert project.at([LATER] * 2, ["x"], k=[1, None])["x"].to_pylist() == [1, None]
    reasons = str(project.store.quarantine("v").to_pylist())
    assert project.store.quarantine("v").num_rows == 2, reasons
    assert '"x": 2' in reasons.replace('"x":2', '"x": 2') and '"x": 3' in reasons.replace('"x":3', '"x": 3')


def test_several_views_of_different_entities_in_one_call(make_project):
    folder = make_project()
    for name, keys in (("drivers", [1, 2]), ("shops", [1, 2])):
        pq.write_table(
            pa.table({name: keys, f"{name}_x": [k * 10 for k in keys], "t": instants(AT, AT)}),
            folder / "data" / f"{name}.parquet",
        )
    store, objects = FeatureStore(repo_path=str(folder)), []
    for name in ("drivers", "shops"):
        entity = Entity(name=name)
        objects += [
            entity,
            FeatureView(
                name=f"{name}_view",
                entities=[entity],
                source=FileSource(name=f"{name}_file", path=f"data/{name}.parquet", timestamp_field="t"),
            ),
        ]
    store.apply(objects)
    table = pa.table({"drivers": [1, 1, 2], "shops": [2, None, 1], "event_timestamp": instants(AT, AT, AT)})
    out = store.get_historical_features(
        entity_df=table, features=["shops_view:shops_x", "drivers_view:drivers_x"]
    ).to_arrow()
    assert out.column_names == ["drivers", "shops", "event_timestamp", "shops_x", "drivers_x"]
    assert out["shops_x"].to_pylist() == [20, None, 10] and out["drivers_x"].to_pylist() == [10, 10, 20]
