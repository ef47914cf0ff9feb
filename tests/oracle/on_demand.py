"""What an expression is, worked out on Python's own values: written from the rules, sharing no code with the engine.

A tree is ("column", name), ("constant", value), or (operation, tree, …). A value is Python's, None, or LOST: a null
because an integer outgrew Int64, which is INVALID in an answer.
"""

import ipaddress
import math
from typing import ClassVar
from zoneinfo import ZoneInfo

from oracle.xxh3 import xxh3

LOST = type("Lost", (), {"__repr__": lambda self: "LOST"})()
SMALLEST, LARGEST = -(2**63), 2**63 - 1
RADIUS_KM = 6371.0088


def is_null(value):
    return value is None or value is LOST


def lost_if_any(values):
    return LOST if any(value is LOST for value in values) else None


def ieee_divide(a, b):
    if b != 0:
        try:
            return a / b
        except OverflowError:  # Python refuses quotients of integers that no float holds; there are none in 64 bits
            raise AssertionError(a, b) from None
    a = float(a)
    if math.isnan(a) or a == 0:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, float(b))


def float_floor_divide(a, b):
    return ieee_divide(a, b) if b == 0 else a // b


def float_modulo(a, b):
    if b == 0 or math.isinf(a):
        return math.nan
    return a % b


def to_integer(way):
    def convert(x):
        return x if isinstance(x, int) else LOST if not math.isfinite(x) else way(x)

    return convert


def or_nan(fn):
    def call(*arguments):
        try:
            return fn(*arguments)
        except ValueError:
            return math.nan

    return call


def exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def log(x):
    return -math.inf if x == 0 else math.nan if x < 0 else math.log(x)


def extreme(choose):
    def call(*values):
        numbers = [value for value in values if not (isinstance(value, float) and math.isnan(value))]
        return choose(numbers) if numbers else math.nan

    return call


def clip(x, low, high):
    x = low if x < low else x
    return high if x > high else x


def haversine(lat1, lon1, lat2, lon2):
    degree = math.pi / 180.0
    a = math.sin((lat2 - lat1) * degree / 2)
    b = math.sin((lon2 - lon1) * degree / 2)
    chord = a * a + math.cos(lat1 * degree) * math.cos(lat2 * degree) * b * b
    return 2 * RADIUS_KM * math.asin(math.sqrt(min(chord, 1.0)))


def substr(text, start, length):
    start = max(start + len(text), 0) if start < 0 else start
    return text[start : start + max(length, 0)]


def split_part(text, separator, n):
    if not separator:
        return None
    pieces = text.split(separator)
    return pieces[n] if -len(pieces) <= n < len(pieces) else None


def in_cidr(text, *ranges):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return any(address in ipaddress.ip_network(one) for one in ranges)


def hash_bucket(x, buckets):
    data = x.to_bytes(8, "little", signed=True) if isinstance(x, int) else x.encode()
    return xxh3(data) % buckets


def element(items, n):
    return items[n] if -len(items) <= n < len(items) else None


def array_sum(items):
    total = 0
    for item in items:
        total = total + item if item is not None else total
    return total


def float_sum(items):
    return float(array_sum(items))


def dot(a, b):
    if len(a) != len(b):
        return None
    total = 0.0
    for x, y in zip(a, b, strict=True):
        if x is None or y is None:
            return None
        total += x * y
    return total


def local(fn):
    return lambda t, zone: fn(t.astimezone(ZoneInfo(zone)))


class Expressions:
    """The rules, each a method or an entry of `strict`, so that a test can break one and must be noticed."""

    # None in, None out. An integer out of Int64's range is LOST.
    strict: ClassVar = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": ieee_divide,
        "int //": lambda a, b: None if b == 0 else a // b,
        "int %": lambda a, b: None if b == 0 else a % b,
        "float //": float_floor_divide,
        "float %": float_modulo,
        "negate": lambda a: -a,
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "not": lambda a: not a,
        "abs": abs,
        "floor": to_integer(math.floor),
        "ceil": to_integer(math.ceil),
        "round": to_integer(round),
        "int": to_integer(math.trunc),
        "float": float,
        "sqrt": or_nan(math.sqrt),
        "exp": exp,
        "log": log,
        "sin": or_nan(math.sin),
        "cos": or_nan(math.cos),
        "radians": math.radians,
        "min": extreme(min),
        "max": extreme(max),
        "clip": clip,
        "haversine": or_nan(haversine),
        "hash_bucket": hash_bucket,
        "length": len,
        "concat": lambda *texts: "".join(texts),
        "contains": lambda text, part: part in text,
        "starts_with": str.startswith,
        "ends_with": str.endswith,
        "replace": lambda text, old, new: text.replace(old, new),
        "substr": substr,
        "split_part": split_part,
        "str": str,
        "in_cidr": in_cidr,
        "hour": local(lambda t: t.hour),
        "day": local(lambda t: t.day),
        "day_of_week": local(lambda t: t.weekday()),
        "year": local(lambda t: t.year),
        "seconds_between": lambda start, end: (end - start).total_seconds(),
        "array_length": len,
        "array_contains": lambda items, x: x in items,
        "element": element,
        "array_sum": float_sum,
        "dot": dot,
    }

    def value(self, tree, row):
        operation, *parts = tree
        if operation == "column":
            return row[parts[0]]
        if operation == "constant":
            return parts[0]
        special = getattr(self, "do_" + operation.replace(" ", "_"), None)
        if special is not None:
            return special(parts, row)
        values = [self.value(part, row) for part in parts]
        if any(is_null(value) for value in values):
            return lost_if_any(values)
        return self.fitted(self.strict[operation](*values))

    def fitted(self, result):
        is_integer = isinstance(result, int) and not isinstance(result, bool)
        return LOST if is_integer and not SMALLEST <= result <= LARGEST else result

    def do_and(self, parts, row):
        values = [self.value(part, row) for part in parts]
        if any(value is False for value in values):
            return False
        return lost_if_any(values) if any(is_null(value) for value in values) else True

    def do_or(self, parts, row):
        values = [self.value(part, row) for part in parts]
        if any(value is True for value in values):
            return True
        return lost_if_any(values) if any(is_null(value) for value in values) else False

    def do_if(self, parts, row):
        condition = self.value(parts[0], row)
        return condition if is_null(condition) else self.value(parts[1 if condition else 2], row)

    def do_coalesce(self, parts, row):
        values = [self.value(part, row) for part in parts]
        return next((value for value in values if not is_null(value)), lost_if_any(values))

    def do_is_null(self, parts, row):
        return is_null(self.value(parts[0], row))

    def do_is_in(self, parts, row):
        value = self.value(parts[0], row)
        return value if is_null(value) else any(value == item for item in parts[1][1])
