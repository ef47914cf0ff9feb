"""Python objects that hold times, in a list or an object column, as one Arrow column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from gnomon.durations import datetime_us, instant_us
from gnomon.errors import InvalidArgument


def is_missing(value: object) -> bool:
    """None, NaN, NaT or pandas' NA.

    >>> [is_missing(value) for value in (None, float("nan"), 0, "")]
    [True, True, False, False]
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if type(value).__name__ == "datetime64":
        return str(value) == "NaT"
    return isinstance(value, float) and value != value


def zone_mix(values: Sequence[object]) -> tuple[int, int] | None:
    """The first row with a zone and the first without, when datetimes of both kinds are there.

    >>> from datetime import UTC
    >>> zone_mix([datetime(2013, 1, 1), None, datetime(2013, 1, 1, tzinfo=UTC)])
    (2, 0)
    """
    aware = naive = -1
    for row, value in enumerate(values):
        if isinstance(value, datetime) and not is_missing(value):
            if value.tzinfo is not None:
                aware = row if aware < 0 else aware
            else:
                naive = row if naive < 0 else naive
            if aware >= 0 and naive >= 0:
                return aware, naive
    return None


def mixed_zones(what: str, mix: tuple[int, int]) -> InvalidArgument:
    """The error for a column where `zone_mix` found both kinds."""
    return InvalidArgument(
        f"{what} mixes times with a zone (row {mix[0]}) and without (row {mix[1]})",
        id="GN210",
        hint="Write all of them with a zone, or none (then they are UTC)",
    )


def time_array(what: str, values: Sequence[object]) -> Any:
    """An Arrow column of times: microseconds, or text where some are text, which the engine parses.

    Raises
    ------
    InvalidArgument
        GN210: a row is null or holds no time, or rows with and without a zone are mixed.
    """
    import pyarrow as pa

    if mix := zone_mix(values):
        raise mixed_zones(what, mix)
    has_text = any(isinstance(value, str) for value in values)
    written: list[Any] = []
    zone: tzinfo | None = None
    for row, value in enumerate(values):
        if is_missing(value):
            raise null_time(what, row)
        if has_text and isinstance(value, str | date):
            written.append(value if isinstance(value, str) else value.isoformat())
        elif isinstance(value, datetime):
            zone = zone or value.tzinfo
            written.append(datetime_us(value))
        elif isinstance(value, date) or (type(value).__name__ == "datetime64" and not has_text):
            written.append(instant_us(what, value))
        else:
            raise InvalidArgument(
                f"{what}: row {row} is not a time: {value!r}",
                id="GN210",
                hint="Give a datetime, or ISO 8601 such as 2013-02-12T08:00Z",
            )
    return pa.array(written, pa.string() if has_text else pa.timestamp("us", "UTC" if zone else None))


def null_time(what: str, row: int) -> InvalidArgument:
    """The error for an entity row without a time."""
    return InvalidArgument(
        f"{what}: row {row} is null", id="GN210", hint="Every entity row needs the time it is asked for; drop the row"
    )
