"""FeatureStore over HTTP, and beside the server that owns the store of its project."""

import os
import subprocess
import sys
import threading
import warnings

import pandas as pd
import pyarrow as pa
import pytest
from drivers import DriversProject, day
from meters import Server

from gnomon import FeatureStore, errors
from gnomon.credentials import Credentials
from gnomon.http_connection import HttpConnection

FEATURES = ["stats:x", "stats:name"]


@pytest.fixture
def served(make_project):
    """A materialized project whose server runs; (project folder, server)."""
    project = DriversProject(make_project("drivers"), as_of_retention="all")
    project.store.materialize(day(1), day(20))
    project.store.close()
    with Server(project.folder) as server:
        yield project.folder, server


@pytest.fixture(params=["http", "socket"])
def store(request, served):
    folder, server = served
    where = f"http://{server.address}" if request.param == "http" else folder
    with FeatureStore(where) as opened:
        yield opened


def answer(store, *drivers, **options):
    rows = [{"driver": driver} for driver in drivers]
    return store.get_online_features(FEATURES, rows, **options)


def test_reads(store):
    read = answer(store, 1, 99, as_of=day(15, 12))
    assert read.to_dict() == {"driver": [1, 99], "x": [115, None], "name": ["d1", None]}
    told = read.to_dict(include_metadata=True)
    assert told["x__status"] == ["PRESENT", "NOT_FOUND"]
    assert told["x__event_time"] == [day(15), None]
    assert read.t == day(15, 12)
    assert read.sequence > 0
    assert answer(store, 1, full_feature_names=True).to_dict() == {
        "driver": [1],
        "stats__x": [119],
        "stats__name": ["d1"],
    }
    assert answer(store, 1, timeout_ms=60_000).to_dict()["x"] == [119]


def test_the_answer_is_that_of_an_embedded_store(served):
    folder, server = served
    with FeatureStore(folder, read_only=True) as beside, FeatureStore(f"http://{server.address}") as remote:
        ours, theirs = (answer(store, 3, 1, 2, 99, as_of=day(10)).to_arrow(True) for store in (beside, remote))
    assert ours.equals(theirs)


def test_writes(store):
    rows = pd.DataFrame({"driver": [1], "event_timestamp": [day(25, 6)], "x": [7], "name": ["new"]})
    assert store.push("stats_stream", rows) == {"rows": 1, "rows_quarantined": 0, "views": ["stats"]}
    assert answer(store, 1).to_dict()["x"] == [7]
    rows = rows.assign(driver=2)
    assert store.write_to_online_store("stats", rows)["views"] == ["stats"]
    assert answer(store, 2).to_dict()["name"] == ["new"]
    spine = pd.DataFrame({"driver": [1, 2], "event_timestamp": [day(25, 12), day(25, 12)], "label": [0, 1]})
    trained = store.get_historical_features(spine, FEATURES)
    assert trained.to_df()["x"].tolist() == [7, 225]  # what was written online only is not trained on
    assert trained.to_df()["label"].tolist() == [0, 1]
    assert trained.manifest["views"][0]["name"] == "stats"


def test_materialize_and_the_catalog(store):
    assert store.materialize_incremental(day(29))["views"][0]["view"] == "stats"
    assert answer(store, 1).to_dict()["x"] == [128]
    assert store.materialize(day(1), day(2), ["stats"])["views"][0]["rows_written"] == 3
    assert store.run()["status"] == "ok"
    assert store.runs(1)[0]["kind"] == "run"
    assert [view["name"] for view in store.list_objects("views")] == ["stats"]
    assert store.describe("stats")["kind"] == "view"
    assert store.quarantine().num_rows == 0
    assert "stats" in store._repr_html_()


def test_errors_are_the_same(store):
    with pytest.raises(errors.NotFound, match="Did you mean") as caught:
        store.get_online_features(["stat:x"], [{"driver": 1}])
    assert caught.value.id == "GN102"
    with pytest.raises(errors.InvalidArgument, match="missing join key"):
        store.get_online_features(FEATURES, [{"drive": 1}])
    with pytest.raises(errors.InvalidArgument, match="GN404"):
        store.materialize_incremental("2999-01-01")
    with pytest.raises(errors.InvalidArgument, match="timeout_ms"):
        answer(store, 1, timeout_ms=0)


def test_what_does_not_go_over_http_says_so(served):
    _, server = served
    store = FeatureStore(f"http://{server.address}")
    assert repr(store) == f"FeatureStore('http://{server.address}')"
    for call in (store.plan, store.apply, store.validate, lambda: store.get_historical_features("x.parquet", FEATURES)):
        with pytest.raises(errors.Unimplemented) as caught:
            call()
        assert caught.value.id == "GN632"


def test_addresses():
    for wrong in ("ftp://127.0.0.1:1", "http://", "http://127.0.0.1:port", "http://user:secret@127.0.0.1:1"):
        with pytest.raises(errors.InvalidArgument, match="not a server's address"):
            FeatureStore(wrong)
    with pytest.raises(errors.Unavailable, match="no server answers") as caught:
        FeatureStore("http://127.0.0.1:9").list_objects("views")
    assert caught.value.id == "GN631"


def test_many_threads_read_at_once(served):
    _, server = served
    store = FeatureStore(f"http://{server.address}")
    found = []

    def read():
        for _ in range(20):
            found.append(answer(store, 1).to_dict()["x"][0])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [119] * 160


def test_a_store_goes_on_when_the_server_ends(make_project):
    project = DriversProject(make_project("drivers"), as_of_retention="all")
    project.store.materialize(day(1), day(20))
    project.store.close()
    with FeatureStore(project.folder) as store:
        with Server(project.folder):
            assert answer(store, 1).to_dict()["x"] == [119]
        assert answer(store, 1).to_dict()["x"] == [119]  # opened here now
        rows = pa.table({"driver": [1], "event_timestamp": [day(25)], "x": [7], "name": ["new"]})
        assert store.push("stats_stream", rows)["rows"] == 1


def test_a_stale_socket_is_no_server(make_project):
    project = DriversProject(make_project("drivers"))
    project.store.materialize(day(1), day(20))
    project.store.close()
    with Server(project.folder) as server:
        server.process.kill()
        server.process.wait()
        server.stopped = True
    assert os.path.exists(project.folder / ".gnomon" / "gnomon.sock")
    with FeatureStore(project.folder) as store:
        assert answer(store, 1).to_dict()["x"] == [119]
    with Server(project.folder) as again, FeatureStore(project.folder) as store:
        assert again.request("GET", "/health")[0] == 200
        assert answer(store, 1).to_dict()["x"] == [119]


def test_a_push_that_is_turned_away_leaves_nothing_behind(make_project):
    """The owner is another process and no server: neither the log nor the store changes."""
    project = DriversProject(make_project("drivers"))
    project.store.materialize(day(1), day(2))  # this process owns it
    rows = pd.DataFrame({"driver": [1], "event_timestamp": [day(25)], "x": [7], "name": ["new"]})
    code = (
        "import sys, pandas as pd; from gnomon import FeatureStore\n"
        "rows = pd.DataFrame({'driver': [1], 'event_timestamp': pd.to_datetime(['2024-06-25T00:00Z']), 'x': [7]})\n"
        "FeatureStore(sys.argv[1]).push('stats_stream', rows)"
    )
    done = subprocess.run([sys.executable, "-c", code, project.folder], capture_output=True, text=True)
    assert "GN510" in done.stderr
    spine = rows[["driver"]].assign(event_timestamp=day(26))
    assert project.train(spine).to_df()["x"].tolist() == [126]


def test_a_deadline_on_an_embedded_store(drivers):
    drivers.store.materialize(day(1), day(20))
    assert answer(drivers.store, 1, timeout_ms=60_000).to_dict()["x"] == [119]
    rows = {"driver": list(range(500_000))}
    with pytest.raises(errors.DeadlineExceeded) as caught:
        drivers.store.get_online_features(FEATURES, rows, timeout_ms=1)
    assert caught.value.id == "GN634"
    assert isinstance(caught.value, TimeoutError)
    with pytest.raises(errors.NotFound):
        drivers.store.get_online_features(["nobody:x"], [{"driver": 1}], timeout_ms=60_000)


@pytest.mark.parametrize(("host", "is_told"), [("features.example", True), ("127.0.0.1", False), ("localhost", False)])
def test_a_key_in_clear_to_another_machine_is_warned_of(host, is_told):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        HttpConnection(f"http://{host}:1", Credentials("gn_key"))
        HttpConnection(f"http://{host}:1")
        HttpConnection(f"https://{host}:1", Credentials("gn_key"))
    assert ["can be read on the way" in str(one.message) for one in told] == [True] * is_told
