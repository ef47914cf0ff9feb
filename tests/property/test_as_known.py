"""What was answered when it was asked is what a training set says later, with history="as_known".

In real time: facts arrive in no order, before they may be known or at the last moment that their known_at and the
view's serving_lag allow; between arrivals the views are asked for now, and materialized at times.
"""

import datetime as dt
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracle.order import same
from oracle.times import EPOCH, to_datetime, to_us
from property.draw import generator
from property.seeds import CASES, SEED

KEYS = ["a", "b", None]
TIME = pa.timestamp("us", "UTC")
TYPES = {"key": pa.string(), "at": TIME, "known": TIME, "x": pa.int64(), "f": pa.float64()}
MS = 1000
FEATURES = ["rows:x", "rows:f", "windows"]


class AsKnownCase:
    def __init__(self, folder, *seed):
        import gnomon

        self.seed, self.rng = seed, generator(*seed)
        self.lag = self.rng.choice([0, 1, 5 * MS, 60 * MS])
        lag = dt.timedelta(microseconds=self.lag)
        # Long enough ago that the first materialization takes all of the file in, however quickly it comes.
        begun = now() - 100 * MS
        pq.write_table(self.table([self.draw_fact(begun) for _ in range(20)]), folder / "facts.parquet")
        entity = gnomon.Entity("thing", join_keys=["key"])
        history = gnomon.FileSource("history", path="facts.parquet", timestamp_field="at", known_at_field="known")
        facts = gnomon.PushSource("facts", batch_source=history)
        schema = [gnomon.Field("x", gnomon.types.Int64), gnomon.Field("f", gnomon.types.Float64)]
        ttl = self.rng.choice([None, dt.timedelta(milliseconds=50)])
        rows = gnomon.FeatureView("rows", entities=[entity], source=facts, schema=schema, ttl=ttl, serving_lag=lag)
        windows = [
            gnomon.Aggregation("x", "sum", [dt.timedelta(milliseconds=30), dt.timedelta(seconds=2)]),
            gnomon.Aggregation("f", "sum", "lifetime"),
            gnomon.Aggregation("x", "last_n", gnomon.last(3), n=3),
            gnomon.Aggregation("*", "count", dt.timedelta(milliseconds=100), where="x > 0"),
        ]
        windowed = gnomon.FeatureView("windows", entities=[entity], source=facts, aggregations=windows, serving_lag=lag)
        self.store = gnomon.FeatureStore(str(folder))
        self.store.apply([entity, history, facts, rows, windowed])
        self.asked = []  # (t, key, {feature: value})

    def draw_fact(self, last_answer):
        """A fact that no answer up to `last_answer` can have missed: it is known, with the lag, later than that."""
        rng = self.rng
        at = last_answer + rng.choice([-300, -20, -1, 0, 0, 5, 20]) * MS + rng.randint(0, 3)
        known = last_answer + 1 - self.lag + rng.choice([0, 0, 1, 2 * MS, 30 * MS])
        if at + self.lag > last_answer and rng.random() < 0.3:
            known = None  # as soon as it happened
        value = {"x": rng.choice([None, -1, 1, 2, 7]), "f": rng.choice([None, 0.1, 1e16, -1e16, 2.5])}
        return {"key": rng.choice(KEYS[:2]), "at": at, "known": known, **value}

    def table(self, facts):
        return pa.table({name: pa.array([fact[name] for fact in facts], kind) for name, kind in TYPES.items()})

    def ask(self):
        answer = self.store.get_online_features(FEATURES, [{"key": key} for key in KEYS])
        found = answer.to_dict()
        assert not answer.errors, answer.errors
        names = [name for name in found if name != "key"]
        for place, key in enumerate(found["key"]):
            self.asked.append((to_us(answer.t), key, {name: found[name][place] for name in names}))
        return to_us(answer.t)

    def live(self, steps, late_us=0):
        """`late_us`: how much later than allowed facts arrive."""
        self.store.materialize_incremental(to_datetime(now()))
        for _ in range(steps):
            last_answer = self.ask()
            facts = [self.draw_fact(last_answer - late_us) for _ in range(self.rng.choice([0, 1, 1, 3]))]
            if facts:
                self.store.push("facts", self.table(facts))
            if self.rng.random() < 0.15:
                self.store.materialize_incremental(to_datetime(now()))
            time.sleep(self.rng.choice([0, 0, 1, 5]) / 1000)
        self.ask()

    def differences(self):
        asked = pa.table(
            {
                "key": pa.array([key for _, key, _ in self.asked], pa.string()),
                "event_timestamp": pa.array([t for t, _, _ in self.asked], TIME),
            }
        )
        trained = self.store.get_historical_features(asked, FEATURES, history="as_known").to_arrow()
        names = list(self.asked[0][2])
        columns = {name: trained[name].to_pylist() for name in names}
        return [
            f"{name} of {key} at {t}: answered {value[name]!r}, trained {columns[name][place]!r} (seed {self.seed})"
            for place, (t, key, value) in enumerate(self.asked)
            for name in names
            if not same(value[name], columns[name][place])
        ]


def now():
    return (dt.datetime.now(dt.UTC) - EPOCH) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize("number", range(max(1, round(6 * CASES))))
def test_answered_equals_trained(tmp_path, number):
    """6 projects × 41 questions × 3 keys × 7 features."""
    case = AsKnownCase(tmp_path, SEED, "as known", number)
    case.live(steps=40)
    found = case.differences()
    case.store.close()
    assert not found, "\n".join(found[:5])


def test_facts_that_come_later_than_they_say_are_noticed(tmp_path):
    """Negative control: a fact that was known before it arrived was not in the answers of the meantime."""
    case = AsKnownCase(tmp_path, SEED, "as known", "late")
    case.live(steps=30, late_us=400 * MS)
    assert case.differences()
    case.store.close()
