"""Which events a window holds at `t`, and the feature that results: the rules of views with aggregations.

Rows are dicts as in feature_row; a view's `features` are here the columns of its source, in declared order.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from oracle.aggregations import NO_VALUE, ORACLE, Counted
from oracle.feature_row import NULL_VALUE, PRESENT, FeatureRows
from oracle.times import to_datetime, to_us

INVALID = "INVALID"
LIFETIME = "lifetime"


@dataclass(frozen=True)
class Last:
    n: int


@dataclass(frozen=True)
class Calendar:
    unit: str
    tz: str = "UTC"


@dataclass(frozen=True)
class Aggregation:
    """`window`: microseconds, LIFETIME, Last or Calendar. Conditions answer True, False or None for a row."""

    function: str
    window: object
    column: str = "x"
    offset_us: int = 0
    resolution_us: int = 0
    sawtooth_us: int = 0
    where: Callable | None = None
    view_where: Callable | None = None
    parameters: dict = field(default_factory=dict)  # n, p, max_distinct
    default: object = None
    include_request: bool = False


def floor_to(t, step):
    return t // step * step


def calendar_start(calendar, t):
    """The first instant of the unit that holds `t` in the zone; weeks begin on Monday."""
    local = to_datetime(t).astimezone(ZoneInfo(calendar.tz))
    hour = local.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0, fold=0)  # of a midnight that comes twice, the first
    starts = {
        "hour": hour,
        "day": day,
        "week": day - dt.timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1),
        "year": day.replace(day=1, month=1),
    }
    return to_us(starts[calendar.unit])


class WindowRules(FeatureRows):
    """Each rule is a method of its own, so that a test can break one and must then fail."""

    def asked_at(self, aggregation, t):
        return floor_to(t, aggregation.resolution_us) if aggregation.resolution_us else t

    def span(self, aggregation, t):
        """[start, end); no start: None."""
        end = t - aggregation.offset_us
        if isinstance(aggregation.window, Calendar):
            return calendar_start(aggregation.window, end), end
        if not isinstance(aggregation.window, int):
            return None, end
        start = end - aggregation.window
        return (floor_to(start, aggregation.sawtooth_us) if aggregation.sawtooth_us else start), end

    def is_inside(self, view, row, span):
        start, end = span
        return (start is None or start <= row[view.event_time]) and row[view.event_time] < end

    def passes(self, aggregation, row):
        """A null condition does not pass."""
        return all(
            condition is None or condition(row) is True for condition in (aggregation.view_where, aggregation.where)
        )

    def newest_n(self, view, rows, n):
        return sorted(rows, key=lambda row: self.newness(view, row))[-n:]

    def window_rows(self, view, aggregation, rows, key, t, request=None):
        """`request`: the row of the request's own event, or None."""
        asked = self.asked_at(aggregation, t)
        span = self.span(aggregation, asked)
        inside = [
            row
            for row in rows
            if not self.is_bad(view, row)
            and self.matches(view, row, key)
            and self.is_visible(view, row, asked)
            and self.is_inside(view, row, span)
            and self.passes(aggregation, row)
        ]
        if aggregation.include_request and request is not None and self.passes(aggregation, request):
            inside.append({**request, view.event_time: t})
        return self.newest_n(view, inside, aggregation.window.n) if isinstance(aggregation.window, Last) else inside

    def counted(self, view, aggregation, rows):
        """The events that are not null; of "*" every one."""
        return [
            Counted(value, row[view.event_time], row[view.created_time] if view.created_time else None)
            for row in rows
            if (value := True if aggregation.column == "*" else row[aggregation.column]) is not None
        ]

    def answer(self, view, aggregation, rows, key, t, request=None):
        """(value, status, event_time of the newest counted event or None)."""
        events = self.counted(view, aggregation, self.window_rows(view, aggregation, rows, key, t, request))
        newest = max((event.event_time for event in events), default=None)
        value = ORACLE[aggregation.function](events, **aggregation.parameters)
        if value is NO_VALUE:
            return None, INVALID, newest
        if value is None:
            value = aggregation.default
        return value, NULL_VALUE if value is None else PRESENT, newest
