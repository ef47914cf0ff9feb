"""Defects measured in other feature stores, one test each, asserting what is right: online reads."""

import datetime as dt
import threading

import pyarrow as pa
import pytest
from drivers import UTC, DriversProject, day

from regress.definitions import utc

MICROSECOND = dt.timedelta(microseconds=1)


def test_online_statuses_are_those_of_the_contract(make_project):
    now = dt.datetime.now(UTC)
    fresh, expired = now - dt.timedelta(minutes=5, microseconds=7), now - dt.timedelta(hours=5)
    drivers = DriversProject(
        make_project(), rows=[(1, fresh, 1, "a"), (2, expired, 2, "b"), (3, fresh, None, "c")], ttl="1h"
    )
    drivers.store.materialize(now - dt.timedelta(days=1), now)
    got = drivers.serve(1, 2, 3, 99)
    assert got["x"] == [1, None, None, None]
    assert got["x__status"] == ["PRESENT", "OUTSIDE_MAX_AGE", "NULL_VALUE", "NOT_FOUND"]
    assert got["name__status"] == ["PRESENT", "OUTSIDE_MAX_AGE", "PRESENT", "NOT_FOUND"]
    assert got["x__event_time"] == [fresh, expired, fresh, None]  # to the microsecond, not the second
    training = drivers.train(pa.table({"driver": [1, 2, 3, 99], "event_timestamp": utc([now] * 4)})).to_arrow()
    assert training["x"].to_pylist() == got["x"]


def test_a_null_key_does_not_fail_the_batch(drivers):
    drivers.store.materialize(day(1), day(30))
    got = drivers.serve(1, None, 2)
    assert got["x"] == [129, None, 229] and got["x__status"] == ["PRESENT", "NOT_FOUND", "PRESENT"]


@pytest.mark.parametrize("entity_rows", [[{}], [{"drivr": 1}]])
def test_a_missing_key_is_an_error_that_names_it(drivers, entity_rows):
    with pytest.raises(ValueError, match="driver"):
        drivers.store.get_online_features(features=list(drivers.features), entity_rows=entity_rows)


def test_no_entity_rows_give_empty_columns(drivers):
    got = drivers.store.get_online_features(features=list(drivers.features), entity_rows={"driver": []}).to_dict()
    assert got == {"driver": [], "x": [], "name": []}


def test_features_come_in_request_order(drivers):
    for features in (["stats:name", "stats:x"], ["stats:x", "stats:name"]):
        answer = drivers.store.get_online_features(features=features, entity_rows=[{"driver": 1}])
        assert list(answer.to_dict()) == ["driver", *(name.split(":")[1] for name in features)]


def test_a_key_of_another_kind_is_refused_and_never_a_silent_miss(drivers):
    drivers.store.materialize(day(1), day(30))
    with pytest.raises(ValueError, match="driver"):
        drivers.serve("1")
    assert drivers.serve(1.0)["x"] == [129]


def test_reads_go_on_during_materialize(make_project):
    count = 300_000
    rows = [(i, day(1) + i * MICROSECOND, i, None) for i in range(count)]
    drivers = DriversProject(make_project(), rows=rows)
    drivers.store.materialize(day(1), day(2))
    work = threading.Thread(target=drivers.store.materialize, args=(day(1), day(3)))
    work.start()
    polls = 0
    while work.is_alive():
        got = drivers.serve(7, count - 1)
        assert got["x"] == [7, count - 1] and got["x__status"] == ["PRESENT"] * 2
        polls += 1
    work.join()
    assert polls >= 2, "the reads waited for the write"


def test_answers_are_in_the_order_of_the_request_and_nobody_gets_anothers_values(drivers):
    drivers.store.materialize(day(1), day(30))
    assert drivers.serve(3, 1, 99, 3, 2)["x"] == [329, 129, None, 329, 229]
    named = drivers.serve(3, 1, full_feature_names=True)
    assert named["stats__x"] == [329, 129]
