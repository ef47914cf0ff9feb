"""Applies a shape to a project and asks it: the only place here that calls the product."""

import datetime as dt

import pyarrow as pa

from property.sources import arrow_type, field_mapping, time_column, typed_column, write_history

DTYPE_NAMES = ("Int32", "Int64", "Float32", "Float64", "String", "Bool", "Bytes", "UnixTimestamp")


def gnomon_dtype(dtype):
    from gnomon import types

    return types.Array(getattr(types, dtype[6:-1])) if dtype.startswith("Array(") else getattr(types, dtype)


def entities_of(shape):
    """[(entity, its join keys)]: one entity a key, or one composite entity for every set of keys that a view uses."""
    from gnomon import Entity

    if not shape.one_entity:
        return [(Entity(name=f"entity_{key}", join_keys=[key]), (key,)) for key in shape.keys]
    key_sets = sorted({view.rules.keys for view in shape.views})
    return [(Entity(name=f"entity_{len(keys)}", join_keys=list(keys)), keys) for keys in key_sets]


def file_source(view, path):
    from gnomon import FileSource

    options = {"timestamp_field": "event_time"}
    if view.rules.created_time:
        options["created_timestamp_column"] = "created"
    if view.rules.known_at:
        options["known_at_field"] = "known"
    if view.renamed:
        options["field_mapping"] = field_mapping(view)
    return FileSource(name=f"{view.rules.name}_file", path=path, **options)


def feature_view(view, entities, source, **options):
    from gnomon import FeatureView, Field

    mine = [entity for entity, keys in entities if set(keys) <= set(view.rules.keys)]
    if any(keys == view.rules.keys for _, keys in entities):
        mine = [entity for entity, keys in entities if keys == view.rules.keys]
    if view.declared:
        options["schema"] = [Field(name=name, dtype=gnomon_dtype(dtype)) for name, dtype in view.dtypes.items()]
    if view.rules.ttl_us:
        options["ttl"] = dt.timedelta(microseconds=view.rules.ttl_us)
    if view.rules.serving_lag_us:
        options["serving_lag"] = dt.timedelta(microseconds=view.rules.serving_lag_us)
    return FeatureView(name=view.rules.name, entities=mine, source=source, **options)


def written_views(folder, shape, worlds, rng, shuffle=True, **options):
    """Writes every world's history; the views over it, with the options, and their entities."""
    entities, views = entities_of(shape), []
    for view in shape.views:
        rows = [row for world in worlds for row in world.histories[view.rules.name]]
        if shuffle:
            rng.shuffle(rows)
        source = file_source(view, write_history(folder, view, shape.keys, rows, rng))
        views.append(feature_view(view, entities, source, **options))
    return views, [entity for entity, _ in entities]


def open_project(folder, shape, worlds, rng, shuffle=True):
    """Writes every world's history, applies the views, returns the store."""
    from gnomon import FeatureStore

    views, entities = written_views(folder, shape, worlds, rng, shuffle)
    store = FeatureStore(repo_path=str(folder))
    store.apply([*entities, *views])
    return store


def entity_table(shape, rows, rng):
    """Entity rows as an Arrow table, with an extra column before and after."""
    columns = {"row_id": pa.array(range(len(rows)), pa.int64())}
    for name, kind in shape.keys.items():
        columns[name] = typed_column([row[name] for row in rows], kind)
    columns["event_timestamp"] = time_column([row["event_timestamp"] for row in rows], shape.entity_time_type, rng)
    columns["label"] = pa.array([None if i % 3 == 0 else f"label {i}" for i in range(len(rows))], pa.string())
    return pa.table(columns)


def python_values(column):
    """A column as Python values; times as microseconds."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return column.to_pylist()


def output_name(shape, view, feature):
    return f"{view.rules.name}__{feature}" if shape.full_feature_names else feature


def check_columns(shape, request, entities, answer):
    """The shape of a training set: entity columns first and untouched, then the features in request order, typed."""
    names = entities.column_names + [output_name(shape, view, feature) for view, feature in request]
    assert answer.column_names == names
    assert answer.num_rows == entities.num_rows
    assert answer.select(entities.column_names).equals(entities), "the entity columns were changed"
    for view, feature in request:
        assert answer.schema.field(output_name(shape, view, feature)).type == arrow_type(view.dtypes[feature])
