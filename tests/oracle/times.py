"""Times as people write them, as int64 microseconds since 1970-01-01 UTC."""

import datetime as dt

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


def to_us(value):
    """A datetime, date, ISO text or int (already microseconds). A naive time is UTC."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return (value - EPOCH) // MICROSECOND


def floor_ns(nanoseconds):
    """Nanoseconds floored to microseconds, also before 1970."""
    return nanoseconds // 1000


def to_datetime(us):
    return EPOCH + us * MICROSECOND
