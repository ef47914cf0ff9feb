"""Functions of the expression language, for on-demand features: ``from gnomon import functions as fn``.

Each takes constants and values that are known only when they are asked for, such as ``inputs["wind_speed"]``, and
gives such a value. None in, None out, unless a function says otherwise. Written by tools/functions from the engine's
own table.
"""

# ruff: noqa: D403, RUF022

from __future__ import annotations

import sys
from typing import Any

from gnomon.conditions import case, column, if_else, is_in, is_null
from gnomon.expression import Expression, call

__all__ = [
    "abs",
    "acos",
    "add_seconds",
    "array_contains",
    "array_length",
    "array_mean",
    "array_sum",
    "asin",
    "atan",
    "atan2",
    "case",
    "ceil",
    "clip",
    "coalesce",
    "column",
    "concat",
    "contains",
    "cos",
    "cosine_similarity",
    "day",
    "day_of_week",
    "day_of_year",
    "days_between",
    "degrees",
    "dot",
    "element",
    "ends_with",
    "exp",
    "expm1",
    "float",
    "floor",
    "hash_bucket",
    "haversine",
    "hour",
    "if_else",
    "in_cidr",
    "in_set",
    "int",
    "is_finite",
    "is_in",
    "is_inf",
    "is_nan",
    "is_null",
    "l2_norm",
    "length",
    "log",
    "log10",
    "log1p",
    "log2",
    "lower",
    "matches",
    "max",
    "min",
    "minute",
    "month",
    "pow",
    "quarter",
    "radians",
    "replace",
    "round",
    "second",
    "seconds_between",
    "sin",
    "split_part",
    "sqrt",
    "starts_with",
    "str",
    "strip",
    "substr",
    "tan",
    "timestamp",
    "truncate",
    "upper",
    "year",
]

fn = sys.modules[__name__]  # what the examples call this module


def abs(x: Any) -> Expression:
    """The value without its sign.

    >>> fn.abs(-3).value()
    3
    """
    return call("abs", x)


def acos(x: Any) -> Expression:
    """The angle whose cosine is x; NaN outside of -1 to 1.

    >>> fn.acos(1).value()
    0.0
    """
    return call("acos", x)


def add_seconds(t: Any, n: Any) -> Expression:
    """The time n seconds after t, before it if negative.

    >>> print(fn.add_seconds(fn.timestamp("2013-01-01"), 3600).value())
    2013-01-01 01:00:00+00:00
    """
    return call("add_seconds", t, n)


def array_contains(a: Any, x: Any) -> Expression:
    """Whether an array holds x.

    >>> fn.array_contains(["a", "b"], "b").value()
    True
    """
    return call("array_contains", a, x)


def array_length(a: Any) -> Expression:
    """The number of elements, those that are None included.

    >>> fn.array_length([10, 20, 30]).value()
    3
    """
    return call("array_length", a)


def array_mean(a: Any) -> Expression:
    """The sum of the elements divided by their number; None of none.

    >>> fn.array_mean([1, 2]).value()
    1.5
    """
    return call("array_mean", a)


def array_sum(a: Any) -> Expression:
    """The sum of the elements, from left to right; 0 of none.

    >>> fn.array_sum([1, 2, 3]).value()
    6
    """
    return call("array_sum", a)


def asin(x: Any) -> Expression:
    """The angle whose sine is x; NaN outside of -1 to 1.

    >>> fn.asin(0).value()
    0.0
    """
    return call("asin", x)


def atan(x: Any) -> Expression:
    """The angle whose tangent is x.

    >>> fn.atan(0).value()
    0.0
    """
    return call("atan", x)


def atan2(y: Any, x: Any) -> Expression:
    """The angle of the point (x, y), from -pi to pi.

    >>> fn.atan2(0, 1).value()
    0.0
    """
    return call("atan2", y, x)


def ceil(x: Any) -> Expression:
    """The smallest integer that is not below x.

    >>> fn.ceil(-2.5).value()
    -2
    """
    return call("ceil", x)


def clip(x: Any, low: Any, high: Any) -> Expression:
    """x, but at least low and at most high; NaN stays NaN.

    >>> fn.clip(7, 0, 5).value()
    5
    """
    return call("clip", x, low, high)


def coalesce(x: Any, y: Any, *more: Any) -> Expression:
    """The first of its arguments that is not None.

    >>> fn.coalesce(None, 3).value()
    3
    """
    return call("coalesce", x, y, *more)


def concat(s: Any, t: Any, *more: Any) -> Expression:
    """The texts one after the other.

    >>> fn.concat("a", "b", "c").value()
    'abc'
    """
    return call("concat", s, t, *more)


def contains(s: Any, part: Any) -> Expression:
    """Whether a text occurs in s; also written part in s.

    >>> fn.contains("abc", "b").value()
    True
    """
    return call("contains", s, part)


def cos(x: Any) -> Expression:
    """The cosine of an angle in radians.

    >>> fn.cos(0).value()
    1.0
    """
    return call("cos", x)


def cosine_similarity(a: Any, b: Any) -> Expression:
    """The cosine of the angle between two vectors; NaN if one has no direction.

    >>> fn.cosine_similarity([1, 0], [0, 2]).value()
    0.0
    """
    return call("cosine_similarity", a, b)


def day(t: Any, zone: Any = None) -> Expression:
    """The day of the month, from 1.

    >>> fn.day(fn.timestamp("2013-01-31T17:45:09Z")).value()
    31
    """
    given = [] if zone is None else [zone]
    return call("day", t, *given)


def day_of_week(t: Any, zone: Any = None) -> Expression:
    """The day of the week: Monday is 0.

    >>> fn.day_of_week(fn.timestamp("2013-01-31T17:45:09Z")).value()
    3
    """
    given = [] if zone is None else [zone]
    return call("day_of_week", t, *given)


def day_of_year(t: Any, zone: Any = None) -> Expression:
    """The day of the year, from 1.

    >>> fn.day_of_year(fn.timestamp("2013-01-31T17:45:09Z")).value()
    31
    """
    given = [] if zone is None else [zone]
    return call("day_of_year", t, *given)


def days_between(start: Any, end: Any) -> Expression:
    """Days of 24 hours from start to end, with their fraction.

    >>> fn.days_between(fn.timestamp("2013-01-01"), fn.timestamp("2013-01-02T12:00:00Z")).value()
    1.5
    """
    return call("days_between", start, end)


def degrees(x: Any) -> Expression:
    """An angle in radians as degrees.

    >>> fn.degrees(0).value()
    0.0
    """
    return call("degrees", x)


def dot(a: Any, b: Any) -> Expression:
    """The dot product of two vectors; None if their lengths differ.

    >>> fn.dot([1, 2], [3, 4]).value()
    11.0
    """
    return call("dot", a, b)


def element(a: Any, n: Any) -> Expression:
    """Element n of an array, from 0, or from the end if negative; else None.

    >>> fn.element([10, 20, 30], -1).value()
    30
    """
    return call("element", a, n)


def ends_with(s: Any, end: Any) -> Expression:
    """Whether s ends with a text.

    >>> fn.ends_with("abc", "ab").value()
    False
    """
    return call("ends_with", s, end)


def exp(x: Any) -> Expression:
    """e to the power of x.

    >>> fn.exp(0).value()
    1.0
    """
    return call("exp", x)


def expm1(x: Any) -> Expression:
    """e to the power of x, minus 1, exact also for a small x.

    >>> fn.expm1(0).value()
    0.0
    """
    return call("expm1", x)


def float(x: Any) -> Expression:
    """x as Float64; also float('inf'), float('-inf') and float('nan').

    >>> fn.float(7).value()
    7.0
    """
    return call("float", x)


def floor(x: Any) -> Expression:
    """The greatest integer that is not above x.

    >>> fn.floor(-2.5).value()
    -3
    """
    return call("floor", x)


def hash_bucket(x: Any, n: Any) -> Expression:
    """One of n buckets, from 0, by XXH3-64 of x; the same for ever.

    >>> fn.hash_bucket("user-17", 100).value()
    73
    """
    return call("hash_bucket", x, n)


def haversine(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> Expression:
    """Kilometres between two places in degrees, on a sphere of 6371.0088 km.

    >>> fn.round(fn.haversine(40.6413, -73.7781, 51.47, -0.4543)).value()
    5540
    """
    return call("haversine", lat1, lon1, lat2, lon2)


def hour(t: Any, zone: Any = None) -> Expression:
    """The hour, from 0.

    >>> fn.hour(fn.timestamp("2013-01-31T17:45:09Z")).value()
    17
    """
    given = [] if zone is None else [zone]
    return call("hour", t, *given)


def in_cidr(address: Any, range: Any, *more: Any) -> Expression:
    """Whether an address lies in one of the ranges; None if the text is no address.

    >>> fn.in_cidr("10.1.2.3", "10.0.0.0/8").value()
    True
    """
    return call("in_cidr", address, range, *more)


def in_set(x: Any, name: Any) -> Expression:
    """Whether a registered lookup set holds x, or the range of one does.

    >>> fn.in_set("10.1.2.3", "vpn_ranges").value()
    True
    """
    return call("in_set", x, name)


def int(x: Any) -> Expression:
    """x without its fraction.

    >>> fn.int(-2.5).value()
    -2
    """
    return call("int", x)


def is_finite(x: Any) -> Expression:
    """Whether x is neither NaN nor infinite.

    >>> fn.is_finite(1.5).value()
    True
    """
    return call("is_finite", x)


def is_inf(x: Any) -> Expression:
    """Whether x is infinite, of either sign.

    >>> fn.is_inf(fn.float("inf")).value()
    True
    """
    return call("is_inf", x)


def is_nan(x: Any) -> Expression:
    """Whether x is NaN.

    >>> fn.is_nan(fn.float("nan")).value()
    True
    """
    return call("is_nan", x)


def l2_norm(a: Any) -> Expression:
    """The Euclidean length of a vector.

    >>> fn.l2_norm([3, 4]).value()
    5.0
    """
    return call("l2_norm", a)


def length(s: Any) -> Expression:
    """The number of characters, of Bytes the number of bytes.

    >>> fn.length("größe").value()
    5
    """
    return call("length", s)


def log(x: Any) -> Expression:
    """The natural logarithm; -inf of 0, NaN of a negative number.

    >>> fn.log(1).value()
    0.0
    """
    return call("log", x)


def log10(x: Any) -> Expression:
    """The logarithm to base 10.

    >>> fn.log10(1000).value()
    3.0
    """
    return call("log10", x)


def log1p(x: Any) -> Expression:
    """The natural logarithm of 1 + x, exact also for a small x.

    >>> fn.log1p(0).value()
    0.0
    """
    return call("log1p", x)


def log2(x: Any) -> Expression:
    """The logarithm to base 2.

    >>> fn.log2(8).value()
    3.0
    """
    return call("log2", x)


def lower(s: Any) -> Expression:
    """s in lower case, character by character.

    >>> fn.lower("ÄB").value()
    'äb'
    """
    return call("lower", s)


def matches(s: Any, pattern: Any) -> Expression:
    """Whether a regular expression (RE2) occurs in s.

    >>> fn.matches("N725MQ", "^N[0-9]+").value()
    True
    """
    return call("matches", s, pattern)


def max(x: Any, y: Any, *more: Any) -> Expression:
    """The greatest of its arguments; NaN only if all are.

    >>> fn.max(3, 1, 2).value()
    3
    """
    return call("max", x, y, *more)


def min(x: Any, y: Any, *more: Any) -> Expression:
    """The smallest of its arguments; NaN only if all are.

    >>> fn.min(3, 1, 2).value()
    1
    """
    return call("min", x, y, *more)


def minute(t: Any, zone: Any = None) -> Expression:
    """The minute, from 0.

    >>> fn.minute(fn.timestamp("2013-01-31T17:45:09Z")).value()
    45
    """
    given = [] if zone is None else [zone]
    return call("minute", t, *given)


def month(t: Any, zone: Any = None) -> Expression:
    """The month of a time, from 1.

    >>> fn.month(fn.timestamp("2013-01-31T17:45:09Z")).value()
    1
    """
    given = [] if zone is None else [zone]
    return call("month", t, *given)


def pow(x: Any, y: Any) -> Expression:
    """x to the power of y, as Float64.

    >>> fn.pow(2, 10).value()
    1024.0
    """
    return call("pow", x, y)


def quarter(t: Any, zone: Any = None) -> Expression:
    """The quarter of the year, from 1.

    >>> fn.quarter(fn.timestamp("2013-01-31T17:45:09Z")).value()
    1
    """
    given = [] if zone is None else [zone]
    return call("quarter", t, *given)


def radians(x: Any) -> Expression:
    """An angle in degrees as radians.

    >>> fn.radians(180).value()
    3.141592653589793
    """
    return call("radians", x)


def replace(s: Any, old: Any, new: Any) -> Expression:
    """s with every occurrence of a text replaced.

    >>> fn.replace("a-b-c", "-", "+").value()
    'a+b+c'
    """
    return call("replace", s, old, new)


def round(x: Any) -> Expression:
    """The nearest integer; halves go to the even one.

    >>> fn.round(2.5).value()
    2
    """
    return call("round", x)


def second(t: Any, zone: Any = None) -> Expression:
    """The second, from 0.

    >>> fn.second(fn.timestamp("2013-01-31T17:45:09Z")).value()
    9
    """
    given = [] if zone is None else [zone]
    return call("second", t, *given)


def seconds_between(start: Any, end: Any) -> Expression:
    """Seconds from start to end, negative if end comes first.

    >>> fn.seconds_between(fn.timestamp("2013-01-01"), fn.timestamp("2013-01-02T12:00:00Z")).value()
    129600.0
    """
    return call("seconds_between", start, end)


def sin(x: Any) -> Expression:
    """The sine of an angle in radians.

    >>> fn.sin(0).value()
    0.0
    """
    return call("sin", x)


def split_part(s: Any, separator: Any, n: Any) -> Expression:
    """Piece n of s between separators, from 0, or from the end if negative; None if there is none.

    >>> fn.split_part("ada@example.org", "@", 1).value()
    'example.org'
    """
    return call("split_part", s, separator, n)


def sqrt(x: Any) -> Expression:
    """The square root; NaN of a negative number.

    >>> fn.sqrt(16).value()
    4.0
    """
    return call("sqrt", x)


def starts_with(s: Any, start: Any) -> Expression:
    """Whether s starts with a text.

    >>> fn.starts_with("abc", "ab").value()
    True
    """
    return call("starts_with", s, start)


def str(x: Any) -> Expression:
    """An Int64 or a Bool as text; a Float64 has too many spellings.

    >>> fn.str(-7).value()
    '-7'
    """
    return call("str", x)


def strip(s: Any) -> Expression:
    """s without white space at its ends.

    >>> fn.strip(" a b ").value()
    'a b'
    """
    return call("strip", s)


def substr(s: Any, start: Any, length: Any = None) -> Expression:
    """length characters of s from start on, without a length all; a negative start counts from the end.

    >>> fn.substr("größer", 2, 3).value()
    'öße'
    """
    given = [] if length is None else [length]
    return call("substr", s, start, *given)


def tan(x: Any) -> Expression:
    """The tangent of an angle in radians.

    >>> fn.tan(0).value()
    0.0
    """
    return call("tan", x)


def timestamp(text: Any) -> Expression:
    """A time in ISO 8601; without a zone it is UTC.

    >>> print(fn.timestamp("2013-01-01T01:00+01:00").value())
    2013-01-01 00:00:00+00:00
    """
    return call("timestamp", text)


def truncate(t: Any, unit: Any, zone: Any = None) -> Expression:
    """The start of the second, minute, … year that holds t; weeks start on Monday.

    >>> print(fn.truncate(fn.timestamp("2013-01-31T17:45:09Z"), "day", "America/New_York").value())
    2013-01-31 05:00:00+00:00
    """
    given = [] if zone is None else [zone]
    return call("truncate", t, unit, *given)


def upper(s: Any) -> Expression:
    """s in upper case, character by character.

    >>> fn.upper("äb").value()
    'ÄB'
    """
    return call("upper", s)


def year(t: Any, zone: Any = None) -> Expression:
    """The year of a time.

    >>> fn.year(fn.timestamp("2013-01-31T17:45:09Z")).value()
    2013
    """
    given = [] if zone is None else [zone]
    return call("year", t, *given)
