"""The rows to label: what the engine sees of them, and how features are put beside the rest."""

from __future__ import annotations

import os
from typing import Any

from gnomon import frames
from gnomon.errors import Error, InvalidArgument


class EntityRows:
    """An entity frame on its way to the engine and back.

    Extra columns stay bit-identical because they are never converted back: features are added to the user's own frame.
    `sent` is what the engine gets, a table or text; `unsent` says of each column that has no Arrow form why.
    """

    def __init__(self, entity_df: object, timestamp_column: str) -> None:
        self.frame: Any = None
        self.unsent: dict[str, str] = {}
        self.sent: Any
        if isinstance(entity_df, str | os.PathLike):
            self.sent = os.fspath(entity_df)
            return
        known = frames.is_pandas(entity_df) or frames.is_polars(entity_df)
        if not known and not frames.is_arrow(entity_df):
            raise InvalidArgument(
                f"entity_df is of type {type(entity_df).__name__}",
                id="GN220",
                hint="Give a pandas or polars frame, an Arrow table, the path of a file, or SQL",
            )
        frame = frames.eager(entity_df)
        if frames.is_pandas(frame):
            frame = frame.copy(deep=False)  # columns assigned later by the caller are not ours
        import pyarrow as pa

        columns, self.unsent = frames.columns_of(frame, timestamp_column)
        self.sent = pa.table(columns)
        self.frame = frame if known else None

    def explain(self, error: Error) -> Error:
        """Adds to an error why a column did not reach the engine, as a column it misses may be one of those."""
        if self.unsent and error.code in ("InvalidArgument", "NotFound"):
            reasons = "; ".join(f"column {name!r} was set aside: {why}" for name, why in self.unsent.items())
            hint = f"{error.hint}. {reasons}" if error.hint else reasons
            return type(error)(error.what, code=error.code, id=error.id, where=error.where, hint=hint)
        return error

    def features_in(self, answer: Any) -> Any:
        """The feature columns of the engine's answer: those behind the columns it was sent."""
        if isinstance(self.sent, str):
            return answer
        width = self.sent.num_columns
        if answer.num_rows != self.sent.num_rows or answer.column_names[:width] != self.sent.column_names:
            raise AssertionError("broken invariant: the answer does not have the entity rows' shape")
        features = answer.select(range(width, answer.num_columns))
        if collisions := sorted(set(features.column_names) & set(self.unsent)):
            raise InvalidArgument(
                f"entity_df has columns named as features: {', '.join(collisions)}",
                id="GN213",
                hint="Rename them, or ask with full_feature_names=True",
            )
        return features
