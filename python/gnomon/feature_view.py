"""Feature views: named features of entities, and how they come from sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gnomon.aggregation import Aggregation
from gnomon.aggregation import aggregations as listed_aggregations
from gnomon.arguments import checked_keywords, filled, flag, invalid, items, text
from gnomon.definition import Definition, Json, name_of
from gnomon.durations import Duration, duration_us
from gnomon.entity import Entity
from gnomon.expect import Expectation, expectations
from gnomon.feature_ref import HasFeatures
from gnomon.schema import Field, fields
from gnomon.sources import Source

if TYPE_CHECKING:
    from gnomon.python_transform import PythonTransform

# Keywords of the documented interface that do not exist yet.
UNSUPPORTED = ("schedule",)

_DEFAULT_ALLOWED_LATENESS = "1d"


class FeatureView(HasFeatures):
    """Features of entities, read from sources as they are, aggregated over windows, or computed by SQL or a function.

    Batch or stream follows from the source. `gnomon.batch_feature_view` makes a view from a function.

    Parameters
    ----------
    name : str
        Name of the view.
    entities : list of Entity or str
        What the features are about.
    source, sources : Source or str, list of them
        Where the rows come from; give one of the two.
    schema : list of Field, optional
        The features and their types; inferred and then frozen by default.
    ttl : duration, optional
        How old a row may be and still be served: ``"7d"``, a timedelta; 0 or None is no limit.
    timestamp_field, created_timestamp_column, known_at_field : str, optional
        Time columns of what `sql` or the function returns.
    sql : str, optional
        A query over the sources by name.
    aggregations : list of Aggregation, optional
        What becomes of the source's events: a feature for each aggregation and window.
    where : str, optional
        Which events count, for all aggregations: ``"status == 'paid'"``.
    allowed_lateness : duration
        How late a streamed event may come and still count; a day by default.
    expect : list of expectations, optional
        Checks of the view's rows, see `gnomon.expect`.
    serving_lag : duration, optional
        Added to the time from which a row may be used.
    as_of_retention : duration or "all", optional
        How far back the online store can answer.
    online : bool
        False keeps the view out of the online store.
    owner, description : str, optional
        Words for the catalog.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import Entity, FeatureView, FileSource
    >>> weather = FileSource("weather", path="data/weather.parquet", timestamp_field="time_hour")
    >>> view = FeatureView("weather_now", [Entity("origin")], source=weather, ttl="3h")
    >>> view[["temp", "visib"]].features
    ('temp', 'visib')
    """

    section = "feature_views"

    @checked_keywords(unsupported=UNSUPPORTED)
    def __init__(
        self,
        name: str,
        entities: Sequence[Entity | str],
        *,
        source: Source | str | None = None,
        sources: Sequence[Source | str] | None = None,
        schema: Sequence[Field] | None = None,
        ttl: Duration | None = None,
        timestamp_field: str = "",
        created_timestamp_column: str = "",
        known_at_field: str = "",
        sql: str = "",
        aggregations: Sequence[Aggregation] | None = None,
        where: str = "",
        allowed_lateness: Duration = _DEFAULT_ALLOWED_LATENESS,
        expect: Sequence[Expectation] | None = None,
        serving_lag: Duration = 0,
        as_of_retention: Duration | None = None,
        online: bool = True,
        owner: str = "",
        description: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        if source is not None and sources is not None:
            raise invalid(self.label("source= and sources= are both given"), hint="Give one of the two")
        self.entities: list[Entity | str] = items(self.label("entities"), entities, "Entity or names")
        self.sources: list[Source | str] = (
            [source] if source is not None else items(self.label("sources"), sources, "sources or names")
        )
        self.schema = fields(self.label("schema"), schema)
        self.ttl = ttl
        self.timestamp_field = text(self.label("timestamp_field"), timestamp_field)
        self.created_timestamp_column = text(self.label("created_timestamp_column"), created_timestamp_column)
        self.known_at_field = text(self.label("known_at_field"), known_at_field)
        self.sql = text(self.label("sql"), sql or "")
        self.aggregations = listed_aggregations(self.label("aggregations"), aggregations)
        self.where = text(self.label("where"), where or "")
        self.allowed_lateness = allowed_lateness
        self.expect = expectations(self.label("expect"), expect)
        self.serving_lag = serving_lag
        self.as_of_retention = as_of_retention
        self.online = flag(self.label("online"), online)
        self.transform: PythonTransform | None = None
        self._entity_names = [name_of(self.label(f"entities[{i}]"), e, Entity) for i, e in enumerate(self.entities)]
        self._source_names = [name_of(self.label(f"sources[{i}]"), s, Source) for i, s in enumerate(self.sources)]
        self._ttl_us = duration_us(self.label("ttl"), ttl)
        self._allowed_lateness_us = duration_us(self.label("allowed_lateness"), allowed_lateness)
        self._serving_lag_us = duration_us(self.label("serving_lag"), serving_lag)
        self._retention_us = (
            -1 if as_of_retention == "all" else duration_us(self.label("as_of_retention"), as_of_retention)
        )

    @property
    def function(self) -> Callable[..., Any] | None:
        """The function that computes the view's rows, where it was made by `batch_feature_view`."""
        return self.transform.function if self.transform else None

    def uses(self) -> Iterator[Definition]:
        """Entities and sources that were given as objects."""
        for used in [*self.entities, *self.sources]:
            if isinstance(used, Definition):
                yield used

    def to_manifest(self, project_dir: str) -> Json:
        """The `FeatureView` message."""
        return super().to_manifest(project_dir) | filled(
            entities=list(self._entity_names),
            sources=list(self._source_names),
            sql=self.sql,
            python=self.transform.to_manifest(project_dir) if self.transform else {},
            schema=[field.to_manifest() for field in self.schema],
            ttl_us=_int64(self._ttl_us),
            timestamp_field=self.timestamp_field,
            created_timestamp_column=self.created_timestamp_column,
            known_at_field=self.known_at_field,
            aggregations=[aggregation.to_manifest(project_dir) for aggregation in self.aggregations],
            where=self.where,
            allowed_lateness_us=self._lateness_message(),
            expect=[check for expectation in self.expect for check in expectation.to_manifest(project_dir)],
            serving_lag_us=_int64(self._serving_lag_us),
            as_of_retention_us=_int64(self._retention_us),
            offline_only=not self.online,
        )

    def _lateness_message(self) -> str:
        # The default is left out, but 0 is a value here.
        is_default = self._allowed_lateness_us == duration_us("default", _DEFAULT_ALLOWED_LATENESS)
        return "" if is_default else str(self._allowed_lateness_us)

    def _computed_by(self) -> str:
        if self.aggregations:
            return ", ".join(map(repr, self.aggregations))
        return "SQL" if self.sql else str(self.transform or "") or "taken as they are"

    def _repr_html_(self) -> str:
        from gnomon.html import facts

        return facts(
            f"view {self.name}",
            {
                "entities": ", ".join(self._entity_names),
                "sources": ", ".join(self._source_names),
                "features": ", ".join(f"{f.name} {f.dtype}" for f in self.schema) or "inferred when applied",
                "computed by": self._computed_by(),
                "ttl": str(self.ttl) if self._ttl_us else "no limit",
                "checks": ", ".join(map(repr, self.expect)),
                "owner": self.owner,
                "description": self.description,
            },
        )


def _int64(value: int) -> str:
    # protobuf's JSON writes 64-bit integers as text, so that no reader rounds them.
    return str(value) if value else ""
