"""A project small enough to work out every answer in the head."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq

from gnomon import Entity, FeatureStore, FeatureView, Field, FileSource, PushSource
from gnomon.types import Int64, String

UTC = dt.UTC
DAYS = range(1, 31)


def day(number, hour=0, **more):
    """An instant of June 2024."""
    return dt.datetime(2024, 6, number, hour, tzinfo=UTC, **more)


def stats_table(rows):
    """Rows (driver, event_time, x, name) as the table that the view reads."""
    columns = list(zip(*rows, strict=True)) or [[], [], [], []]
    types = {"driver": pa.int64(), "event_timestamp": pa.timestamp("us", "UTC"), "x": pa.int64(), "name": pa.string()}
    return pa.table({name: pa.array(values, kind) for (name, kind), values in zip(types.items(), columns, strict=True)})


def all_rows():
    return [(driver, day(number), 100 * driver + number, f"d{driver}") for driver in (1, 2, 3) for number in DAYS]


class DriversProject:
    """The project folder, its store, and the objects it applied."""

    features = ("stats:x", "stats:name")

    def __init__(self, folder, rows=None, **view_options):
        self.folder = folder
        self.write(all_rows() if rows is None else rows)
        self.driver = Entity(name="driver")
        self.source = FileSource(name="stats_file", path="data/stats.parquet", timestamp_field="event_timestamp")
        self.stream = PushSource(name="stats_stream", batch_source=self.source)
        schema = [Field(name="x", dtype=Int64), Field(name="name", dtype=String)]
        self.view = FeatureView(name="stats", entities=[self.driver], source=self.stream, schema=schema, **view_options)
        self.store = FeatureStore(repo_path=str(folder))
        self.store.apply([self.driver, self.view])

    def write(self, rows):
        pq.write_table(stats_table(rows), self.folder / "data" / "stats.parquet")

    def train(self, entity_df, features=None, **options):
        return self.store.get_historical_features(entity_df=entity_df, features=features or self.features, **options)

    def serve(self, *drivers, as_of=None, features=None, **options):
        rows = [{"driver": driver} for driver in drivers]
        answer = self.store.get_online_features(
            features=features or self.features, entity_rows=rows, as_of=as_of, **options
        )
        return answer.to_dict(include_metadata=True)
