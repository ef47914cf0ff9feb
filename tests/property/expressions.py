"""Random expressions over random rows: as a tree for the oracle, and as Python that is traced for the engine."""

import datetime as dt
import operator

import pyarrow as pa

NAN, INF = float("nan"), float("inf")
LARGE = 2**63 - 1
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]

# name -> (type, where it comes from)
COLUMNS = {
    "i": ("int", "stored"),
    "x": ("float", "stored"),
    "s": ("text", "stored"),
    "b": ("bool", "stored"),
    "t": ("time", "stored"),
    "v": ("floats", "stored"),
    "j": ("int", "request"),
    "y": ("float", "request"),
    "r": ("text", "request"),
    "u": ("time", "request"),
}
ARROW = {
    "int": pa.int64(),
    "float": pa.float64(),
    "text": pa.utf8(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", "UTC"),
    "floats": pa.list_(pa.float64()),
}
TEXTS = ["", "a", "ab", "b-a", "größe", "10.1.2.3", "2001:db8::1", "\U00010000x"]
TIMES = [
    dt.datetime(2013, 3, 10, 7, 30),
    dt.datetime(2013, 11, 3, 5, 59, 59, 999999),
    dt.datetime(1969, 12, 31, 23, 59),
]
VALUES = {
    "int": [0, 1, -1, 2, 7, -7, 2**53 + 1, LARGE, -LARGE - 1],
    "float": [0.0, -0.0, 1.0, -2.5, 0.1, 1e300, 5e-324, INF, -INF, NAN, 2.0**63],
    "text": TEXTS,
    "bool": [True, False],
    "time": [time.replace(tzinfo=dt.UTC) for time in TIMES],
    "floats": [[], [1.0], [0.5, -2.0], [None, 3.0], [NAN, 1.0]],
}

# operation -> (result, types of the arguments)
STRICT = {
    "+": [("int", "int", "int"), ("float", "float", "float"), ("float", "int", "float")],
    "-": [("int", "int", "int"), ("float", "float", "float"), ("float", "float", "int")],
    "*": [("int", "int", "int"), ("float", "float", "float")],
    "/": [("float", "int", "int"), ("float", "float", "float")],
    "int //": [("int", "int", "int")],
    "int %": [("int", "int", "int")],
    "float //": [("float", "float", "float")],
    "float %": [("float", "float", "float")],
    "negate": [("int", "int"), ("float", "float")],
    "abs": [("int", "int"), ("float", "float")],
    "floor": [("int", "float")],
    "ceil": [("int", "float")],
    "round": [("int", "float"), ("int", "int")],
    "int": [("int", "float")],
    "float": [("float", "int")],
    "sqrt": [("float", "float")],
    "exp": [("float", "float")],
    "log": [("float", "float")],
    "sin": [("float", "float")],
    "cos": [("float", "float")],
    "radians": [("float", "float")],
    "min": [("int", "int", "int"), ("float", "float", "float")],
    "max": [("int", "int", "int"), ("float", "float", "float")],
    "clip": [("int", "int", "int", "int"), ("float", "float", "float", "float")],
    "==": [("bool", "int", "int"), ("bool", "float", "int"), ("bool", "text", "text"), ("bool", "time", "time")],
    "!=": [("bool", "float", "float"), ("bool", "bool", "bool")],
    "<": [("bool", "int", "float"), ("bool", "text", "text"), ("bool", "time", "time")],
    ">=": [("bool", "float", "float"), ("bool", "int", "int")],
    "not": [("bool", "bool")],
    "length": [("int", "text")],
    "concat": [("text", "text", "text")],
    "contains": [("bool", "text", "text")],
    "starts_with": [("bool", "text", "text")],
    "ends_with": [("bool", "text", "text")],
    "replace": [("text", "text", "text", "text")],
    "substr": [("text", "text", "int", "int")],
    "split_part": [("text", "text", "text", "int")],
    "str": [("text", "int"), ("text", "bool")],
    "seconds_between": [("float", "time", "time")],
    "array_length": [("int", "floats")],
    "element": [("float", "floats", "int")],
    "array_sum": [("float", "floats")],
    "dot": [("float", "floats", "floats")],
}
SPECIAL = {  # operations whose last arguments are constants, or that are not strict
    "int": ["if", "coalesce", "hash_bucket", "hour", "day", "day_of_week", "year"],
    "float": ["if", "coalesce", "haversine"],
    "bool": ["if", "coalesce", "and", "or", "is_null", "is_in", "in_cidr"],
    "text": ["if", "coalesce"],
    "time": ["if", "coalesce"],
    "floats": [],
}


class Drawing:
    """Draws trees of a type; the deeper, the plainer."""

    def __init__(self, rng):
        self.rng = rng

    def leaf(self, kind):
        names = [name for name, (known, _) in COLUMNS.items() if known == kind]
        if self.rng.random() < 0.7:
            return ("column", self.rng.choice(names))
        constants = [value for value in VALUES[kind] if kind != "floats" or (value and None not in value)]
        return ("constant", self.rng.choice(constants))

    def tree(self, kind, depth):
        if depth == 0 or self.rng.random() < 0.15:
            return self.leaf(kind)
        strict = [(name, form[1:]) for name, forms in STRICT.items() for form in forms if form[0] == kind]
        names = SPECIAL[kind]
        if not strict or (names and self.rng.random() < 0.35):
            return self.special(self.rng.choice(names), kind, depth) if names else self.leaf(kind)
        name, parameters = self.rng.choice(strict)
        return (name, *(self.tree(parameter, depth - 1) for parameter in parameters))

    def special(self, name, kind, depth):
        rng, below = self.rng, depth - 1
        if name == "if":
            return ("if", self.tree("bool", below), self.tree(kind, below), self.tree(kind, below))
        if name in ("coalesce", "and", "or"):
            return (name, *(self.tree(kind, below) for _ in range(rng.randint(2, 3))))
        if name == "is_null":
            return ("is_null", self.tree(rng.choice(list(ARROW)), below))
        if name == "is_in":
            wanted = rng.choice(["int", "float", "text"])
            return ("is_in", self.tree(wanted, below), ("constant", rng.sample(VALUES[wanted], 3)))
        if name == "hash_bucket":
            return (name, self.tree(rng.choice(["int", "text"]), below), ("constant", rng.choice([1, 10, 1000])))
        if name == "in_cidr":
            return (name, self.tree("text", below), ("constant", "10.0.0.0/8"), ("constant", "2001:db8::/32"))
        if name == "haversine":
            return (name, *(self.tree("float", below) for _ in range(4)))
        return (name, self.tree("time", below), ("constant", rng.choice(ZONES)))

    def row(self):
        return {
            name: None if self.rng.random() < 0.2 else self.rng.choice(VALUES[kind])
            for name, (kind, _) in COLUMNS.items()
        }


BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "int //": operator.floordiv,
    "float //": operator.floordiv,
    "int %": operator.mod,
    "float %": operator.mod,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">=": operator.ge,
}


def written(tree, inputs):
    """The tree as a user writes it in a traced function."""
    from gnomon import functions as fn
    from gnomon.expression import traced

    name, *parts = tree
    if name == "column":
        return inputs[parts[0]]
    if name == "constant":
        return traced(parts[0])
    if name == "is_in":
        return fn.is_in(written(parts[0], inputs), parts[1][1])
    if name in ("hash_bucket", "in_cidr", "hour", "day", "day_of_week", "year"):
        return getattr(fn, name)(written(parts[0], inputs), *(part[1] for part in parts[1:]))
    given = [written(part, inputs) for part in parts]
    if name in BINARY:
        return BINARY[name](*given)
    if name == "negate":
        return -given[0]
    if name == "not":
        return ~given[0]
    if name in ("and", "or"):
        result = given[0]
        for one in given[1:]:
            result = result & one if name == "and" else result | one
        return result
    return getattr(fn, "if_else" if name == "if" else name)(*given)
