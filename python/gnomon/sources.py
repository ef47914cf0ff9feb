"""Where rows come from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from gnomon.arguments import checked_keywords, filled, invalid, text, text_map
from gnomon.definition import Definition, Json, name_of
from gnomon.durations import Duration, duration_us
from gnomon.expect import Expectation, expectations
from gnomon.schema import Field, fields


class Source(Definition):
    """What all sources have in common; use `FileSource` or `PushSource`."""

    section = "sources"

    def __init__(
        self,
        name: str,
        *,
        timestamp_field: str,
        created_timestamp_column: str,
        known_at_field: str,
        field_mapping: Mapping[str, str] | None,
        event_id: str,
        event_id_retention: Duration | None,
        schema: Sequence[Field] | None,
        expect: Sequence[Expectation] | None,
        description: str,
        owner: str,
        tags: Mapping[str, str] | None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        self.timestamp_field = text(self.label("timestamp_field"), timestamp_field)
        self.created_timestamp_column = text(self.label("created_timestamp_column"), created_timestamp_column)
        self.known_at_field = text(self.label("known_at_field"), known_at_field)
        self.field_mapping = text_map(self.label("field_mapping"), field_mapping)
        self.event_id = text(self.label("event_id"), event_id)
        self.event_id_retention = event_id_retention
        self.schema = fields(self.label("schema"), schema)
        self.expect = expectations(self.label("expect"), expect)
        self._event_id_retention_us = duration_us(self.label("event_id_retention"), event_id_retention)

    def to_manifest(self, project_dir: str) -> Json:
        """The `Source` message, without the part that tells the kinds apart."""
        return super().to_manifest(project_dir) | filled(
            timestamp_field=self.timestamp_field,
            created_timestamp_column=self.created_timestamp_column,
            known_at_field=self.known_at_field,
            field_mapping=dict(self.field_mapping),
            event_id=self.event_id,
            event_id_retention_us=str(self._event_id_retention_us) if self._event_id_retention_us else "",
            schema=[field.to_manifest() for field in self.schema],
            expect=[check for expectation in self.expect for check in expectation.to_manifest(project_dir)],
        )


class FileSource(Source):
    """Rows in Parquet, CSV or NDJSON files.

    Parameters
    ----------
    name : str
        Name of the source, also in SQL.
    path : str or path-like
        A file, a folder or a glob, relative to the project's folder.
    format : {"", "parquet", "csv", "ndjson"}
        By default the file's suffix tells.
    timestamp_field : str, optional
        Column of the event time. A source without one may only feed a transform.
    created_timestamp_column : str, optional
        Column that says which of two rows with the same event time is the newer one.
    known_at_field : str, optional
        Column that says when a row could first have been used.
    field_mapping : dict of str, optional
        Column in the file to the name used from here on.
    event_id : str, optional
        Column whose value counts once: of rows that share it the smallest content counts, others are quarantined.
        Of file sources.
    event_id_retention : duration, optional
        How long ids are remembered, in event time.
    schema : list of Field, optional
        Declared columns; inferred and then frozen by default.
    expect : list of expectations, optional
        Checks every row has to pass, see `gnomon.expect`.
    description, owner : str, optional
        Words for the catalog.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import FileSource
    >>> FileSource("weather", path="data/weather.parquet", timestamp_field="time_hour")
    FileSource(name='weather')
    """

    @checked_keywords()
    def __init__(
        self,
        name: str,
        path: str | os.PathLike[str],
        *,
        format: str = "",
        timestamp_field: str = "",
        created_timestamp_column: str = "",
        known_at_field: str = "",
        field_mapping: Mapping[str, str] | None = None,
        event_id: str = "",
        event_id_retention: Duration | None = None,
        schema: Sequence[Field] | None = None,
        expect: Sequence[Expectation] | None = None,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            name,
            timestamp_field=timestamp_field,
            created_timestamp_column=created_timestamp_column,
            known_at_field=known_at_field,
            field_mapping=field_mapping,
            event_id=event_id,
            event_id_retention=event_id_retention,
            schema=schema,
            expect=expect,
            description=description,
            owner=owner,
            tags=tags,
        )
        self.path = os.fspath(path) if isinstance(path, os.PathLike) else text(self.label("path"), path)
        self.format = text(self.label("format"), format)

    def to_manifest(self, project_dir: str) -> Json:
        """The `Source` message of a file."""
        return super().to_manifest(project_dir) | {"file": filled(path=self.path, format=self.format)}


class RequestSource(Definition):
    """Columns that every request brings along, for on-demand feature views.

    In a training set they come from the entity rows, online from ``entity_rows`` of the request.

    Parameters
    ----------
    name : str
        Name of the source.
    schema : list of Field
        The columns and their types.
    description, owner : str, optional
        Words for the catalog.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import Field, RequestSource, types
    >>> RequestSource("req", schema=[Field(name="runway_deg", dtype=types.Float64)])
    RequestSource(name='req')
    """

    section = "sources"

    @checked_keywords()
    def __init__(
        self,
        name: str,
        *,
        schema: Sequence[Field],
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        self.schema = fields(self.label("schema"), schema)

    def to_manifest(self, project_dir: str) -> Json:
        """The `Source` message of a request source."""
        return super().to_manifest(project_dir) | {
            "request": {},
            **filled(schema=[field.to_manifest() for field in self.schema]),
        }


class PushSource(Source):
    """Rows that are pushed, with an optional batch source that holds their history.

    Parameters
    ----------
    name : str
        Name to push to.
    batch_source : FileSource or str, optional
        The history.
    timestamp_field, created_timestamp_column, known_at_field, field_mapping, event_id, event_id_retention, schema
        As in `FileSource`.
    expect, description, owner, tags
        As in `FileSource`.
    """

    @checked_keywords()
    def __init__(
        self,
        name: str,
        *,
        batch_source: FileSource | str | None = None,
        timestamp_field: str = "",
        created_timestamp_column: str = "",
        known_at_field: str = "",
        field_mapping: Mapping[str, str] | None = None,
        event_id: str = "",
        event_id_retention: Duration | None = None,
        schema: Sequence[Field] | None = None,
        expect: Sequence[Expectation] | None = None,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            name,
            timestamp_field=timestamp_field,
            created_timestamp_column=created_timestamp_column,
            known_at_field=known_at_field,
            field_mapping=field_mapping,
            event_id=event_id,
            event_id_retention=event_id_retention,
            schema=schema,
            expect=expect,
            description=description,
            owner=owner,
            tags=tags,
        )
        if isinstance(batch_source, PushSource):
            raise invalid(f"{self.label('batch_source')} must be a source of files, got {batch_source!r}")
        self.batch_source = batch_source
        self._batch_name = name_of(self.label("batch_source"), batch_source, FileSource) if batch_source else ""

    def uses(self) -> Iterator[Definition]:
        """The batch source, where it was given as an object."""
        if isinstance(self.batch_source, Definition):
            yield self.batch_source

    def to_manifest(self, project_dir: str) -> Json:
        """The `Source` message of a push source."""
        return super().to_manifest(project_dir) | {"push": filled(batch_source=self._batch_name)}
