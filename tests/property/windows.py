"""Random projects with one windowed view: ties, nulls and edge values, every function over every kind of window."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from oracle.feature_row import View
from oracle.windows import Aggregation, Calendar, Last, WindowRules
from property.draw import INF, NAN, generator

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
SPELLINGS = {1: None, SECOND: "1s", 90 * SECOND: "90s", 5 * MINUTE: "5min", HOUR: "1h", 26 * HOUR: "26h", 7 * DAY: "7d"}
POOLS = {
    "x": [None, -1e308, 1e308, 1.0, 0.1, 0.1, -0.0, 0.0, 5e-324, INF, -INF, NAN, 2.5, 3.75, 1e16],
    "plain": [None, 0.1, 0.2, 0.3, 10.25, -7.5, 1e6, 3.3],
    "i": [None, -(2**63), 2**63 - 1, 0, 1, -1, 2**53 + 1, 7],
    "s": [None, "", "a", "b", "é", 'say "so"'],
    "b": [None, True, False],
}
ARROW = {"x": pa.float64(), "plain": pa.float64(), "i": pa.int64(), "s": pa.string(), "b": pa.bool_()}
NUMBERS, EVERY = ("x", "plain", "i"), tuple(POOLS)
COLUMNS_OF = {
    "sum": (*NUMBERS, "b"),
    "mean": (*NUMBERS, "b"),
    **dict.fromkeys(
        ("var_pop", "var_samp", "var", "std_pop", "std_samp", "std", "median", "approx_percentile"), NUMBERS
    ),
    "histogram": ("i", "s", "b"),
}
NEEDS_N = ("first_n", "last_n", "last_distinct_n", "top_k")
CONDITIONS = [
    ("i > 0", lambda row: None if row["i"] is None else row["i"] > 0),
    ("s in ['a', 'b'] and plain is not None", lambda row: _both(_in(row["s"], ("a", "b")), row["plain"] is not None)),
    ("not b", lambda row: None if row["b"] is None else not row["b"]),
    ("b or plain >= 0.2", lambda row: _either(row["b"], None if row["plain"] is None else row["plain"] >= 0.2)),
]


class ValueTies(WindowRules):
    """Among events of equal times last(n) prefers by the aggregated value, as first and last do."""

    def answer(self, view, aggregation, rows, key, t, request=None):
        features = () if aggregation.column == "*" else (aggregation.column,)
        return super().answer(replace(view, features=features), aggregation, rows, key, t, request)


RULES = ValueTies()


def _in(value, values):
    return None if value is None else value in values


def _both(left, right):
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _either(left, right):
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def draw_window(rng):
    """(oracle's window, the SDK's)."""
    from gnomon import calendar, last

    kind = rng.choice(["trailing"] * 5 + ["lifetime", "last", "calendar"])
    if kind == "trailing":
        length = rng.choice(list(SPELLINGS))
        return length, dt.timedelta(microseconds=length)
    if kind == "lifetime":
        return "lifetime", "lifetime"
    if kind == "last":
        n = rng.choice([1, 2, 5])
        return Last(n), last(n)
    unit, tz = (
        rng.choice(["hour", "day", "week", "month", "quarter", "year"]),
        rng.choice(["UTC", "Europe/Berlin", "America/New_York"]),
    )
    return Calendar(unit, tz), calendar(unit, tz=tz)


def draw_aggregation(rng, name):
    """(oracle's aggregation, the SDK's)."""
    import gnomon
    from oracle.aggregations import ORACLE

    function = rng.choice(sorted(ORACLE))
    column = rng.choice(["*", *EVERY] if function == "count" else COLUMNS_OF.get(function, EVERY))
    window, sdk_window = draw_window(rng)
    options, parameters = {}, {}
    if function in NEEDS_N:
        parameters["n"] = rng.choice([1, 2, 3])
    if function == "approx_percentile":
        parameters["p"] = rng.choice([0.01, 0.5, 0.99, 1.0])
    if function == "count_distinct" and rng.random() < 0.3:
        parameters["max_distinct"] = 2
    if isinstance(window, int):
        options["offset_us"] = rng.choice([0, 0, 0, SECOND, HOUR])
        options["resolution_us"] = rng.choice([0, 0, 0, MINUTE, DAY])
        options["sawtooth_us"] = (
            rng.choice([0, 0, 0, MINUTE, HOUR]) if window >= HOUR and not options["resolution_us"] else 0
        )
    options["include_request"] = not (options.get("offset_us") or options.get("resolution_us")) and rng.random() < 0.3
    text, where = rng.choice(CONDITIONS) if rng.random() < 0.3 else (None, None)
    sdk = {
        key.removesuffix("_us"): dt.timedelta(microseconds=value)
        for key, value in options.items()
        if value and key.endswith("_us")
    }
    if options["include_request"]:
        sdk["include_request"] = True
    if text:
        sdk["where"] = text
    oracle = Aggregation(function, window, column, where=where, parameters=parameters, **options)
    return oracle, gnomon.Aggregation(column, function, sdk_window, name=name, **parameters, **sdk)


class WindowCase:
    """One project. Everything follows from the seed's parts."""

    event_id = ""  # the column of the source's ids

    def __init__(self, folder, *seed, known=None, aggregations=12, events=60, source="file", **options):
        import gnomon

        self.seed, self.folder = seed, folder
        self.rng = rng = generator(*seed)
        self.created = rng.random() < 0.5
        self.known = rng.random() < 0.4 if known is None else known
        self.lag = rng.choice([0, 0, 0, 1, HOUR])
        self.anchor = rng.choice(
            [0, 1_700_000_000_000_000, 1_711_846_800_000_000, -5 * DAY]
        )  # an hour that is skipped in Berlin among them
        self.span = rng.choice([10, MINUTE, HOUR, 3 * DAY, 40 * DAY])
        self.keys = [("k", 1), ("k", 2), ("l", 1)]
        self.rows = self.draw_rows(events)
        self.view_where = rng.choice(CONDITIONS) if rng.random() < 0.3 else None
        drawn = [draw_aggregation(rng, f"f{number}") for number in range(aggregations)]
        self.features = {f"f{number}": self.with_view_where(oracle) for number, (oracle, _) in enumerate(drawn)}
        self.view = View(
            "w",
            ("k1", "k2"),
            EVERY,
            created_time="created" if self.created else None,
            known_at="known" if self.known else None,
            serving_lag_us=self.lag,
        )
        (folder / "gnomon.yaml").write_text("project: windows\n")
        self.entity = gnomon.Entity(name="e", join_keys=["k1", "k2"])
        self.source = self.file_source("events", self.rows)
        if source == "push":
            self.source = gnomon.PushSource(name="pushed", batch_source=self.source)
        self.sdk_view = gnomon.FeatureView(
            name="w",
            entities=[self.entity],
            source=self.source,
            aggregations=[aggregation for _, aggregation in drawn],
            serving_lag=dt.timedelta(microseconds=self.lag),
            **({"where": self.view_where[0]} if self.view_where else {}),
        )
        self.store = gnomon.FeatureStore(repo_path=str(folder), **options)
        self.store.apply([self.entity, self.source, self.sdk_view])

    def with_view_where(self, aggregation):
        if self.view_where is None:
            return aggregation
        return Aggregation(**{**aggregation.__dict__, "view_where": self.view_where[1]})

    def reopen(self):
        import gnomon

        self.store.close()
        self.store = gnomon.FeatureStore(repo_path=str(self.folder))

    def draw_rows(self, count):
        return [self.draw_row() for _ in range(count)]

    def draw_time(self):
        return self.anchor + self.rng.choice(
            [0, 1, self.span, self.rng.randint(0, self.span), self.rng.randint(0, 10) * (self.span // 10)]
        )

    def draw_row(self):
        rng, time = self.rng, self.draw_time()
        key = rng.choice(self.keys)
        row = {
            "k1": key[0],
            "k2": key[1],
            "event_time": time,
            **{name: rng.choice(pool) for name, pool in POOLS.items()},
        }
        row["created"] = rng.choice([None, time, time + 1])
        row["known"] = rng.choice([None, time, time + rng.randint(0, max(1, self.span // 3)), time - 5])
        return row

    def table(self, rows):
        time = pa.timestamp("us", "UTC")
        types = {"k1": pa.string(), "k2": pa.int32(), "event_time": time, **ARROW}
        types |= {"created": time} if self.created else {}
        types |= {"known": time} if self.known else {}
        return pa.table({name: pa.array([row[name] for row in rows], type=kind) for name, kind in types.items()})

    def file_source(self, name, rows):
        import gnomon

        data = self.folder / name
        data.mkdir()
        self.rng.shuffle(rows)
        cuts = sorted(self.rng.sample(range(len(rows) + 1), 2))
        for number, part in enumerate([rows[: cuts[0]], rows[cuts[0] : cuts[1]], rows[cuts[1] :]]):
            pq.write_table(self.table(part), data / f"{number}.parquet", row_group_size=self.rng.choice([7, 1000]))
        times = {"created_timestamp_column": "created"} if self.created else {}
        times |= {"known_at_field": "known"} if self.known else {}
        return gnomon.FileSource(name=name, path=name, timestamp_field="event_time", event_id=self.event_id, **times)

    def draw_asked(self, count):
        keys = [*self.keys, ("nobody", 1), (None, 1)]
        return [
            (self.rng.choice(keys), self.draw_time() + self.rng.choice([0, 1, HOUR, DAY]), self.draw_request())
            for _ in range(count)
        ]

    def draw_request(self):
        """The event that is being asked about, as far as it is known: what include_request adds."""
        return {name: self.rng.choice(pool) for name, pool in POOLS.items()}

    def expected(self, key, t, request, feature):
        asked = dict(zip(("k1", "k2"), key, strict=True))
        if None in key:
            asked, request = {"k1": object(), "k2": None}, None
        own = None if request is None else {**asked, **request, "created": None, "known": None}
        return RULES.answer(self.view, self.features[feature], self.rows, asked, t, own)

    def training(self, asked):
        """{feature: values}, one for each of the asked (key, time, request)."""
        entities = pa.table(
            {
                "k1": pa.array([key[0] for key, *_ in asked], pa.string()),
                "k2": pa.array([key[1] for key, *_ in asked], pa.int32()),
                "event_timestamp": pa.array([t for _, t, _ in asked], pa.timestamp("us", "UTC")),
                **{name: pa.array([own[name] for *_, own in asked], kind) for name, kind in ARROW.items()},
            }
        )
        answer = self.store.get_historical_features(entities, ["w"], history="ideal").to_arrow()
        return {name: answer.column(name).to_pylist() for name in self.features}

    def online(self, keys, t, requests):
        """{feature: [(value, status, event time or None)]}, one for each of the keys."""
        rows = [dict(zip(("k1", "k2"), key, strict=True)) | own for key, own in zip(keys, requests, strict=True)]
        answer = self.store.get_online_features(
            ["w"], rows, as_of=dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=t)
        )
        found = answer.to_dict(include_metadata=True)
        return {
            name: list(zip(found[name], found[f"{name}__status"], found[f"{name}__event_time"], strict=True))
            for name in self.features
        }

    def explain(self, key, t, request, feature, expected, got):
        mine = sorted((row for row in self.rows if (row["k1"], row["k2"]) == key), key=lambda row: row["event_time"])
        events = "\n    ".join(map(str, mine))
        what = f"{feature} = {self.features[feature]} of {key} at {t}, lag {self.lag}, request {request}"
        return f"seed {self.seed}: {what}: expected {expected!r}, got {got!r}; events:\n    {events}"
