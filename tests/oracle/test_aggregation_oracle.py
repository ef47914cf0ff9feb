"""The oracle of aggregations, checked by hand: every expectation here was worked out from the rules, not from a run."""

import datetime as dt
import math
import random
from fractions import Fraction

import pytest

from oracle.aggregations import NO_VALUE, ORACLE, Counted
from oracle.feature_row import View
from oracle.order import same
from oracle.sketches import RELATIVE_ERROR, STANDARD_ERROR, hyperloglog, nearest_rank, represented
from oracle.times import to_us
from oracle.windows import LIFETIME, Aggregation, Calendar, Last, WindowRules, calendar_start
from oracle.xxh3 import xxh3

NAN, INF = math.nan, math.inf
TINY, HUGE = 5e-324, 1.7976931348623157e308
RULES = WindowRules()


def of(function, *values, **parameters):
    """Values in the order of their event times, 0, 1, 2, …"""
    return ORACLE[function]([Counted(value, at) for at, value in enumerate(values)], **parameters)


@pytest.mark.parametrize(
    "function, values, expected",
    [
        ("count", [], 0),
        ("count", [1, 1, NAN], 3),
        ("sum", [], None),
        ("sum", [2**62, 2**62, -1], 2**63 - 1),
        ("sum", [2**62, 2**62], NO_VALUE),
        ("sum", [-(2**63), -1], NO_VALUE),
        ("sum", [True, True], 2),
        ("sum", [1e308, 0.1, 0.2, -1e308], 0.30000000000000004),  # 0.3 + 2.8e-17 exactly, not 0.0
        ("sum", [0.1] * 10, 1.0),  # added one by one: 0.9999999999999999
        ("sum", [-0.0], 0.0),
        ("sum", [1.0, -1.0], 0.0),
        ("sum", [HUGE, HUGE], INF),
        ("sum", [-HUGE, -HUGE], -INF),
        ("sum", [HUGE, HUGE, -HUGE], HUGE),
        ("sum", [INF, 1.0], INF),
        ("sum", [INF, -INF], NAN),
        ("sum", [INF, NAN], NAN),
        ("sum", [TINY, TINY], 1e-323),
        ("mean", [], None),
        ("mean", [1, 2], 1.5),
        ("mean", [2**63 - 1, 2**63 - 1, 2**63 - 1], 9.223372036854775807e18),
        ("mean", [HUGE, HUGE], HUGE),
        ("mean", [INF, -HUGE], INF),
        ("mean", [TINY, 0.0], 0.0),  # half of the least number: to even
        ("mean", [TINY, TINY, 0.0], TINY),  # two thirds of it
        ("var_pop", [1, 2, 3, 4], 1.25),
        ("var_samp", [1, 2, 3, 4], 5 / 3),
        ("var", [1, 2, 3, 4], 5 / 3),
        ("var_pop", [7.0], 0.0),
        ("var_samp", [7.0], None),
        ("var_pop", [], None),
        ("var_pop", [1e8 + 0.5, 1e8 - 0.5], 0.25),
        ("var_pop", [2**53, 2**53 + 1], 0.25),  # as floats they are equal
        ("var_pop", [INF], NAN),
        ("var_pop", [1.0, NAN], NAN),
        ("var_pop", [HUGE, -HUGE], INF),
        ("std_pop", [1, 2, 3, 4], math.sqrt(1.25)),
        ("std_samp", [1, 1], 0.0),
        ("std", [1.0], None),
        ("min", [], None),
        ("min", [NAN, 2.0, 1.0], 1.0),
        ("min", [NAN], NAN),
        ("min", [0.0, -0.0], 0.0),
        ("max", [-0.0], 0.0),
        ("max", [NAN, -INF], -INF),
        ("max", ["é", "z"], "é"),  # bytewise
        ("max", [False, True], True),
        ("first", [], None),
        ("first", ["b", "a"], "b"),
        ("last", [-0.0], -0.0),
        ("last", [1.0, NAN], NAN),
        ("count_distinct", [], 0),
        ("count_distinct", [0.0, -0.0, NAN, -NAN, 1.0], 3),
        ("mode", [], None),
        ("mode", ["b", "a", "b", "a", "c"], "a"),
        ("mode", [NAN, 1.0], 1.0),
        ("mode", [NAN, -NAN, 1.0], NAN),
        ("mode", [-0.0, 0.0, 7.0], 0.0),
        ("mode", [-0.0], 0.0),
        ("histogram", [], None),
        ("histogram", ["b", "a", "b", 'q"\n'], '{"a":1,"b":2,"q\\"\\n":1}'),
        ("histogram", ["é", "z", "\x1f"], '{"\\u001f":1,"z":1,"é":1}'),
        ("histogram", [10, 9, -1, 9], '{"-1":1,"10":1,"9":2}'),
        ("histogram", [True, False, True], '{"false":1,"true":2}'),
        ("median", [], None),
        ("median", [3, 1, 2], 2.0),
        ("median", [4, 1, 3, 2], 2.5),
        ("median", [2**53 + 1, 2**53 + 3], 9007199254740994.0),  # exact; each rounded first, it would be …996
        ("median", [2**63 - 1, -(2**63)], -0.5),
        ("median", [0.1, 0.2], 0.15000000000000002),
        ("median", [HUGE, HUGE], HUGE),
        ("median", [TINY, 0.0], 0.0),
        ("median", [-TINY, 0.0], 0.0),
        ("median", [-0.0], 0.0),
        ("median", [-INF, INF], NAN),
        ("median", [-INF, 1.0, INF], 1.0),
        ("median", [INF, 1.0], INF),
        ("median", [1.0, 2.0, NAN], NAN),
        ("approx_count_distinct", [], 0),
        ("approx_count_distinct", ["a", "b", "a"], 2),
        ("approx_count_distinct", [0.0, -0.0, NAN, -NAN], 2),
    ],
    ids=lambda value: str(value)[:40],
)
def test_functions(function, values, expected):
    answer = of(function, *values)
    assert answer is expected or same(answer, expected), answer


@pytest.mark.parametrize(
    "function, values, parameters, expected",
    [
        ("first_n", [3, 1, 2], {"n": 2}, [3, 1]),
        ("first_n", [], {"n": 2}, None),
        ("last_n", [3, 1, 2], {"n": 2}, [2, 1]),
        ("last_n", [3], {"n": 2}, [3]),
        ("last_distinct_n", ["a", "b", "c", "b"], {"n": 2}, ["b", "c"]),
        ("last_distinct_n", ["a", "b", "a"], {"n": 9}, ["a", "b"]),
        ("last_distinct_n", [0.0, NAN, -0.0, -NAN], {"n": 9}, [NAN, 0.0]),
        ("count_distinct", [1, 2, 2], {"max_distinct": 2}, 2),
        ("count_distinct", [1, 2, 3], {"max_distinct": 2}, NO_VALUE),
        ("top_k", ["c", "b", "a", "b", "a"], {"n": 2}, ["a", "b"]),
        ("top_k", [NAN, 5.0, 1.0], {"n": 9}, [1.0, 5.0, NAN]),
        ("top_k", [], {"n": 1}, None),
        ("approx_percentile", [], {"p": 0.5}, None),
        ("approx_percentile", [0, -5, 1000, 0], {"p": 0.5}, 0.0),
        ("approx_percentile", [-INF, 0.0, INF], {"p": 1.0}, INF),
        ("approx_percentile", [-INF, 0.0, INF], {"p": 0.1}, -INF),
        ("approx_percentile", [1.0, NAN], {"p": 0.1}, NAN),
    ],
    ids=str,
)
def test_functions_with_parameters(function, values, parameters, expected):
    answer = of(function, *values, **parameters)
    assert answer is expected or same(answer, expected), answer


def test_ties_by_created_time_then_value():
    tied = [Counted("z", 5, None), Counted("b", 5, 1), Counted("a", 5, 1), Counted("c", 4, 9)]
    assert ORACLE["last"](tied) == "b" and ORACLE["first"](tied) == "c"
    assert ORACLE["last_n"](tied, n=9) == ["b", "a", "z", "c"]
    assert ORACLE["first_n"](tied[:3], n=2) == ["z", "a"]
    floats = [Counted(value, 5) for value in (NAN, INF, -0.0, 0.0)]
    assert same(ORACLE["last_n"](floats, n=4), [NAN, INF, 0.0, -0.0])
    assert same(ORACLE["last_distinct_n"](floats, n=4), [NAN, INF, 0.0])


def test_hash_of_every_length_class():
    """Digests of the bytes 0, 1, 2, … by the reference implementation."""
    digests = {
        0: 0x2D06800538D394C2,
        2: 0xD6645FC3051A9457,
        8: 0x3A1C2D7C85AF88F8,
        16: 0x8355E3A6F61770DB,
        100: 0x004E4F921A64BD1C,
        128: 0x85C6174C7FF4C46B,
        200: 0xF42A8864FEAF0703,
        240: 0x375A384D957FE865,
        241: 0x02E8CD95421C6D02,
        1024: 0xA870F92984398D22,
        1025: 0x78C86E91EE939852,
        3000: 0xECDAADFF79528333,
    }
    assert {size: xxh3(bytes(i % 256 for i in range(size))) for size in digests} == digests


def test_nearest_rank_reads_p_as_written():
    assert [nearest_rank(0.07, n) for n in (1, 100, 101)] == [1, 7, 8]  # 0.07 * 100 is 7.000000000000001 in floats
    assert [nearest_rank(0.1, n) for n in (9, 10, 11)] == [1, 1, 2]
    assert nearest_rank(1.0, 5) == 5 and nearest_rank(5e-324, 10**9) == 1 and nearest_rank(0.5, 4) == 2


@pytest.mark.parametrize("scale", [1e-300, 1e-3, 1.0, 1e3, 1e300])
def test_percentiles_are_within_their_bound(scale):
    rng = random.Random(20240601)
    values = [rng.lognormvariate(0, 3) * scale * rng.choice([-1, 1]) for _ in range(500)]
    for p in (0.001, 0.25, 0.5, 0.9, 0.99, 1.0):
        exact = sorted(values)[nearest_rank(p, len(values)) - 1]
        answer = of("approx_percentile", *values, p=p)
        assert abs(Fraction(answer) - Fraction(exact)) <= RELATIVE_ERROR * abs(Fraction(exact)), (p, exact, answer)


def test_buckets_at_their_ends():
    assert represented(1.0) == represented(1.0200) != represented(1.0201)  # 2^(1/35) = 1.02002
    assert represented(math.nextafter(2.0, 0)) < 2 < represented(2.0)
    assert represented(-3.0) == -represented(3.0) and represented(-0.0) == 0.0
    assert represented(TINY) == TINY and 0.99 * HUGE < represented(HUGE) < INF


def test_distinct_counts_are_within_three_standard_errors():
    for many in (1, 10, 100, 1_000, 20_000):
        answer = hyperloglog(range(many))
        assert abs(answer - many) <= 3 * STANDARD_ERROR * many, (many, answer)


# ── windows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def row(at, x=1, user=1, **columns):
    return {"user": user, "event_time": at, "x": x, **columns}


def view(**options):
    return View(**{"name": "v", "keys": ("user",), "features": ("x",), **options})


def values(aggregation, rows, t, request=None, of_view=None):
    """The x of what the window holds, oldest first."""
    held = RULES.window_rows(of_view or view(), aggregation, rows, {"user": 1}, t, request)
    return [held_row["x"] for held_row in sorted(held, key=lambda r: r["event_time"])]


ROWS = [row(at, at) for at in range(10)]


@pytest.mark.parametrize(
    "options, t, expected",
    [
        ({"window": 3}, 5, [2, 3, 4]),  # [t - w, t)
        ({"window": 3, "offset_us": 2}, 5, [0, 1, 2]),
        ({"window": 3, "sawtooth_us": 2}, 6, [2, 3, 4, 5]),  # [floor(3), 6)
        ({"window": 3, "sawtooth_us": 2}, 5, [2, 3, 4]),
        ({"window": 3, "sawtooth_us": 4, "offset_us": 1}, 8, [4, 5, 6]),
        ({"window": 3, "resolution_us": 4}, 7, [1, 2, 3]),
        ({"window": LIFETIME}, 3, [0, 1, 2]),
        ({"window": LIFETIME, "offset_us": 1}, 3, [0, 1]),
        ({"window": Last(2)}, 5, [3, 4]),
        ({"window": Last(99)}, 2, [0, 1]),
        ({"window": 5, "where": lambda r: r["x"] % 2 == 0}, 5, [0, 2, 4]),
        ({"window": 5, "where": lambda r: None if r["x"] == 2 else True}, 4, [0, 1, 3]),
        ({"window": 5, "where": lambda r: r["x"] > 1, "view_where": lambda r: r["x"] != 3}, 5, [2, 4]),
        ({"window": Last(2), "where": lambda r: r["x"] != 4}, 5, [2, 3]),
    ],
    ids=str,
)
def test_what_a_window_holds(options, t, expected):
    assert values(Aggregation("count", **options), ROWS, t) == expected


def test_a_window_before_the_epoch():
    rows = [row(at, at) for at in range(-9, 0)]
    assert values(Aggregation("count", window=2, sawtooth_us=5), rows, -2) == [-5, -4, -3]
    assert values(Aggregation("count", window=2, resolution_us=5), rows, -2) == [-7, -6]


def test_only_what_is_visible():
    known = view(known_at="known", serving_lag_us=1)
    rows = [row(1, 1, known=None), row(2, 2, known=7), row(3, 3, known=0)]
    everything = Aggregation("count", window=LIFETIME)
    assert [values(everything, rows, t, of_view=known) for t in (1, 2, 4, 7, 8)] == [[], [1], [1, 3], [1, 3], [1, 2, 3]]
    coarse = Aggregation("count", window=LIFETIME, resolution_us=5)
    assert values(coarse, rows, 9, of_view=known) == [1, 3]  # asked at 5, visibility included


def test_last_n_takes_events_by_content_and_skips_their_nulls_afterwards():
    by_content = view(features=("x", "y"), created_time="created")
    rows = [
        row(5, None, y=2, created=None),
        row(5, 1, y=1, created=None),
        row(5, 1, y=3, created=None),
        row(4, 9, y=9, created=7),
    ]

    def answer(n):
        return RULES.answer(by_content, Aggregation("sum", Last(n)), rows, {"user": 1}, 6)

    assert [answer(n) for n in (1, 2, 3, 4)] == [
        (1, "PRESENT", 5),
        (2, "PRESENT", 5),
        (2, "PRESENT", 5),
        (11, "PRESENT", 5),
    ]
    rows[0] = row(5, None, y=9, created=1)  # now the newest, and null
    assert answer(1) == (None, "NULL_VALUE", None)


def test_the_request_counts_itself_only_if_asked():
    request = row(None, 77)
    assert values(Aggregation("count", window=2), ROWS[:5], 5, request) == [3, 4]
    assert values(Aggregation("count", window=2, include_request=True), ROWS[:5], 5, request) == [3, 4, 77]
    assert values(Aggregation("count", window=Last(2), include_request=True), ROWS[:5], 5, request) == [4, 77]
    small = Aggregation("count", window=2, include_request=True, where=lambda r: r["x"] < 50)
    assert values(small, ROWS[:5], 5, request) == [3, 4]


def test_statuses_defaults_and_event_times():
    def answer(function, rows, t=9, key=1, **options):
        return RULES.answer(view(), Aggregation(function, window=5, **options), rows, {"user": key}, t)

    assert answer("count", []) == answer("count", [row(5)], key=None) == (0, "PRESENT", None)
    assert answer("sum", []) == answer("sum", [row(5, None)]) == (None, "NULL_VALUE", None)
    assert answer("sum", [], default=-1) == (-1, "PRESENT", None)
    assert answer("sum", [row(4, 7), row(6, None), row(5, 1)]) == (8, "PRESENT", 5)
    assert answer("count", [row(4, 7), row(6, None)], column="*") == (2, "PRESENT", 6)
    assert answer("sum", [row(4, 2**62), row(5, 2**62)], default=0) == (None, "INVALID", 5)
    assert answer("count_distinct", [row(4, 1), row(5, 2)], parameters={"max_distinct": 1}) == (None, "INVALID", 5)


@pytest.mark.parametrize(
    "unit, tz, t, start",
    [
        ("hour", "Asia/Kolkata", "2024-06-01T00:15:00Z", "2024-05-31T23:30:00Z"),
        ("day", "UTC", "2024-06-01T00:00:00Z", "2024-06-01T00:00:00Z"),
        ("day", "America/New_York", "2024-06-01T03:59:59Z", "2024-05-31T04:00:00Z"),
        ("week", "UTC", "2024-06-02T23:59:59Z", "2024-05-27T00:00:00Z"),  # a Sunday belongs to its Monday
        ("month", "Europe/Berlin", "2024-04-15T00:00:00Z", "2024-03-31T22:00:00Z"),  # already summer time
        ("month", "Europe/Berlin", "2024-03-31T12:00:00Z", "2024-02-29T23:00:00Z"),  # not yet
        ("quarter", "UTC", "2024-06-30T00:00:00Z", "2024-04-01T00:00:00Z"),
        ("year", "UTC", "1969-12-31T23:59:59Z", "1969-01-01T00:00:00Z"),
        ("day", "America/Havana", "2024-11-03T05:30:00Z", "2024-11-03T04:00:00Z"),  # midnight comes twice: the first
        ("day", "America/Santiago", "2024-09-08T12:00:00Z", "2024-09-08T04:00:00Z"),  # midnight is skipped
    ],
)
def test_calendar_starts(unit, tz, t, start):
    assert calendar_start(Calendar(unit, tz), to_us(t)) == to_us(start)


def test_a_calendar_window_starts_inclusive():
    midnight = to_us("2024-06-01")
    rows = [row(midnight - 1, 1), row(midnight, 2), row(midnight + 1, 3)]
    month = Aggregation("count", window=Calendar("month"))
    assert values(month, rows, midnight + 1) == [2] and values(month, rows, midnight) == []
    assert values(month, rows, midnight + int(dt.timedelta(days=29) / dt.timedelta(microseconds=1))) == [2, 3]
