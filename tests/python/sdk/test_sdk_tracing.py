"""What a traced function becomes, and what is refused: with the line, the reason and the way out."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest

from gnomon import Field, LookupSet, RequestSource, errors, on_demand_feature_view
from gnomon import functions as fn
from gnomon.expression import column
from gnomon.types import Float64

FACTOR = 3.6
TABLE = {"EWR": 1, "JFK": 2}


def traced(function):
    """Features by name, as the manifest has them."""
    view = on_demand_feature_view(sources=["v"])(function)
    return view.to_manifest("/").get("features", {})


def text(function):
    return traced(lambda inputs: {"f": function(inputs)})["f"]


def test_operators_are_written_down():
    assert text(lambda i: i["a"] * 2 + i.b) == "(a * 2) + b"
    assert text(lambda i: -i.a // (3 % i.b)) == "(-a) // (3 % b)"
    assert text(lambda i: (i.a > 1) & ~(i.b == "x")) == "(a > 1) and (not (b == 'x'))"
    assert text(lambda i: 1 - i["odd name"] / 2.5) == "1 - (`odd name` / 2.5)"
    assert text(lambda i: abs(i.a) + round(i.b) + math.floor(i.c)) == "(abs(a) + round(b)) + floor(c)"
    assert text(lambda i: i.tags[0]) == "element(tags, 0)"
    assert text(lambda i: sum([i.a, i.b])) == "(0 + a) + b"


def test_conditions_and_functions():
    assert text(lambda i: fn.if_else(i.a > 0, "x", None)) == "('x' if (a > 0) else None)"
    assert text(lambda i: fn.case([(i.a > 0, 1)], 2)) == "(1 if coalesce(a > 0, False) else 2)"
    assert text(lambda i: fn.is_in(i.a, [1, 2]) | fn.is_null(i.a)) == "(a in [1, 2]) or (a is None)"
    assert text(lambda i: fn.hour(i.t, "Europe/Berlin") + fn.hour(i.t)) == "hour(t, 'Europe/Berlin') + hour(t)"
    assert text(lambda i: fn.in_set(i.ip, LookupSet("vpn", cidrs=["10.0.0.0/8"]))) == "in_set(ip, 'vpn')"


def test_constants():
    assert text(lambda i: i.a * FACTOR) == "a * 3.6"
    assert text(lambda i: i.a * np.float64(2.5) + np.int64(3) * i.b) == "(a * 2.5) + (3 * b)"
    assert text(lambda i: i.a + float("inf")) == "a + float('inf')"
    assert text(lambda i: i.a + -1) == "a + (-1)"
    assert text(lambda i: i.t > dt.datetime(2024, 1, 1)) == "t > timestamp('2024-01-01T00:00:00Z')"
    zone = dt.timezone(dt.timedelta(hours=1))
    assert text(lambda i: i.t > dt.datetime(2024, 1, 1, tzinfo=zone)) == "t > timestamp('2023-12-31T23:00:00Z')"
    assert text(lambda i: i.s + "it's") == 's + "it\'s"'
    assert text(lambda i: fn.dot(i.v, [1, 2.5])) == "dot(v, [1, 2.5])"
    assert traced(lambda i: {"one": 1, "none": None}) == {"one": "1", "none": "None"}


def test_plain_python_around_values_is_python():
    def loop(inputs):
        total = inputs["x0"]
        for n in range(1, 3):  # over constants: written down turn by turn
            total = total + inputs[f"x{n}"] * TABLE["JFK"]
        return {"total": total} if FACTOR > 1 else {}

    assert traced(loop) == {"total": "(x0 + (x1 * 2)) + (x2 * 2)"}


def branch(inputs):
    if inputs["a"] > 1:
        return {"f": 1}
    return {"f": 2}


def swallowed(inputs):
    try:
        big = inputs["a"] > 1 and inputs["b"] > 1
    except Exception:
        big = False
    return {"f": big}


def by_identity(inputs):
    return {"f": 0 if inputs["a"] is None else inputs["a"]}


def helper(value, default=0):
    return default if value is None else value


REFUSED = [
    (branch, "fn.if_else"),
    (swallowed, "fn.if_else"),
    (by_identity, "fn.is_null"),
    (lambda i: {"f": helper(i.a)}, "fn.is_null"),
    (lambda i: {"f": 1 < i.a < 3}, "(a < b) & (b < c)"),
    (lambda i: {"f": not i.a}, "~"),
    (lambda i: {"f": max(i.a, i.b)}, "fn.max"),
    (lambda i: {"f": i.a in [1, 2]}, "fn.is_in"),
    (lambda i: {"f": "x" in i.a}, "fn.contains"),
    (lambda i: {"f": math.cos(i.a)}, "fn.cos"),
    (lambda i: {"f": np.cos(i.a)}, "fn.cos"),
    (lambda i: {"f": np.array([1.0]) * i.a}, "type ndarray"),
    (lambda i: {"f": float(i.a)}, "fn.float"),
    (lambda i: {"f": int(i.a)}, "fn.int"),
    (lambda i: {"f": str(i.a)}, "fn.str"),
    (lambda i: {"f": f"{i.a}"}, "fn.concat"),
    (lambda i: {"f": f"{i.a!r}"}, "fn.concat"),
    (lambda i: {"f": "%s" % i.a}, "fn.concat"),  # noqa: UP031
    (lambda i: {"f": i.a.lower()}, "fn.lower"),
    (lambda i: {"f": i.a**2}, "fn.pow"),
    (lambda i: {"f": i.a ^ i.b}, "a != b"),
    (lambda i: {"f": [x for x in i.a]}, "fn.array_sum"),  # noqa: C416
    (lambda i: {"f": len(i.a)}, "fn.length"),
    (lambda i: {"f": TABLE[i.a]}, "fn.case"),
    (lambda i: {"f": isinstance(i.a, float)}, "Types are declared"),
    (lambda i: {"f": type(i.a) is float}, "Types are declared"),
    (lambda i: {"f": pd.isna(i.a)}, ""),
    (lambda i: {"f": i.a == None}, "fn.is_null"),  # noqa: E711
    (lambda i: {"f": i.a[1:3]}, "fn.substr"),
    (lambda i: {"f": round(i.a, 2)}, "multiply"),
    (lambda i: {"f": i.a + 2**63}, "float"),
    (lambda i: {"f": i.a + dt.timedelta(days=1)}, "Constants are"),
    (lambda i: {"f": i.get("a")}, 'inputs["wind_speed"]'),
    (lambda i: {"f": dict(**i)}, 'inputs["wind_speed"]'),
    (lambda i: {"f": sum(i[name] for name in i)}, 'inputs["wind_speed"]'),
    (lambda i: {"f": i.a + dt.datetime.now().timestamp()}, "clock"),
    (lambda i: {"f": i.a + np.random.default_rng().random()}, "random numbers"),
    (lambda i: {"f": i.a + undefined}, "NameError"),  # noqa: F821
    (lambda i: i.a, "dict of features"),
    (lambda i: {1: i.a}, "no string"),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_what_cannot_be_traced_is_refused_where_it_stands(case):
    function, way_out = REFUSED[case]
    with pytest.raises(errors.InvalidArgument) as caught:
        traced(function)
    error = caught.value
    assert error.id == "GN170"
    assert way_out in str(error), str(error)
    file, _, line = error.where.rpartition(":")
    assert file.endswith("test_sdk_tracing.py") and int(line) > 0, error.where


def test_the_line_is_the_one_that_cannot_be_traced():
    with pytest.raises(errors.InvalidArgument) as caught:
        traced(branch)
    assert caught.value.where.endswith(f":{branch.__code__.co_firstlineno + 1}")
    with pytest.raises(errors.InvalidArgument) as caught:
        traced(by_identity)
    assert caught.value.where.endswith(f":{by_identity.__code__.co_firstlineno + 1}")


def test_what_grows_without_end_is_refused():
    def doubling(inputs):
        x = inputs["x"]
        for _ in range(30):
            x = x + x
        return {"f": x}

    with pytest.raises(errors.InvalidArgument, match="more than 65536 parts"):
        traced(doubling)


def test_outside_of_a_trace_values_can_be_looked_at():
    assert repr(column("a") + 1) == "Expression(a + 1)"
    assert not isinstance(column("a"), float)


def test_the_manifest_of_a_view():
    request = RequestSource(name="req", schema=[Field(name="runway_deg", dtype=Float64)])

    @on_demand_feature_view(
        name="wind", sources=["now", request], schema=[Field(name="headwind", dtype=Float64)], owner="ops"
    )
    def wind(inputs):
        """Wind along the runway."""
        return {"headwind": inputs["wind_speed"] * fn.cos(fn.radians(inputs["wind_dir"] - inputs["runway_deg"]))}

    message = wind.to_manifest("/")
    assert message["sources"] == [{"view": "now"}, {"view": "req"}]
    assert message["schema"] == [{"name": "headwind", "dtype": "Float64"}]
    assert message["features"] == {"headwind": "wind_speed * cos(radians(wind_dir - runway_deg))"}
    assert message["description"] == "Wind along the runway."
    assert list(wind.uses()) == [request]
    assert wind[["headwind"]].features == ("headwind",)
    assert request.to_manifest("/")["request"] == {}


def test_lookup_sets_given_as_objects_come_along():
    vpn = LookupSet("vpn", cidrs=["10.0.0.0/8"])

    @on_demand_feature_view(sources=["v"])
    def view(inputs):
        return {"f": fn.in_set(inputs["ip"], vpn)}

    assert list(view.uses()) == [vpn]
