"""The oracle, checked by hand: every expectation here was worked out from the rules, not from a run."""

import math

import pytest

from oracle.event_ids import counted_once
from oracle.feature_row import FeatureRows, View, online_row, training_rows
from oracle.order import rank, same
from oracle.times import floor_ns, to_us

RULES = FeatureRows()
SECOND = 1_000_000


def view(**options):
    return View(**{"name": "v", "keys": ("user",), "features": ("x",), **options})


def row(at, x, user=1, **columns):
    return {"user": user, "event_time": at, "x": x, **columns}


def answer(rules_of, rows, t, user=1):
    entity_rows = [{"user": user, "t": t}]
    return training_rows(RULES, entity_rows, "t", [(rules_of, rows, rules_of.features)])[0]["x"]


@pytest.mark.parametrize(
    "low, high",
    [
        (None, False),
        (False, True),
        (None, -(2**63)),
        (2**53, 2**53 + 1),
        (None, ""),
        ("", "a"),
        ("Z", "a"),
        ("z", "é"),
        ("\uffff", "\U00010000"),  # bytewise: UTF-16 code units would sort these the other way round
        (b"a", b"a\x00"),
        (b"\x7f", b"\x80"),
        (None, -math.inf),
        (-math.inf, -1.5),
        (-5e-324, -0.0),
        (-0.0, 0.0),
        (0.0, 5e-324),
        (math.inf, math.nan),
        (None, []),
        ([], [None]),
        ([None], [1]),
        ([1], [1, None]),
        ([1, 9], [2]),
        ([0.0], [math.nan]),
    ],
)
def test_order_of_content(low, high):
    assert rank(low) < rank(high)
    assert not same(low, high)


def test_every_nan_is_the_same_and_types_differ():
    assert same(math.nan, -math.nan) and same([math.nan, None], [math.nan, None])
    assert not same(1, 1.0) and not same(True, 1)


def test_times():
    assert to_us("1970-01-01T00:00:01Z") == to_us("1970-01-01 00:00:01") == to_us("1970-01-01T02:00:01+02:00") == SECOND
    assert floor_ns(1_999) == 1 and floor_ns(-1) == -1 and floor_ns(-1_001) == -2


def test_event_time_is_inclusive_and_future_rows_are_not_seen():
    rows = [row(10, 1), row(11, 2)]
    assert [answer(view(), rows, t) for t in (9, 10, 11)] == [None, 1, 2]


def test_ttl_is_exact_to_the_microsecond_at_both_edges():
    assert [answer(view(ttl_us=5), [row(10, 1)], t) for t in (10, 15, 16)] == [1, 1, None]
    assert answer(view(ttl_us=0), [row(10, 1)], 10**15) == 1


def test_an_expired_newest_row_is_not_replaced_by_an_older_one():
    assert answer(view(ttl_us=5), [row(1, 1), row(2, 2)], 8) is None


def test_ties_newer_created_wins_and_null_created_loses():
    tied = view(created_time="created")
    assert answer(tied, [row(5, 1, created=3), row(5, 2, created=2), row(5, 9, created=None)], 5) == 1
    assert answer(tied, [row(5, 9, created=None), row(5, 1, created=-(10**9))], 5) == 1
    assert answer(tied, [row(5, 9, created=None)], 5) == 9
    assert answer(view(), [row(5, 1, created=3), row(5, 2, created=2)], 5) == 2  # not declared: no tie-break


def test_ties_by_content_use_all_features_in_declared_order_whichever_are_asked():
    rows = [{"user": 1, "event_time": 5, "a": 1, "b": 9}, {"user": 1, "event_time": 5, "a": 2, "b": 0}]
    for features, winner in ((("a", "b"), 0), (("b", "a"), 9)):
        declared = view(features=features)
        assert training_rows(RULES, [{"user": 1, "t": 5}], "t", [(declared, rows, ("b",))])[0]["b"] == winner


def test_the_newer_row_is_served_whole_even_if_null():
    rows = [row(1, 7), row(2, None)]
    assert answer(view(), rows, 3) is None
    assert online_row(RULES, view(), rows, {"user": 1}, 3)["x"] == (None, "NULL_VALUE", 2)


def test_null_event_time_and_null_keys_never_match():
    rows = [row(None, 1), row(1, 2, user=None)]
    assert answer(view(), rows, 9) is None
    assert answer(view(), rows, 9, user=None) is None
    pair = view(keys=("user", "shop"))
    rows = [{"user": 1, "shop": None, "event_time": 1, "x": 1}]
    assert training_rows(RULES, [{"user": 1, "shop": None, "t": 9}], "t", [(pair, rows, ("x",))])[0]["x"] is None


def test_composite_keys_are_compared_part_by_part():
    pair = view(keys=("a", "b"))
    rows = [{"a": 1, "b": 11, "event_time": 1, "x": 1}, {"a": 11, "b": 1, "event_time": 1, "x": 2}]
    out = training_rows(RULES, [{"a": 1, "b": 11, "t": 1}, {"a": 11, "b": 1, "t": 1}], "t", [(pair, rows, ("x",))])
    assert [r["x"] for r in out] == [1, 2]


def test_known_at_hides_a_row_until_then_and_never_shows_it_before_it_happened():
    known = view(known_at="known")
    late = [row(1, 1, known=1), row(5, 2, known=8)]
    assert [answer(known, late, t) for t in (4, 5, 7, 8)] == [1, 1, 1, 2]
    early = [row(5, 2, known=1)]
    assert [answer(known, early, t) for t in (4, 5)] == [None, 2]
    assert [answer(known, [row(5, 2, known=None)], t) for t in (4, 5)] == [None, 2]


def test_a_late_known_older_row_does_not_replace_a_newer_one():
    rows = [row(1, 1, known=9), row(5, 2, known=5)]
    assert [answer(view(known_at="known"), rows, t) for t in (5, 9)] == [2, 2]


def test_serving_lag_is_added_to_known_at_with_or_without_the_column():
    assert [answer(view(serving_lag_us=3), [row(5, 1)], t) for t in (5, 7, 8)] == [None, None, 1]
    lagged = view(known_at="known", serving_lag_us=3)
    assert [answer(lagged, [row(5, 1, known=2)], t) for t in (4, 5)] == [None, 1]
    assert [answer(lagged, [row(5, 1, known=6)], t) for t in (8, 9)] == [None, 1]


def test_ttl_counts_from_event_time_whatever_known_at_says():
    rules_of = view(known_at="known", ttl_us=5)
    assert [answer(rules_of, [row(5, 1, known=10)], t) for t in (9, 10, 11)] == [None, 1, None]
    assert answer(rules_of, [row(5, 1, known=11)], 11) is None


def test_rows_out_are_rows_in_with_duplicates_and_extra_columns():
    entity_rows = [
        {"user": 1, "t": 5, "label": "b"},
        {"user": 1, "t": 5, "label": "a"},
        {"user": 2, "t": 1, "label": "b"},
    ]
    out = training_rows(RULES, entity_rows, "t", [(view(), [row(1, 7)], ("x",))], full_feature_names=True)
    assert out == [{**entity_rows[0], "v__x": 7}, {**entity_rows[1], "v__x": 7}, {**entity_rows[2], "v__x": None}]


def test_online_statuses_and_event_times():
    rows = [row(10, 1), row(10, 2, user=2)]

    def ask(user, t):
        return online_row(RULES, view(ttl_us=5), rows, {"user": user}, t)["x"]

    assert ask(1, 15) == (1, "PRESENT", 10)
    assert ask(1, 16) == (None, "OUTSIDE_MAX_AGE", 10)
    assert ask(1, 9) == (None, "NOT_FOUND", None)
    assert ask(3, 15) == ask(None, 15) == (None, "NOT_FOUND", None)


def test_of_one_event_id_the_smallest_content_counts():
    first, again, other = row(5, 1) | {"id": "a"}, row(5, 1) | {"id": "a"}, row(5, 2) | {"id": "a"}
    null, late = row(5, None) | {"id": "b"}, row(4, 9) | {"id": "b"}
    columns = ["id", "user", "event_time", "x"]
    assert counted_once([other, first, again], "id", columns) == ([first], [other], [])
    assert counted_once([null, late], "id", columns) == ([late], [null], [])  # the event time comes before x
    assert counted_once([null, late], "id", ["x", "event_time"]) == ([null], [late], [])  # null < any value


def test_a_row_without_a_time_or_an_id_takes_no_id_from_another():
    untimed, nameless, good = row(None, 0) | {"id": "a"}, row(5, 0) | {"id": None}, row(5, 1) | {"id": "a"}
    assert counted_once([untimed, nameless, good], "id", ["id", "x"]) == ([good], [], [nameless])
