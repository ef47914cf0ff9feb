"""How far back an aggregation reaches from the time of the read.

A duration such as ``"7d"`` is the usual window, ``"lifetime"`` the longest; `last` counts events instead of time, and
`calendar` starts anew with every hour, day, week, month, quarter or year.
"""

from __future__ import annotations

import operator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from gnomon.arguments import filled, invalid, text
from gnomon.definition import Json
from gnomon.durations import duration_us

__all__ = ["Window", "WindowLike", "calendar", "last"]

CalendarUnit: TypeAlias = Literal["hour", "day", "week", "month", "quarter", "year"]

_MICROSECOND = timedelta(microseconds=1)
_SPELLED_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": _MICROSECOND,
}


class Window:
    """One window of an aggregation. Made by `last` and `calendar`, and from durations."""

    def __init__(self, message: Json, shown: str) -> None:
        self._message = message
        self._shown = shown

    def to_manifest(self) -> Json:
        """The `Window` message."""
        return self._message

    def __repr__(self) -> str:
        return self._shown

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Window) and self._message == other._message

    def __hash__(self) -> int:
        return hash(self._shown)


WindowLike: TypeAlias = str | timedelta | Window


def last(n: int) -> Window:
    """The newest `n` events before the time of the read, however old they are.

    >>> from gnomon import Aggregation, last
    >>> Aggregation("amount", "mean", last(5))
    Aggregation('amount', 'mean', last(5))
    """
    return Window({"last_n": str(positive_number("last", n))}, f"last({n})")


def calendar(unit: CalendarUnit, *, tz: str = "") -> Window:
    """From the start of the hour, day, week, month, quarter or year that holds the time of the read.

    Parameters
    ----------
    unit : {"hour", "day", "week", "month", "quarter", "year"}
        What starts anew. A week starts on Monday.
    tz : str, optional
        The time zone whose clock says when, such as ``"Europe/Berlin"``; UTC by default.

    Examples
    --------
    >>> from gnomon import Aggregation, calendar
    >>> Aggregation("amount", "sum", calendar("month", tz="Europe/Berlin"))
    Aggregation('amount', 'sum', calendar('month', tz='Europe/Berlin'))
    """
    message = {"calendar": filled(unit=text("calendar: unit", unit), tz=text("calendar: tz", tz))}
    return Window(message, f"calendar({unit!r}, tz={tz!r})" if tz else f"calendar({unit!r})")


def windows(what: str, value: object) -> list[Window]:
    """`value` as a list of windows: a duration, ``"lifetime"``, `last`, `calendar`, or a list of these."""
    listed = list(value) if isinstance(value, list | tuple) else [value]
    if not listed:
        raise invalid(f"{what} is an empty list", hint='Name at least one window, such as "7d"')
    return [_window(what, item) for item in listed]


def positive_number(what: str, value: Any) -> int:
    """`value`, if it is an integer of at least 1, NumPy's among them.

    0 is what the manifest has where nothing is given: it would be lost there, and refused by nobody.
    """
    number = None
    if not isinstance(value, bool):
        with suppress(TypeError):
            number = operator.index(value)
    if number is None:
        raise invalid(f"{what} must be a whole number, got {value!r}")
    if number < 1:
        raise invalid(f"{what} must be at least 1, got {number}")
    return number


def _window(what: str, value: object) -> Window:
    if isinstance(value, Window):
        return value
    if value == "lifetime":
        return Window({"lifetime": True}, repr(value))
    if not isinstance(value, str | timedelta):
        raise invalid(
            f"{what}: not a window: {value!r}",
            hint='Write a duration such as "7d", "lifetime", last(n), calendar("month"), or a list of these',
        )
    spelling = _spelling(value) if isinstance(value, timedelta) else value
    message = filled(duration_us=str(duration_us(what, value)), spelling=spelling)
    return Window(message, repr(spelling))


def _spelling(value: timedelta) -> str:
    """A timedelta as people write it: the largest exact unit of d, h, min, s, and finer ones where those cut it."""
    unit = next(name for name, length in _SPELLED_UNITS.items() if not value % length)
    return f"{value // _SPELLED_UNITS[unit]}{unit}"
