"""A history that reaches the online store by materialize and by pushes in random order, and the questions put to it."""

import datetime as dt

import pyarrow as pa

from oracle.feature_row import online_row
from oracle.order import same
from oracle.times import to_datetime, to_us
from property.draw import draw_instants, draw_key, draw_shape, draw_world, generator
from property.projects import entities_of, feature_view, file_source, python_values
from property.sources import history_table, time_column, typed_column, write_history

PAST = [0, 1_700_000_000_000_000, -2_208_988_800_000_000]
FUTURE = 2_208_988_800_000_000  # 2040
NOW = dt.datetime.now(dt.UTC)
LAST_MONTH = to_us(NOW - dt.timedelta(days=30)) // 1000 * 1000
BEGINNING = dt.datetime(1800, 1, 1, tzinfo=dt.UTC)


class OnlineCase:
    """One view over a push source; a world's rows are spread over the file and a few pushes, some in both."""

    def __init__(self, folder, *seed, worlds=50, as_of_retention="all", anchors=(*PAST, *PAST, FUTURE), settings=None):
        if settings is not None:
            (folder / "gnomon.yaml").write_text(settings)
        self.seed, self.rng = seed, generator(*seed)
        self.shape = draw_shape(self.rng, views=1, form="parquet")
        self.view = self.shape.views[0]
        self.view.renamed = False  # pushed rows have the names that features have
        self.anchor = self.rng.choice(anchors)
        self.worlds = [draw_world(self.rng, self.shape, number, [self.anchor]) for number in range(worlds)]
        self.rows = [row for world in self.worlds for row in world.histories[self.view.rules.name]]
        self.store = self.fill(folder, as_of_retention)

    def fill(self, folder, as_of_retention):
        from gnomon import PushSource

        rng, entities = self.rng, entities_of(self.shape)
        ways = ["push"] if self.anchor == FUTURE else ["file", "file", "push", "push", "both"]  # materialize ends now
        routes = [(rng.choice(ways), row) for row in self.rows]
        filed = [row for way, row in routes if way != "push"]
        pushed = [row for way, row in routes if way != "file"]
        rng.shuffle(pushed)
        file = file_source(self.view, write_history(folder, self.view, self.shape.keys, filed, rng))
        source = PushSource(name="stream", batch_source=file)
        store = self.open(folder)
        store.apply(
            [entity for entity, _ in entities]
            + [feature_view(self.view, entities, source, as_of_retention=as_of_retention)]
        )
        steps = [lambda: self.materialize(store)] + [
            lambda part=part: self.push(store, part) for part in self.split(pushed)
        ]
        rng.shuffle(steps)
        for step in steps:
            step()
        return store

    def open(self, folder):
        from gnomon import FeatureStore

        return FeatureStore(repo_path=str(folder))

    def split(self, rows):
        count = self.rng.randint(1, 4)
        return [rows[start::count] for start in range(count)]

    def materialize(self, store):
        if self.rng.random() < 0.5:
            store.materialize(BEGINNING, NOW)
        else:
            store.materialize_incremental(NOW)

    def push(self, store, rows):
        store.push("stream", history_table(self.view, self.shape.keys, rows, self.rng))

    def keys_asked(self, world_numbers):
        """[(world, key)]: keys of the history, keys never seen and keys with a null."""
        asked = []
        for number in world_numbers:
            world = self.worlds[number]
            keys = [{k: row[k] for k in self.shape.keys if k in row} for row in world.histories[self.view.rules.name]]
            keys += [draw_key(self.rng, self.shape.keys, number)]
            for key in self.rng.sample(keys, min(3, len(keys))):
                asked.append((world, {name: key[name] for name in self.view.rules.keys}))
        self.rng.shuffle(asked)
        return asked

    def instants(self, count):
        histories = {self.view.rules.name: self.rows}
        return draw_instants(self.rng, self.shape, histories, self.anchor, count)

    def features(self):
        return [f"{self.view.rules.name}:{feature}" for feature in self.view.dtypes]

    def online(self, asked, t):
        """One call: [{feature: (value, status, event_time)}] for each key asked; t None is now."""
        as_of = None if t is None else to_datetime(t)
        response = self.store.get_online_features(
            features=self.features(), as_of=as_of, entity_rows=[self.request_row(key) for _, key in asked]
        )
        got = response.to_dict(include_metadata=True)
        invalid = any("INVALID" in got[f"{f}__status"] for f in self.view.dtypes)
        assert invalid == any("AS_OF_NOT_COVERED" in error for error in response.errors)
        return [
            {
                f: (as_plain(got[f][i]), got[f"{f}__status"][i], to_us(got[f"{f}__event_time"][i]))
                for f in self.view.dtypes
            }
            for i in range(len(asked))
        ]

    def request_row(self, key):
        kinds = self.shape.keys
        return {
            name: to_datetime(value) if kinds[name] == "UnixTimestamp" and value is not None else value
            for name, value in key.items()
        }

    def training(self, asked, t):
        """The training set for the same keys, every row at `t`: [{feature: value}]."""
        columns = {
            name: typed_column([key[name] for _, key in asked], self.shape.keys[name]) for name in self.view.rules.keys
        }
        columns["event_timestamp"] = time_column([t] * len(asked), "us", self.rng)
        table = self.store.get_historical_features(
            entity_df=pa.table(columns), features=self.features(), history="ideal"
        ).to_arrow()
        values = {feature: python_values(table.column(feature)) for feature in self.view.dtypes}
        return [{feature: values[feature][i] for feature in self.view.dtypes} for i in range(len(asked))]

    def expected(self, rules, world, key, t):
        return online_row(rules, self.view.rules, world.histories[self.view.rules.name], key, t)

    def newest_row(self, rules, world, key, t):
        return rules.newest(self.view.rules, world.histories[self.view.rules.name], key, t)

    def explain(self, world, key, t, expected, got):
        history = "\n    ".join(map(str, world.histories[self.view.rules.name]))
        what = f"{key} as of {t}: expected {expected}, got {got} (seed {self.seed})"
        return f"{what}\n  {self.view}\n  history of the world:\n    {history}"


def as_plain(value):
    return to_us(value) if isinstance(value, dt.datetime) else value


def same_answer(left, right):
    return all(same(left[f][0], right[f][0]) and left[f][1:] == right[f][1:] for f in left)
