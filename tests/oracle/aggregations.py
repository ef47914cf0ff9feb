"""What each aggregation function makes of a window's values, in rationals where the rules say "exactly".

`ORACLE[name](events, **parameters)`: `events` are the window's non-null values with their times, in any order. The
answer is a value, a list, None for null, or NO_VALUE (status INVALID). Values are told apart by their Python type;
a time is an int.
"""

import json
import math
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from oracle.order import rank
from oracle.sketches import hyperloglog, percentile_of_buckets

NO_VALUE = object()  # it does not exist: an integer sum outside int64, more distinct values than declared
INT64 = range(-(2**63), 2**63)


class Counted(NamedTuple):
    """One non-null value of the window."""

    value: object
    event_time: int
    created_time: int | None = None


def values_of(events):
    return [event.value for event in events]


def distinct_form(value):
    """-0.0 and 0.0 are one value, written +0.0."""
    return value + 0.0 if isinstance(value, float) else value


def content_form(value):
    """All NaNs are one value."""
    return math.nan if isinstance(value, float) and math.isnan(value) else value


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


def is_infinite(value):
    return isinstance(value, float) and math.isinf(value)


def rounded(exact):
    """To nearest even, once; too great for a float: infinity. Python divides integers correctly rounded."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def not_finite(values):
    """The sum of values that are not all finite, or None if they are."""
    infinities = {value for value in values if is_infinite(value)}
    if any(map(is_nan, values)) or len(infinities) == 2:
        return math.nan
    return infinities.pop() if infinities else None


def total(values):
    return sum(map(Fraction, values), Fraction(0))


# ── how many, how much ──────────────────────────────────────────────────────────────────────────────────────────────


def count(events):
    return len(events)


def sum_(events):
    values = values_of(events)
    if not values:
        return None
    if isinstance(values[0], float):
        special = not_finite(values)
        return rounded(total(values)) if special is None else special
    exact = sum(values)
    return exact if exact in INT64 else NO_VALUE


def mean(events):
    values = values_of(events)
    if not values:
        return None
    special = not_finite(values)
    return rounded(total(values) / len(values)) if special is None else special


def variance(events, divisor):
    """(nQ - S²) / divisor(n), rounded once; null where the divisor is 0."""
    values = values_of(events)
    n = len(values)
    if n == 0 or divisor(n) == 0:
        return None
    if not_finite(values) is not None:
        return math.nan
    return rounded((n * total(Fraction(value) ** 2 for value in values) - total(values) ** 2) / divisor(n))


def var_pop(events):
    return variance(events, lambda n: n * n)


def var_samp(events):
    return variance(events, lambda n: n * (n - 1))


def root(value):
    return None if value is None else math.sqrt(value)


def std_pop(events):
    return root(var_pop(events))


def std_samp(events):
    return root(var_samp(events))


def extreme(events, choose):
    values = list(map(distinct_form, values_of(events)))
    numbers = [value for value in values if not is_nan(value)]
    return choose(numbers or values, key=rank, default=None)


def minimum(events):
    return extreme(events, min)


def maximum(events):
    return extreme(events, max)


# ── by time ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def oldest_first(events):
    """By (event_time, created_time, value); a null created_time loses against any other."""
    return sorted(events, key=lambda event: (event.event_time, rank(event.created_time), rank(event.value)))


def first_n(events, n):
    return [content_form(value) for value in values_of(oldest_first(events))[:n]] or None


def last_n(events, n):
    return [content_form(value) for value in values_of(reversed(oldest_first(events)))][:n] or None


def last_distinct_n(events, n):
    distinct = {}
    alike = [event._replace(value=distinct_form(content_form(event.value))) for event in events]
    for event in reversed(oldest_first(alike)):
        distinct.setdefault(rank(event.value), event.value)
    return list(distinct.values())[:n] or None


def first(events):
    return (first_n(events, 1) or [None])[0]


def last(events):
    return (last_n(events, 1) or [None])[0]


# ── by value ────────────────────────────────────────────────────────────────────────────────────────────────────────


def occurrences(events):
    """(value, how often), ascending."""
    alike = sorted(map(distinct_form, map(content_form, values_of(events))), key=rank)
    counts = Counter(map(rank, alike))
    return [(value, counts[key]) for key, value in {rank(value): value for value in alike}.items()]


def count_distinct(events, max_distinct=0):
    distinct = len(occurrences(events))
    return NO_VALUE if 0 < max_distinct < distinct else distinct


def top_k(events, n):
    most = sorted(occurrences(events), key=lambda item: -item[1])  # stable: equally frequent values stay ascending
    return [value for value, _ in most[:n]] or None


def mode(events):
    return (top_k(events, 1) or [None])[0]


def histogram(events):
    """Keys as JSON writes them: text as it is, integers in decimal, true and false."""
    members = {value if isinstance(value, str) else json.dumps(value): many for value, many in occurrences(events)}
    in_order = dict(sorted(members.items(), key=lambda item: item[0].encode()))
    return json.dumps(in_order, ensure_ascii=False, separators=(",", ":")) if in_order else None


def median(events):
    values = sorted(values_of(events), key=rank)
    if not values:
        return None
    if any(map(is_nan, values)):
        return math.nan
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    if is_infinite(low) or is_infinite(high):
        return float(low) + float(high)
    return rounded((Fraction(low) + Fraction(high)) / 2) + 0.0


# ── approximately ───────────────────────────────────────────────────────────────────────────────────────────────────


def approx_count_distinct(events):
    return hyperloglog(distinct_form(content_form(value)) for value in values_of(events))


def approx_percentile(events, p):
    return percentile_of_buckets([float(value) for value in values_of(events)], p)


ORACLE = {
    "approx_count_distinct": approx_count_distinct,
    "approx_percentile": approx_percentile,
    "count": count,
    "count_distinct": count_distinct,
    "first": first,
    "first_n": first_n,
    "histogram": histogram,
    "last": last,
    "last_distinct_n": last_distinct_n,
    "last_n": last_n,
    "max": maximum,
    "mean": mean,
    "median": median,
    "min": minimum,
    "mode": mode,
    "std": std_samp,
    "std_pop": std_pop,
    "std_samp": std_samp,
    "sum": sum_,
    "top_k": top_k,
    "var": var_samp,
    "var_pop": var_pop,
    "var_samp": var_samp,
}
