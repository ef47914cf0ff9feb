"""Writes the rows of a view as a user would have them: Parquet, CSV or NDJSON; a file, a folder or a glob."""

import json

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from oracle.times import to_datetime

SCALARS = {
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "Float32": pa.float32(),
    "Float64": pa.float64(),
    "String": pa.string(),
    "Bool": pa.bool_(),
    "Bytes": pa.binary(),
    "UnixTimestamp": pa.timestamp("us", "UTC"),
}
TIME_TYPES = {
    "us": pa.timestamp("us", "UTC"),
    "us naive": pa.timestamp("us"),
    "ns": pa.timestamp("ns", "UTC"),
    "ms": pa.timestamp("ms", "UTC"),
}


def arrow_type(dtype):
    return pa.list_(SCALARS[dtype[6:-1]]) if dtype.startswith("Array(") else SCALARS[dtype]


def time_column(values, unit, rng):
    """Stores microseconds in `unit`; nanoseconds get a random rest, which must be floored away again."""
    if unit == "ms":
        assert all(v is None or v % 1000 == 0 for v in values), "drawn off the grid of milliseconds"
        stored = [None if v is None else v // 1000 for v in values]
    elif unit == "ns":
        stored = [None if v is None else v * 1000 + rng.choice([0, 1, 999]) for v in values]
    else:
        stored = values
    return pa.array(stored, pa.int64()).cast(TIME_TYPES[unit])


def typed_column(values, dtype):
    kind = arrow_type(dtype)
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, kind)


def source_name(view, column):
    """Keys and features may be called otherwise in the source; field_mapping gives them their names."""
    return f"src_{column}" if view.renamed and column not in view.time_types else column


def field_mapping(view):
    names = (*view.rules.keys, *view.dtypes) if view.renamed else ()
    return {source_name(view, name): name for name in names}


def history_table(view, keys, rows, rng):
    columns = {}
    for name in view.rules.keys:
        columns[name] = typed_column([row[name] for row in rows], keys[name])
    for name, unit in view.time_types.items():
        columns[name] = time_column([row[name] for row in rows], unit, rng)
    for name, dtype in view.dtypes.items():
        columns[name] = typed_column([row[name] for row in rows], dtype)
    return pa.table({source_name(view, name): column for name, column in columns.items()})


def text_time(us, naive):
    text = to_datetime(us).isoformat(timespec="microseconds")
    return text.replace("+00:00", "") if naive else text.replace("+00:00", "Z")


def text_rows(view, rows):
    """Rows with their times as text, under their names in the source."""
    out = []
    for row in rows:
        written = {}
        for name in (*view.rules.keys, *view.time_types, *view.dtypes):
            value = row[name]
            if name in view.time_types and value is not None:
                value = text_time(value, view.time_types[name] == "us naive")
            written[source_name(view, name)] = value
        out.append(written)
    return out


def csv_text(rows, header):
    def cell(value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else repr(value)

    lines = [",".join(header)] + [",".join(cell(row[name]) for name in header) for row in rows]
    return "\n".join(lines) + "\n"


def write_file(path, view, keys, rows, rng):
    if view.format == "parquet":
        pq.write_table(history_table(view, keys, rows, rng), path, row_group_size=rng.choice([1, 3, 50, 10_000]))
    elif view.format == "csv":
        path.write_text(
            csv_text(
                text_rows(view, rows),
                [source_name(view, n) for n in (*view.rules.keys, *view.time_types, *view.dtypes)],
            )
        )
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in text_rows(view, rows)))


def write_history(folder, view, keys, rows, rng):
    """Writes all rows, split into the shape's number of files; returns the path to declare, relative to `folder`."""
    name = view.rules.name
    if view.layout == "file":
        write_file(folder / "data" / f"{name}.{view.format}", view, keys, rows, rng)
        return f"data/{name}.{view.format}"
    (folder / "data" / name).mkdir()
    parts = [[] for _ in range(view.files)]
    for row in rows:
        rng.choice(parts).append(row)
    for number, part in enumerate(parts):
        write_file(folder / "data" / name / f"part-{number}.{view.format}", view, keys, part, rng)
    return f"data/{name}" if view.layout == "folder" else f"data/{name}/*.{view.format}"
