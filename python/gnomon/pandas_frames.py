"""Tables out, as pandas frames that lose nothing: nullable integers and booleans, times in their own unit and zone."""

from __future__ import annotations

from typing import Any

from gnomon.errors import FailedPrecondition


def import_frames(name: str) -> Any:
    """The pandas or polars module, or an error that says what to install."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise FailedPrecondition(
            f"{name} is not installed", id="GN161", hint=f"pip install {name}, or use .to_arrow()"
        ) from error


def to_pandas(table: Any, index: Any = None) -> Any:
    """A pandas frame of an Arrow table.

    Integers and booleans with nulls become pandas' nullable types, because a float would round them.
    """
    pandas = import_frames("pandas")
    data = {name: _series(pandas, column) for name, column in zip(table.column_names, table.columns, strict=True)}
    frame = pandas.DataFrame(data, index=pandas.RangeIndex(table.num_rows), columns=table.column_names)
    if index is not None:
        frame.index = index
    return frame


def beside(frame: Any, features: Any) -> Any:
    """`frame` with the features added behind its own columns, which are left as they are; its index is kept."""
    pandas = import_frames("pandas")
    if features.num_columns == 0:
        return frame.copy(deep=False)
    joined = pandas.concat([frame, to_pandas(features, frame.index)], axis=1)
    joined.columns.name = frame.columns.name
    return joined


def _series(pandas: Any, column: Any) -> Any:
    import pyarrow as pa

    kind = column.type
    if column.null_count and pa.types.is_integer(kind):
        sign = "UInt" if pa.types.is_unsigned_integer(kind) else "Int"
        return column.to_pandas(types_mapper=lambda _: pandas.api.types.pandas_dtype(f"{sign}{kind.bit_width}"))
    if column.null_count and pa.types.is_boolean(kind):
        return column.to_pandas(types_mapper=lambda _: pandas.BooleanDtype())
    if pa.types.is_list(kind) and pa.types.is_integer(kind.value_type) and _has_inner_nulls(column):
        return pandas.Series(column.to_pylist(), dtype=object)
    return column.to_pandas()


def _has_inner_nulls(column: Any) -> bool:
    return any(chunk.flatten().null_count for chunk in column.chunks)
