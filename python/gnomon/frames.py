"""Frames in: pandas, polars and Arrow as the Arrow tables that the engine takes.

Nothing here needs pandas or polars to be installed: a frame of theirs can only exist when they are imported already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gnomon.errors import InvalidArgument
from gnomon.time_objects import mixed_zones, null_time, time_array, zone_mix


class Unconvertible(Exception):
    """A column that has no Arrow form; the message says why."""


def is_pandas(frame: object) -> bool:
    """Whether `frame` is a pandas DataFrame."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(frame, pandas.DataFrame)


def is_polars(frame: object) -> bool:
    """Whether `frame` is a polars DataFrame or LazyFrame."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(frame, polars.DataFrame | polars.LazyFrame)


def is_arrow(frame: object) -> bool:
    """Whether `frame` speaks the Arrow PyCapsule interface, as Arrow's own tables, DuckDB's relations and others do."""
    return hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__")


def columns_of(frame: Any, time_column: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """The columns of a frame as Arrow arrays by name, and for those that have no Arrow form the reason.

    `time_column` names the column of entity times: it may hold objects, and no nulls.
    """
    if is_pandas(frame):
        columns = [(name, frame.iloc[:, i]) for i, name in enumerate(frame.columns)]
        return _convert(columns, lambda series: _from_pandas(series, series.name == time_column))
    if is_polars(frame):
        columns = [(series.name, series) for series in frame.get_columns()]
        return _convert(columns, lambda series: _from_polars(series, series.name == time_column))
    import pyarrow as pa

    table = pa.table(frame)
    return _convert(list(zip(table.column_names, table.columns, strict=True)), lambda column: column)


def _convert(listed: list[tuple[Any, Any]], convert: Callable[[Any], Any]) -> tuple[dict[str, Any], dict[str, str]]:
    columns: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, column in listed:
        if name in columns or name in reasons:
            raise InvalidArgument(
                f"column {name!r} is there twice", id="GN222", hint="Rename one: a column is known by its name"
            )
        try:
            columns[name] = convert(column)
        except Unconvertible as error:
            reasons[name] = str(error)
    return columns, reasons


def rows_table(what: str, rows: object) -> Any:
    """Rows to write or to look up, as an Arrow table; every column must convert.

    `rows` is a frame, a list of dicts with the same keys, or a dict of lists.
    """
    import pyarrow as pa

    if is_pandas(rows) or is_polars(rows) or is_arrow(rows):
        columns, reasons = columns_of(eager(rows))
        if reasons:
            listed = "; ".join(f"column {name!r}: {reason}" for name, reason in reasons.items())
            raise InvalidArgument(f"{what} has columns without an Arrow form: {listed}", id="GN222")
        return pa.table(columns)
    if isinstance(rows, Mapping):
        named = {name: _listed(what, name, values) for name, values in rows.items()}
        lengths = {name: len(values) for name, values in named.items()}
        if len(set(lengths.values())) > 1:
            raise InvalidArgument(f"{what}: the lists differ in length: {lengths}", id="GN221")
    elif isinstance(rows, Sequence) and not isinstance(rows, str | bytes):
        named = _by_column(what, rows)
    else:
        raise InvalidArgument(
            f"{what} must be a frame, a list of dicts or a dict of lists, got {type(rows).__name__}", id="GN220"
        )
    return pa.table({name: _from_values(f"{what}: {name!r}", values) for name, values in named.items()})


def eager(frame: Any) -> Any:
    """A polars LazyFrame collected; anything else as it is."""
    return frame.collect() if is_polars(frame) and hasattr(frame, "collect") else frame


def _listed(what: str, name: object, values: object) -> list[Any]:
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__iter__"):
        raise InvalidArgument(f"{what}: {name!r} must be a list of values, got {values!r}", id="GN221")
    return list(values)


def _by_column(what: str, rows: Sequence[object]) -> dict[str, list[Any]]:
    for row, values in enumerate(rows):
        if not isinstance(values, Mapping):
            raise InvalidArgument(f"{what}: row {row} is not a dict: {values!r}", id="GN221")
    named: dict[str, list[Any]] = {name: [] for values in rows for name in values}  # type: ignore[attr-defined]
    for row, values in enumerate(rows):
        for name, column in named.items():
            if name not in values:  # type: ignore[operator]
                raise InvalidArgument(
                    f"{what}: row {row} lacks {name!r}",
                    id="GN221",
                    hint="Give every row the same keys; None is a null, which matches nothing",
                )
            column.append(values[name])  # type: ignore[index]
    return named


def _from_values(what: str, values: list[Any]) -> Any:
    """One column of Python values. Values that do not mix, and times of both kinds, are errors that name the row."""
    import pyarrow as pa

    if mix := zone_mix(values):
        raise mixed_zones(what, mix)
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        row = _first_unlike(values)
        raise InvalidArgument(
            f"{what}: the values are not of one type: {values[row]!r} in row {row} ({error})", id="GN222"
        ) from None


def _first_unlike(values: list[Any]) -> int:
    """The first row that Arrow cannot put into one column together with the rows before it."""
    import pyarrow as pa

    low, high = 0, len(values)  # the first `low` rows convert, the first `high` do not
    while high - low > 1:
        middle = (low + high) // 2
        try:
            pa.array(values[:middle])
            low = middle
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            high = middle
    return high - 1


def _from_pandas(series: Any, is_time: bool) -> Any:
    """NaN in a float column of pandas means null; objects are looked at."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(series.name, str):
        raise Unconvertible(f"its name is {series.name!r}, not a string")
    if is_time and (nulls := series.isna().to_numpy()).any():
        raise null_time(series.name, int(nulls.argmax()))
    if series.dtype == object:
        return _from_objects(series.name, series.to_list(), is_time)
    try:
        column = pa.array(series, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise Unconvertible(str(error)) from None
    if isinstance(column.type, pa.BaseExtensionType):
        raise Unconvertible(f"the engine knows no type {column.type}")
    if pa.types.is_floating(column.type) and hasattr(series.dtype, "na_value"):
        # A NumPy column has lost its NaN to null on the way; one of a nullable or Arrow dtype has not.
        return pc.if_else(pc.is_nan(column), None, column)
    return column


def _from_objects(name: str, values: list[Any], is_time: bool) -> Any:
    import pyarrow as pa

    if is_time and not all(isinstance(value, str) for value in values):
        return time_array(name, values)
    if mix := zone_mix(values):
        raise Unconvertible(str(mixed_zones("it", mix).what))
    try:
        return pa.array(values, from_pandas=True)  # NaN and NaT are nulls among objects
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise Unconvertible(str(error)) from None


def _from_polars(series: Any, is_time: bool) -> Any:
    import pyarrow as pa

    if str(series.dtype) == "Object":
        return _from_objects(series.name, series.to_list(), is_time)
    column = series.to_arrow()
    if isinstance(column.type, pa.BaseExtensionType):
        raise Unconvertible(f"the engine knows no type {column.type}")
    return column
