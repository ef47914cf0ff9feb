"""Aggregations: what a feature view makes of the events in a window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gnomon.arguments import checked_keywords, filled, flag, invalid, items, text
from gnomon.definition import Json
from gnomon.durations import Duration, duration_us
from gnomon.origin import caller_origin
from gnomon.values import value_message
from gnomon.windows import WindowLike, positive_number, windows


class Aggregation:
    """One function over one column of a view's source: a feature for each window.

    A feature is named ``{column}_{function}{n}_{window}``, without the column where it is ``"*"``.
    ``gnomon list aggregations`` shows the functions.

    Parameters
    ----------
    column : str
        A column of the source; ``"*"`` counts the events themselves.
    function : str
        What is made of the values: ``"sum"``, ``"mean"``, ``"last_n"``, …
    window : duration, "lifetime", last(n), calendar(unit), or a list of these
        How far back from the time of the read. The end is exclusive: an event at that very time does not count.
    offset : duration, optional
        Both ends move back by it.
    resolution : duration, optional
        The window is evaluated at the last multiple of it: ``"1d"`` answers as of midnight in UTC.
    sawtooth : duration, optional
        The start moves back to a multiple of it, so that the window is a little longer than it says and cheaper.
    where : str, optional
        Which events count, besides the view's own `where`: ``"amount > 100 and country == 'DE'"``.
    n : int, optional
        How many, for `first_n`, `last_n`, `last_distinct_n` and `top_k`.
    p : float, optional
        Which percentile, for `approx_percentile`: 0.95.
    default : value, optional
        The answer instead of null.
    include_request : bool
        Counts the event that is being scored, as if it had happened at the time of the read.
    max_distinct : int, optional
        For `count_distinct`: above it the answer is null with the status INVALID.
    name : str, optional
        The feature's name; with a list of windows what it starts with.

    Examples
    --------
    >>> from gnomon import Aggregation, Entity, FeatureView, PushSource
    >>> payments = PushSource("payments", timestamp_field="paid_at")
    >>> view = FeatureView("spend", [Entity("user")], source=payments,
    ...     aggregations=[Aggregation("amount", "mean", ["1d", "30d"]), Aggregation("*", "count", "5min")])
    >>> view.aggregations
    [Aggregation('amount', 'mean', ['1d', '30d']), Aggregation('*', 'count', '5min')]
    """

    @checked_keywords()
    def __init__(
        self,
        column: str,
        function: str,
        window: WindowLike | Sequence[WindowLike],
        *,
        offset: Duration | None = None,
        resolution: Duration | None = None,
        sawtooth: Duration | None = None,
        where: str = "",
        n: int | None = None,
        p: float | None = None,
        default: Any = None,
        include_request: bool = False,
        max_distinct: int | None = None,
        name: str = "",
    ) -> None:
        self.column = text("Aggregation: column", column)
        self.function = text(self._label("function"), function)
        self.windows = windows(self._label("window"), window)
        self.where = text(self._label("where"), where or "")
        self.n = None if n is None else positive_number(self._label("n"), n)
        self.p = _share(self._label("p"), p)
        self.default = default
        self.include_request = flag(self._label("include_request"), include_request)
        self.max_distinct = None if max_distinct is None else positive_number(self._label("max_distinct"), max_distinct)
        self.name = text(self._label("name"), name or "")
        self.origin = caller_origin()
        self._offset_us = duration_us(self._label("offset"), offset)
        self._resolution_us = duration_us(self._label("resolution"), resolution)
        self._sawtooth_us = duration_us(self._label("sawtooth"), sawtooth)
        self._default = {} if default is None else value_message(self._label("default"), default, id="GN150")

    def _label(self, keyword: str) -> str:
        function = getattr(self, "function", None)
        shown = f"{self.column!r}, {function!r}" if function else repr(self.column)
        return f"Aggregation({shown}): {keyword}"

    def to_manifest(self, project_dir: str) -> Json:
        """The `Aggregation` message."""
        return filled(
            column=self.column,
            function=self.function,
            windows=[window.to_manifest() for window in self.windows],
            offset_us=_int64(self._offset_us),
            resolution_us=_int64(self._resolution_us),
            sawtooth_us=_int64(self._sawtooth_us),
            where=self.where,
            n=_int64(self.n),
            p=self.p,
            default_value=self._default,
            include_request=self.include_request,
            max_distinct=_int64(self.max_distinct),
            name=self.name,
            origin=self.origin.to_manifest(project_dir),
        )

    def __repr__(self) -> str:
        shown = self.windows if len(self.windows) > 1 else self.windows[0]
        return f"Aggregation({self.column!r}, {self.function!r}, {shown!r})"


def aggregations(what: str, value: object) -> list[Aggregation]:
    """`value` as a list of aggregations."""
    listed = items(what, value, "Aggregation")
    for item in listed:
        if not isinstance(item, Aggregation):
            raise invalid(f"{what} must hold Aggregation(column, function, window), got {item!r}")
    return listed


def _share(what: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise invalid(f"{what} must be a number in (0, 1], got {value!r}")
    return float(value)


def _int64(value: int | None) -> str:
    # protobuf's JSON writes 64-bit integers as text, so that no reader rounds them.
    return str(value) if value else ""
