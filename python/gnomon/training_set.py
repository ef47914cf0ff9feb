"""What `FeatureStore.get_historical_features` returns."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from gnomon.entity_rows import EntityRows
from gnomon.errors import InvalidArgument
from gnomon.pandas_frames import beside, import_frames, to_pandas


class TrainingSet:
    """Entity rows with their features as they could have been known.

    Rows, order, duplicates and extra columns are those of the entity frame; the same manifest gives the same bytes.

    Attributes
    ----------
    manifest : dict
        Hashes and snapshot ids of everything that went in.
    """

    def __init__(self, answer: Any, manifest_json: str, rows: EntityRows) -> None:
        self._table = answer
        self._features = rows.features_in(answer)
        self._rows = rows
        self._manifest_json = manifest_json
        self.manifest: dict[str, Any] = json.loads(manifest_json)

    @property
    def errors(self) -> list[Any]:
        """Values that could not be given, with the reason."""
        return list(self.manifest.get("errors", []))

    def to_df(self) -> Any:
        """A pandas frame. That of the caller with the features added, where the entity rows came as one.

        Integers and booleans with nulls become pandas' nullable ``Int64`` (``Int32``) and ``boolean``.
        """
        from gnomon.frames import is_pandas

        if is_pandas(self._rows.frame):
            return beside(self._rows.frame, self._features)
        return to_pandas(self.to_arrow())

    def to_arrow(self) -> Any:
        """A `pyarrow.Table`."""
        if self._rows.unsent:
            name, reason = next(iter(self._rows.unsent.items()))
            raise InvalidArgument(
                f"column {name!r} of entity_df has no Arrow form: {reason}",
                id="GN222",
                hint="Use the method for the kind of frame you gave, or drop the column",
            )
        return self._table

    def to_polars(self) -> Any:
        """A `polars.DataFrame`."""
        from gnomon.frames import is_polars

        polars = import_frames("polars")
        if is_polars(self._rows.frame):
            return self._rows.frame.hstack(polars.from_arrow(self._features))
        return polars.from_arrow(self.to_arrow())

    def to_batches(self) -> Iterator[Any]:
        """The table as `pyarrow.RecordBatch` pieces, in order."""
        yield from self.to_arrow().to_batches()

    def persist(self, path: str | os.PathLike[str]) -> None:
        """Write the rows as Parquet to `path`, and the manifest to ``path.manifest.json``.

        A file that is there is replaced, whole or not at all.
        """
        import pyarrow.parquet as pq

        path = os.fspath(path)
        table = self.to_arrow()
        # The manifest goes last: it vouches for a file that is complete.
        _replace(path, lambda temporary: pq.write_table(table, temporary))
        _replace(f"{path}.manifest.json", self._write_manifest)

    def _write_manifest(self, path: str) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._manifest_json + "\n")

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"TrainingSet({len(self)} rows, features: {', '.join(self._features.column_names)})"


def _replace(path: str, write: Any) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
