"""What `FeatureStore.get_online_features` returns."""

from __future__ import annotations

import json
from typing import Any

from gnomon.durations import EPOCH
from gnomon.pandas_frames import to_pandas


class OnlineAnswer:
    """Feature values by entity row, each with a status and an event time.

    A status is ``PRESENT``, ``NULL_VALUE``, ``NOT_FOUND``, ``OUTSIDE_MAX_AGE`` or ``INVALID``.

    Attributes
    ----------
    t : datetime
        The instant the values were asked for.
    sequence : int
        The store's sequence number that the answer saw.
    errors : list of str
        Why values are ``INVALID``.
    """

    def __init__(self, table: Any, header_json: str) -> None:
        header = json.loads(header_json)
        self._table = table
        self._names: list[str] = [*header["keys"], *header["features"]]
        self._features: list[str] = header["features"]
        self.sequence: int = int(header["sequence"])
        self.errors: list[str] = header["errors"]
        self._t_us = int(header["t"])

    @property
    def t(self) -> Any:
        """The instant the values were asked for, an aware datetime."""
        from datetime import timedelta

        return EPOCH + timedelta(microseconds=self._t_us)

    def to_dict(self, include_metadata: bool = False) -> dict[str, list[Any]]:
        """``{name: [values]}``, join keys first.

        Parameters
        ----------
        include_metadata : bool
            Add ``name__status`` and ``name__event_time`` for every feature.
        """
        table = self._table
        answer: dict[str, list[Any]] = {
            name: table.column(name).to_pylist() for name in self._columns(include_metadata)
        }
        return answer

    def to_arrow(self, include_metadata: bool = False) -> Any:
        """A `pyarrow.Table` of the same columns."""
        return self._table.select(self._columns(include_metadata))

    def to_df(self, include_metadata: bool = False) -> Any:
        """A pandas frame of the same columns; integers with nulls are pandas' nullable ones."""
        return to_pandas(self.to_arrow(include_metadata))

    def _columns(self, include_metadata: bool) -> list[str]:
        if not include_metadata:
            return self._names
        extra = [f"{name}{suffix}" for name in self._features for suffix in ("__status", "__event_time")]
        return [*self._names, *extra]

    def __repr__(self) -> str:
        return f"OnlineAnswer({self._table.num_rows} rows, features: {', '.join(self._features)})"
