"""Draws shapes and worlds. Values come from small pools of edge values, times from a narrow grid: ties are the rule."""

import random
import struct
from dataclasses import dataclass, field

from oracle.feature_row import View

NAN, INF = float("nan"), float("inf")


def as_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


POOLS = {
    "Int32": [None, 0, -1, 1, 2**31 - 1, -(2**31)],
    "Int64": [None, -(2**63), -1, 0, 2**53, 2**53 + 1, 2**63 - 1],
    "Float32": [None, -INF, 1.5, as_float32(0.1), -0.0, 0.0, INF, NAN],
    "Float64": [None, -INF, 0.1, 5e-324, -0.0, 0.0, INF, NAN],
    "String": [None, "", "a", "Z", "z", "é", "\uffff", "\U00010000"],
    "Bool": [None, False, True],
    "Bytes": [None, b"", b"a", b"\x00", b"\x7f", b"\x80"],
    "UnixTimestamp": [None, 0, -1, 1, 1_700_000_000_000_001],
    "Array(Int64)": [None, [], [None], [1], [1, None], [1, 2], [2]],
    "Array(Float64)": [None, [], [NAN], [-0.0], [0.0], [INF, 1.0]],
    "Array(String)": [None, [], [""], ["a"], ["a", "b"], ["b"]],
}
# Text formats cannot tell an empty string from a null, nor write bytes and NaN: they get the pools they can carry.
TEXT_POOLS = {
    "Int32": POOLS["Int32"],
    "Int64": POOLS["Int64"],
    "Float64": [None, -0.0, 0.0, 0.1, 1.5, -2.5e300],
    "String": [None, "a", "Z", "b", "é", "x,y", 'say "so"'],
    "Bool": POOLS["Bool"],
}
NDJSON_POOLS = {**TEXT_POOLS, "Array(Int64)": POOLS["Array(Int64)"], "Array(String)": POOLS["Array(String)"]}
POOLS_OF = {"parquet": POOLS, "csv": TEXT_POOLS, "ndjson": NDJSON_POOLS}

KEY_KINDS = ["String", "Int64", "Int32", "Bytes", "UnixTimestamp", "Bool"]
KEY_POOLS = {  # of every key but the first, which carries the world
    "String": ["1", "11", "|", "a"],
    "Int64": [1, 11, -1],
    "Int32": [1, 11, -1],
    "Bytes": [b"", b"\x00", b"1"],
    "UnixTimestamp": [0, -1],
    "Bool": [False, True],
}
TTLS = [0, 0, 1, 2, 5, 1_000, 1_000_000, 86_400_000_000]
LAGS = [0, 0, 0, 1, 3, 1_000]
ANCHORS = [
    0,
    1_700_000_000_000_000,
    1_700_000_000_000_000,
    -2_208_988_800_000_000,
    2_208_988_800_000_000,
]  # 1970, 2023, 1900, 2040


@dataclass
class ViewShape:
    rules: View
    dtypes: dict  # feature -> dtype, in declared order
    format: str
    declared: bool  # the schema is written down, not inferred
    files: int
    layout: str  # file | folder | glob
    renamed: bool  # source columns are called otherwise and mapped
    time_types: dict  # time column -> unit of the stored column, "us" | "us naive" | "ns" | "ms"


@dataclass
class Shape:
    keys: dict  # join key -> kind; the first carries the world
    views: list
    one_entity: bool  # one composite entity, or one entity a key
    full_feature_names: bool
    entity_time_type: str


@dataclass
class World:
    histories: dict = field(default_factory=dict)  # view name -> rows
    entity_rows: list = field(default_factory=list)


RESOLUTION_US = {"us": 1, "us naive": 1, "ns": 1, "ms": 1000}


def draw_keys(rng):
    first = rng.choice(["String", "String", "Int64", "Int64", "Int32", "Bytes", "UnixTimestamp"])
    others = [rng.choice(KEY_KINDS) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
    return {f"key_{place}": kind for place, kind in enumerate([first, *others])}


def draw_view(rng, name, keys, form=None, dtypes_among=None):
    portable = not {"Bytes", "UnixTimestamp", "Bool"} & set(keys.values())
    form = form or (rng.choice(["parquet"] * 6 + ["csv", "ndjson"]) if portable else "parquet")
    dtypes = {f"{name}_f{i}": rng.choice(dtypes_among or list(POOLS_OF[form])) for i in range(rng.randint(1, 4))}
    created, known = rng.random() < 0.6, rng.random() < 0.4
    columns = ["event_time"] + ["created"] * created + ["known"] * known
    rules = View(
        name,
        tuple(list(keys)[: rng.randint(1, len(keys))]),
        tuple(dtypes),
        created_time="created" if created else None,
        known_at="known" if known else None,
        ttl_us=rng.choice(TTLS),
        serving_lag_us=rng.choice(LAGS),
    )
    files = rng.choice([1, 1, 2, 3])
    return ViewShape(
        rules,
        dtypes,
        form,
        declared=form != "parquet" or rng.random() < 0.7,
        files=files,
        layout="file" if files == 1 and rng.random() < 0.5 else rng.choice(["folder", "glob"]),
        renamed=rng.random() < 0.3,
        time_types={column: rng.choice(["us", "us", "us naive", "ns", "ms"]) for column in columns},
    )


def draw_shape(rng, views=None, **options):
    keys = draw_keys(rng)
    names = [f"view_{i}" for i in range(views or rng.choice([1, 2, 2, 3]))]
    return Shape(
        keys,
        [draw_view(rng, name, keys, **options) for name in names],
        one_entity=rng.random() < 0.5,
        full_feature_names=rng.random() < 0.5,
        entity_time_type=rng.choice(["us", "us naive", "ns"]),
    )


def world_key(kind, world, local):
    """The first key of a world: no two worlds share one."""
    if kind == "String":
        return f"w{world}|" + ["", "a", "é"][local]
    if kind == "Bytes":
        return b"w%d|" % world + [b"", b"\x00", b"\xff"][local]
    number = world * 4 + local
    if kind == "Int32":
        return number - 200
    return number + 2**53 if kind == "Int64" else number - 200  # UnixTimestamp: around 1970


def draw_key(rng, keys, world):
    kinds = list(keys.items())
    first = {kinds[0][0]: world_key(kinds[0][1], world, rng.choice([0, 0, 0, 1, 2]))}
    return first | {name: rng.choice(KEY_POOLS[kind]) for name, kind in kinds[1:]}


def without_one(rng, row, names):
    return {**row, rng.choice(list(names)): None}


def few_of(rng, pool):
    """Two or three neighbours of a pool, or all of it: neighbours are what an order is most easily wrong about."""
    start, count = rng.randrange(len(pool)), rng.choice([2, 3, len(pool)])
    return (pool + pool)[start : start + count]


def draw_history(rng, view, known_keys, anchor):
    """At most 12 rows on a grid of a few steps of the stored time's resolution, so that most rows tie with another."""
    rules, rows = view.rules, []
    step = max(RESOLUTION_US[unit] for unit in view.time_types.values())
    step *= rng.choice([1, 1, 1, max(1, rules.ttl_us // step)])
    pools = POOLS_OF[view.format]
    values = {feature: few_of(rng, pools[dtype]) for feature, dtype in view.dtypes.items()}
    for _ in range(rng.choice([0, 1, 2, 4, 6, 8, 12])):
        at = anchor + rng.randint(0, 3) * step
        row = {key: value for key, value in rng.choice(known_keys).items() if key in rules.keys}
        row["event_time"] = at if rng.random() > 0.04 else None
        if rules.created_time:
            row["created"] = rng.choice([None, anchor, anchor, anchor + step, anchor - step])
        if rules.known_at:
            resolution = RESOLUTION_US[view.time_types["known"]]
            offset = rng.choice([0, 0, -1, 1, 2, 5, rules.ttl_us, -rules.ttl_us]) * resolution
            row["known"] = rng.choice([None, at + offset, at + offset])
        row |= {feature: rng.choice(pool) for feature, pool in values.items()}
        rows.append(row if rng.random() > 0.04 else without_one(rng, row, rules.keys))
    return rows


def draw_instants(rng, shape, histories, anchor, count):
    """Instants at, just before and just after everything that can change an answer."""
    times = [
        row[column]
        for rows in histories.values()
        for row in rows
        for column in ("event_time", "known")
        if row.get(column) is not None
    ] or [anchor]
    ttls, lags = [v.rules.ttl_us for v in shape.views], [v.rules.serving_lag_us for v in shape.views]
    return [
        rng.choice(times) + rng.choice([0, *ttls]) + rng.choice([0, *lags]) + rng.choice([0, 0, -1, 1])
        for _ in range(count)
    ]


def draw_world(rng, shape, number, anchors=ANCHORS):
    known_keys = [draw_key(rng, shape.keys, number) for _ in range(rng.randint(1, 3))]
    anchor = rng.choice(anchors)
    world = World({view.rules.name: draw_history(rng, view, known_keys, anchor) for view in shape.views})
    for t in draw_instants(rng, shape, world.histories, anchor, rng.choice([0, 1, 2, 4, 6, 8])):
        key = rng.choice(known_keys) if rng.random() > 0.1 else draw_key(rng, shape.keys, number)
        key = key if rng.random() > 0.04 else without_one(rng, key, shape.keys)
        world.entity_rows.append({**key, "event_timestamp": t})
        if rng.random() < 0.1:
            world.entity_rows.append(dict(world.entity_rows[-1]))  # a duplicate
    return world


def generator(*parts):
    """A generator for one named place of one run; `parts` are printed when it fails."""
    return random.Random("/".join(map(str, parts)))
