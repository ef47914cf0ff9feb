"""Durations and instants as people write them; both become int64 microseconds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from gnomon.arguments import invalid

Duration: TypeAlias = str | timedelta | int
Instant: TypeAlias = datetime | date | str

_MICROSECOND = timedelta(microseconds=1)
_UNIT_US = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
_MAX_US = 2**63 - 1
_PART = re.compile(r"(\d+)(us|ms|s|min|h|d|w)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = datetime(1970, 1, 1)


def duration_us(what: str, value: Duration | None) -> int:
    """Microseconds of a duration: ``"7d"``, ``"1h30min"``, a timedelta, or 0; None is 0.

    >>> duration_us("ttl", "1d12h"), duration_us("ttl", timedelta(days=1)), duration_us("ttl", None)
    (129600000000, 86400000000, 0)
    """
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value == 0) or value == "0":
        return 0
    result = -1
    if isinstance(value, timedelta):
        result = value // _MICROSECOND
    elif isinstance(value, str) and _WHOLE.fullmatch(value):
        result = sum(int(count) * _UNIT_US[unit] for count, unit in _PART.findall(value))
    if not 0 <= result <= _MAX_US:
        raise invalid(
            f"{what}: not a duration: {value!r}",
            id="GN112",
            hint='Write a number and a unit of w, d, h, min, s, ms, us, such as "7d" or "1h30min", or a timedelta',
        )
    return result


def instant_us(what: str, value: object) -> int:
    """Microseconds since 1970 in UTC of a datetime, a date or ISO 8601 text; no zone is UTC, finer is floored.

    >>> instant_us("start", "2013-02-12T08:00Z") == instant_us("start", datetime(2013, 2, 12, 8))
    True
    """
    if isinstance(value, str):
        return _text_us(what, value)
    if isinstance(value, datetime):
        return datetime_us(value)
    if isinstance(value, date):
        return datetime_us(datetime(value.year, value.month, value.day))
    if type(value).__name__ == "datetime64":
        return _numpy_us(what, value)
    raise _bad_instant(what, value)


def datetime_us(value: datetime) -> int:
    """Microseconds since 1970 in UTC; a naive datetime is UTC. A pandas Timestamp is floored to microseconds."""
    since = value - (NAIVE_EPOCH if value.tzinfo is None else EPOCH)
    return since // _MICROSECOND


def _text_us(what: str, value: str) -> int:
    # Python's parser knows no more than microseconds and rounds nothing: digits beyond them are cut, which floors.
    cut = re.sub(r"(\.\d{6})\d+", r"\1", value.strip())
    try:
        return datetime_us(datetime.fromisoformat(cut))
    except ValueError:
        raise _bad_instant(what, value) from None


def _numpy_us(what: str, value: Any) -> int:
    microseconds = value.astype("datetime64[us]")
    if str(microseconds) == "NaT":
        raise _bad_instant(what, value)
    return int(microseconds.astype("int64"))


def _bad_instant(what: str, value: object) -> Exception:
    return invalid(
        f"{what}: not a time: {value!r}", id="GN113", hint="Give a datetime, or ISO 8601 such as 2013-02-12T08:00Z"
    )
