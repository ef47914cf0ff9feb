"""One view over one Parquet file, in a line."""

import pyarrow as pa
import pyarrow.parquet as pq

from gnomon import Entity, FeatureStore, FeatureView, FileSource


def utc(values):
    return pa.array(values, pa.timestamp("us", "UTC"))


def view_of(folder, name, keys, columns, created=None, **options):
    """One view over one Parquet file; its features are the columns that are neither keys nor times."""
    pq.write_table(pa.table(columns), folder / "data" / f"{name}.parquet")
    entities = [Entity(name=key) for key in keys]
    times = {"created_timestamp_column": created} if created else {}
    source = FileSource(name=f"{name}_file", path=f"data/{name}.parquet", timestamp_field="event_timestamp", **times)
    return [*entities, FeatureView(name=name, entities=entities, source=source, **options)]


def store_of(folder, *definitions):
    store = FeatureStore(repo_path=str(folder))
    store.apply([one for group in definitions for one in group])
    return store
