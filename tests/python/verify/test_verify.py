"""Served answers are logged and verified: what is found, and by which name."""

import datetime as dt
import json

import pyarrow.parquet as pq
import pytest
from drivers import DriversProject, all_rows, day, stats_table

from gnomon import Aggregation, Entity, FeatureService, FeatureStore, FeatureView, Field, PushSource
from gnomon.errors import DataLoss, InvalidArgument
from gnomon.types import Int64, String


@pytest.fixture
def drivers(make_project):
    """The project of that name, every answer logged."""
    project = DriversProject(make_project("drivers"))
    project.store.close()
    project.store = FeatureStore(repo_path=str(project.folder), served_log=1.0)
    yield project
    project.store.close()


def by_name(report):
    return {feature["name"]: feature for feature in report.features}


def files(project):
    return sorted((project.folder / ".gnomon" / "served").rglob("*.parquet"))


def push(project, driver, when, x, **options):
    return project.store.push("stats_stream", stats_table([(driver, when, x, "new")]), **options)


# ── the log ──


def test_a_file_tells_the_request_and_the_answer(drivers):
    drivers.store.materialize(day(1), day(10))
    drivers.serve(1, 9, as_of=day(5, 12))
    drivers.store.close()  # flushed at the end
    [file] = files(drivers)
    table = pq.read_table(file)
    rows = table.to_pylist()
    assert [row["driver"] for row in rows] == [1, 9]
    assert [(row["x"], row["x__status"], row["x__event_time"]) for row in rows] == [
        (105, "PRESENT", day(5)),
        (None, "NOT_FOUND", None),
    ] or rows[0]["x__status"] == "INVALID"
    assert {row["__t"] for row in rows} == {day(5, 12)}
    about = json.loads(table.schema.metadata[b"gnomon.served"])
    assert [f"{feature['view']}:{feature['feature']}" for feature in about["features"]] == ["stats:x", "stats:name"]
    assert about["revision"] == 1


def test_only_columns_that_the_answer_depends_on_are_kept(drivers):
    drivers.store.get_online_features(drivers.features, [{"driver": 1, "card_number": "4111"}])
    drivers.store.verify()
    assert "card_number" not in pq.read_table(files(drivers)[0]).column_names


def test_answers_of_a_service_have_a_folder(drivers):
    drivers.store.apply([FeatureService(name="both", features=[drivers.view])])
    drivers.store.get_online_features("both", [{"driver": 1}])
    drivers.serve(1)
    drivers.store.verify()
    assert sorted(file.parent.name for file in files(drivers))[0] == "both"
    assert drivers.store.verify("both").answers == 1
    assert drivers.store.verify().answers == 2


def test_nothing_is_kept_unless_asked(make_project):
    project = DriversProject(make_project("quiet"))
    project.serve(1)
    project.store.close()
    assert files(project) == []


def test_a_sample_is_about_as_large_as_asked(drivers):
    drivers.store.close()
    with FeatureStore(repo_path=str(drivers.folder), served_log=0.25) as store:
        for _ in range(400):
            store.get_online_features(drivers.features, [{"driver": 1}])
        kept = store.verify().answers
    assert 50 < kept < 160  # 100 expected, σ = 8.7


@pytest.mark.parametrize("sample", [-0.1, 1.5, "all", True])
def test_a_sample_is_a_fraction(make_project, sample):
    with pytest.raises(InvalidArgument, match="served_log"):
        FeatureStore(repo_path=str(make_project("x")), served_log=sample)


# ── healthy ──


def test_nothing_logged_is_no_answer(drivers):
    report = drivers.store.verify()
    assert report.all_match and report.answers == 0 and report.features == []


def test_every_way_into_the_store_is_accounted_for(drivers):
    drivers.serve(1, 2)  # before anything is there
    drivers.store.materialize(day(1), day(10))
    drivers.serve(1, 2)
    drivers.store.materialize_incremental(day(20))
    drivers.serve(1, 2)
    push(drivers, 1, day(25), 7)
    drivers.serve(1, 2)
    push(drivers, 2, day(25), 8, to="online")
    drivers.serve(1, 2)
    push(drivers, 2, day(26), 9, to="offline")  # not served yet
    drivers.serve(1, 2)
    drivers.store.write_to_online_store("stats", stats_table([(3, day(28), 1, "w")]))
    drivers.serve(1, 2, 3)
    drivers.store.run()
    drivers.serve(1, 2, 3)
    report = drivers.store.verify()
    assert report.all_match, report.to_dict()
    assert by_name(report)["stats:x"]["compared"] == 18
    assert "18 of 18" in repr(report) or "36 of 36" in repr(report)


def test_the_same_in_one_sqlite_file(make_project):
    folder = make_project("sqlite")
    (folder / "gnomon.yaml").write_text("online_store: sqlite\n")
    project = DriversProject(folder)
    project.store.close()
    with FeatureStore(repo_path=str(folder), served_log=1.0) as project.store:
        project.store.materialize(day(1), day(10))
        project.serve(1, 2)
        push(project, 1, day(25), 7)
        project.serve(1, 2)
        report = project.store.verify()
        assert report.all_match and by_name(report)["stats:x"]["compared"] == 4


def test_answers_can_be_chosen_by_time(drivers):
    drivers.serve(1)
    between = dt.datetime.now(dt.UTC)
    drivers.serve(2)
    drivers.serve(3)
    assert drivers.store.verify(until=between).answers == 1
    assert drivers.store.verify(since=between).answers == 2


def test_what_cannot_be_told_is_not_compared(make_project):
    project = DriversProject(make_project("newest"))
    project.store.close()
    project.store = FeatureStore(repo_path=str(project.folder), served_log=1.0)
    project.store.materialize_incremental(day(30))
    assert project.serve(1, as_of=day(5))["x__status"] == ["INVALID"]
    feature = by_name(project.store.verify())["stats:x"]
    assert (feature["compared"], feature["not_covered"], feature["match_rate"]) == (0, 1, None)
    project.store.close()


# ── why training says something else today ──


def test_rows_that_were_there_and_not_loaded(drivers):
    drivers.serve(1)
    drivers.store.materialize(day(1), day(10))
    drivers.serve(1)
    feature = by_name(drivers.store.verify())["stats:x"]
    assert (feature["matched"], feature["as_trained"]) == (2, 0)
    assert feature["training_differs"] == {"NOT_MATERIALIZED": 2}


def test_rows_that_came_late(drivers):
    drivers.store.materialize_incremental(day(30, 12))
    drivers.serve(1, as_of=day(30, 13))
    push(drivers, 1, day(30, 6), 7)  # it happened before what was asked, and came after
    feature = by_name(drivers.store.verify())["stats:x"]
    assert (feature["matched"], feature["training_differs"]) == (1, {"LATE_DATA": 1})


def test_rows_that_training_leaves_out(drivers):
    drivers.store.materialize_incremental(day(30, 12))
    push(drivers, 1, day(30, 13), 7, to="online")
    drivers.serve(1)
    feature = by_name(drivers.store.verify())["stats:x"]
    assert (feature["matched"], feature["training_differs"]) == (1, {"ONLINE_ONLY": 1})


def test_what_is_as_trained(drivers):
    drivers.store.materialize_incremental(dt.datetime.now(dt.UTC))
    drivers.serve(1, 2)
    feature = by_name(drivers.store.verify())["stats:x"]
    assert (feature["as_trained"], feature["training_differs"]) == (2, {})


# ── planted ──


def test_a_rewritten_file_is_named(drivers):
    drivers.store.materialize_incremental(dt.datetime.now(dt.UTC))
    drivers.serve(1, 2)
    drivers.write([(d, t, x + 1000 * (d == 2), n) for d, t, x, n in all_rows()])
    report = drivers.store.verify()
    assert not report.all_match
    feature = by_name(report)["stats:x"]
    assert (feature["compared"], feature["matched"], feature["reasons"]) == (2, 1, {"SOURCE_CHANGED": 1})
    [first] = feature["first_differing"]
    assert (first["row"], first["served"], first["expected"]) == ("driver=2", "230", "1230")
    assert by_name(report)["stats:name"]["matched"] == 2


def test_a_file_that_only_grew_is_as_good_as_before(drivers):
    drivers.store.materialize_incremental(day(30, 12))
    drivers.serve(1, 2)
    drivers.write([*all_rows(), (1, day(30, 18), 5, "later")])
    assert drivers.store.verify().all_match


def test_after_a_run_a_rewritten_file_changes_nothing(drivers):
    drivers.store.run()
    drivers.serve(1, 2)
    drivers.write([(d, t, x + 1000, n) for d, t, x, n in all_rows()])
    assert drivers.store.verify().all_match


def test_a_changed_definition_is_named(drivers):
    drivers.store.materialize_incremental(dt.datetime.now(dt.UTC))
    drivers.serve(1)
    schema = [Field(name="x", dtype=Int64), Field(name="name", dtype=String)]
    drivers.store.apply(
        [FeatureView(name="stats", entities=[drivers.driver], source=drivers.stream, schema=schema, ttl="1d")]
    )
    report = drivers.store.verify()
    feature = by_name(report)["stats:x"]
    assert (feature["matched"], feature["reasons"]) == (0, {"DEFINITION_CHANGED": 1})
    assert feature["first_differing"][0]["expected"] == "null"
    drivers.serve(1)  # under the new definition
    assert by_name(drivers.store.verify())["stats:x"]["matched"] == 1


def test_a_changed_aggregation_is_named(make_project):
    project, view = events_project(make_project("windows"))
    with FeatureStore(repo_path=str(project), served_log=1.0) as store:
        store.push("events", events([(1, day(1), 5.0), (1, day(2), 7.0)]))
        store.get_online_features(["spend"], [{"user": 1}], as_of=day(3))
        assert store.verify().all_match
        store.apply([view([Aggregation("amount", "max", "30d", name="amount")])])
        feature = by_name(store.verify())["spend:amount"]
        assert feature["reasons"] == {"DEFINITION_CHANGED": 1}
        assert (feature["first_differing"][0]["served"], feature["first_differing"][0]["expected"]) == ("12", "7")


def test_a_view_that_is_gone_is_listed(drivers):
    drivers.serve(1)
    (drivers.folder / "features").mkdir(exist_ok=True)
    drivers.store.apply(allow_destructive=True)  # the project's files define nothing
    report = drivers.store.verify()
    assert report.to_dict()["gone"] == ["stats:name", "stats:x"] and report.all_match


def test_a_view_that_was_dropped_and_came_back_has_no_memory(drivers):
    drivers.store.materialize_incremental(dt.datetime.now(dt.UTC))
    drivers.serve(1)
    (drivers.folder / "features").mkdir(exist_ok=True)
    drivers.store.apply(allow_destructive=True)
    drivers.store.apply([drivers.driver, drivers.view])
    assert drivers.store.verify().all_match  # compared with all that there is
    drivers.write([(d, t, x + 1000, n) for d, t, x, n in all_rows()])
    assert by_name(drivers.store.verify())["stats:x"]["reasons"] == {"STATE_UNKNOWN": 1}


def test_a_view_that_is_added_has_no_past(drivers):
    drivers.store.materialize_incremental(day(30, 12))
    more = FeatureView(name="more", entities=[drivers.driver], source=drivers.source, schema=drivers.view.schema)
    drivers.store.apply([more])
    drivers.store.get_online_features(["more:x"], [{"driver": 1}])
    drivers.store.materialize_incremental(day(30, 12))
    drivers.store.get_online_features(["more:x"], [{"driver": 1}])
    feature = by_name(drivers.store.verify())["more:x"]
    assert (feature["matched"], feature["training_differs"]) == (2, {"NOT_MATERIALIZED": 1})


def test_an_altered_log_is_found(drivers):
    """The value that is said to have been served never was: nothing can explain it."""
    drivers.store.materialize_incremental(dt.datetime.now(dt.UTC))
    drivers.serve(1, 2)
    drivers.store.verify()
    [file] = files(drivers)
    table = pq.read_table(file)
    at = table.column_names.index("x")
    column = table.column("x").to_pylist()
    pq.write_table(table.set_column(at, table.field(at), [[column[0] + 1, column[1]]]), file)
    feature = by_name(drivers.store.verify())["stats:x"]
    assert (feature["matched"], feature["reasons"]) == (1, {"UNEXPLAINED": 1})


def test_a_damaged_file_is_named(drivers):
    drivers.serve(1)
    drivers.store.verify()
    [file] = files(drivers)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataLoss, match=file.name) as raised:
        drivers.store.verify()
    assert raised.value.id == "GN420"


def test_on_demand_features_are_verified(make_project):
    from gnomon import RequestSource, on_demand_feature_view
    from gnomon.types import Float64

    project, view = events_project(make_project("demand"))
    spend = view([Aggregation("amount", "sum", "30d", name="amount", include_request=True)])
    request = RequestSource(name="req", schema=[Field(name="factor", dtype=Float64)])

    @on_demand_feature_view(sources=[spend, request], schema=[Field(name="scaled", dtype=Float64)], name="scaled")
    def scaled(inputs):
        return {"scaled": inputs["amount"] * inputs["factor"]}

    with FeatureStore(repo_path=str(project), served_log=1.0) as store:
        store.apply([spend, scaled])
        for amount in (1.0, 0.1):
            store.push("events", events([(1, day(1), amount), (2, day(2), amount)]))
            rows = [{"user": user, "amount": 0.2, "factor": 0.3} for user in (1, 2, 3, None)]
            store.get_online_features(["scaled:scaled", "spend:amount"], rows, as_of=day(3), full_feature_names=True)
        report = store.verify()
        assert report.all_match, report.to_dict()
        assert by_name(report)["scaled:scaled"]["compared"] == 8


def events(rows):
    import pyarrow as pa

    user, at, amount = zip(*rows, strict=True)
    time = pa.timestamp("us", "UTC")
    return pa.table(
        {"user": pa.array(user, pa.int64()), "at": pa.array(at, time), "amount": pa.array(amount, pa.float64())}
    )


def events_project(folder):
    """A view over pushed events alone, and what makes it with other aggregations."""
    from gnomon.types import Float64, UnixTimestamp

    user = Entity(name="user")
    columns = {"user": Int64, "amount": Float64, "at": UnixTimestamp}
    schema = [Field(name=name, dtype=dtype) for name, dtype in columns.items()]
    source = PushSource(name="events", schema=schema, timestamp_field="at")

    def view(aggregations):
        return FeatureView(name="spend", entities=[user], source=source, aggregations=aggregations)

    with FeatureStore(repo_path=str(folder)) as store:
        store.apply([view([Aggregation("amount", "sum", "30d", name="amount")])])
    return folder, view
