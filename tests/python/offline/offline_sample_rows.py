"""The rows of tests/unit/offline_sample_rows.cc, stated a second time: each value is a function of the row's id."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

SCHEMA = pa.schema(
    {
        "id": pa.int64(),
        "small": pa.int32(),
        "approx": pa.float32(),
        "ratio": pa.float64(),
        "name": pa.string(),
        "payload": pa.binary(),
        "flag": pa.bool_(),
        "event_time": pa.timestamp("us", "UTC"),
        "numbers": pa.list_(pa.int64()),
        "words": pa.list_(pa.string()),
    }
)
YEAR_2013 = datetime(2013, 1, 1, tzinfo=UTC)


def sample_row(i):
    row = [
        i,
        -i,
        i / 4,
        i / 8,
        f"name é {i}",
        b"\xff" * (i % 3),
        i % 2 == 1,
        YEAR_2013 + timedelta(microseconds=i * 1_000_001),
        [None if n == 1 else i * 10 + n for n in range(i % 4)],
        [None if n == 1 else f"{i}-{n}" for n in range(i % 4)],
    ]
    return {
        name: None if column > 0 and (i + column) % 5 == 0 else row[column] for column, name in enumerate(SCHEMA.names)
    }


def sample_rows(start, count):
    """The rows with ids [start, start + count) as dictionaries."""
    return [sample_row(i) for i in range(start, start + count)]
