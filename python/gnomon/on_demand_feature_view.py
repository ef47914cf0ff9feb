"""On-demand feature views: features computed from a request and from other features, when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from gnomon import expression
from gnomon.arguments import checked_keywords, filled, invalid, items, text
from gnomon.definition import Definition, Json
from gnomon.expression import Expression
from gnomon.feature_ref import FeatureRef, HasFeatures, reference
from gnomon.lookup_set import LookupSet
from gnomon.python_transform import PythonTransform
from gnomon.schema import Field, fields
from gnomon.sources import RequestSource
from gnomon.tracing import Traced, trace

Input = HasFeatures | FeatureRef | RequestSource | str

MODES = ("traced", "python")


class OnDemandFeatureView(HasFeatures):
    """Features computed from a request and from other features, by expressions.

    `gnomon.on_demand_feature_view` makes one from a function.

    Parameters
    ----------
    name : str
        Name of the view.
    sources : list
        What it reads: feature views, on-demand feature views, slices of those, request sources, or their names.
    features : dict of str or Expression
        Each feature's expression, as text or made with `gnomon.functions`.
    schema : list of Field, optional
        The features and their types; by default those of the expressions.
    owner, description : str, optional
        Words for the catalog.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import OnDemandFeatureView
    >>> OnDemandFeatureView("wind", sources=["weather_now"], features={"is_gale": "wind_speed > 39"})
    OnDemandFeatureView(name='wind')
    """

    section = "on_demand_feature_views"

    @checked_keywords()
    def __init__(
        self,
        name: str,
        *,
        sources: Sequence[Input],
        features: Mapping[str, str | Expression] | None = None,
        schema: Sequence[Field] | None = None,
        owner: str = "",
        description: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        self.sources: list[Input] = items(self.label("sources"), sources, "views and request sources")
        self.schema = fields(self.label("schema"), schema)
        self.features = {
            text(self.label("features: a name"), key): self._expression(key, value)
            for key, value in (features or {}).items()
        }
        self.function: Callable[..., Any] | None = None
        self.transform: PythonTransform | None = None
        self._references = [self._reference(i, source) for i, source in enumerate(self.sources)]
        self._traced: Traced | None = None

    def _expression(self, feature: str, value: str | Expression) -> str:
        if type(value) is Expression:
            return expression.text_of(value)
        return text(self.label(f"features[{feature!r}]"), value)

    def _reference(self, index: int, source: Input) -> tuple[str, list[str]]:
        if isinstance(source, RequestSource):
            return source.name, []
        return reference(self.label(f"sources[{index}]"), source)

    def uses(self) -> Iterator[Definition]:
        """Sources and lookup sets that were given as objects."""
        for source in self.sources:
            if isinstance(source, FeatureRef):
                yield source.view
            elif isinstance(source, Definition):
                yield source
        yield from self._trace().sets

    def _trace(self) -> Traced:
        if self._traced is None:
            sets: list[LookupSet] = []
            self._traced = Traced(dict(self.features), sets)
            if self.function is not None and self.transform is None:
                self._traced = trace(self.label("the function"), self.function)
        return self._traced

    def to_manifest(self, project_dir: str) -> Json:
        """The `OnDemandFeatureView` message; this is when the function is traced."""
        features = self._trace().features
        named = [field.to_manifest() for field in self.schema] or [{"name": name} for name in features]
        return super().to_manifest(project_dir) | filled(
            sources=[filled(view=view, features=names) for view, names in self._references],
            schema=named,
            features=features,
            python=self.transform.to_manifest(project_dir) if self.transform else {},
        )


@checked_keywords()
def on_demand_feature_view(
    *,
    name: str = "",
    sources: Sequence[Input],
    schema: Sequence[Field] | None = None,
    mode: Literal["traced", "python"] = "traced",
    owner: str = "",
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], OnDemandFeatureView]:
    """Make an on-demand feature view from a function of its inputs that returns a dict of features.

    The function is called once, when the project is planned, with inputs that stand for columns: what it does with
    them becomes expressions, which the engine computes for training sets and requests alike.

    Parameters
    ----------
    name : str, optional
        Name of the view; the function's name by default.
    sources : list
        What it reads: feature views, on-demand feature views, slices of those, request sources, or their names.
    schema : list of Field, optional
        The features and their types; by default those of the expressions. Needed for ``mode="python"``.
    mode : {"traced", "python"}
        ``"python"`` calls the function itself, for every row, in a process beside the engine: slower by far, for what
        cannot be traced. `plan` says what it costs.
    owner, description, tags
        As in `OnDemandFeatureView`.

    Returns
    -------
    decorator
        It turns the function into an `OnDemandFeatureView`, whose `function` is the function.

    Examples
    --------
    >>> from gnomon import Field, RequestSource, functions as fn, on_demand_feature_view
    >>> from gnomon.types import Float64
    >>> request = RequestSource("req", schema=[Field(name="runway_deg", dtype=Float64)])
    >>> @on_demand_feature_view(sources=["weather_now", request], schema=[Field(name="headwind", dtype=Float64)])
    ... def wind(inputs):
    ...     angle = fn.radians(inputs["wind_dir"] - inputs["runway_deg"])
    ...     return {"headwind": inputs["wind_speed"] * fn.cos(angle)}
    >>> wind
    OnDemandFeatureView(name='wind')
    """

    def decorate(function: Callable[..., Any]) -> OnDemandFeatureView:
        from inspect import cleandoc

        view = OnDemandFeatureView(
            name or getattr(function, "__name__", ""),
            sources=sources,
            schema=schema,
            owner=owner,
            description=description or cleandoc(getattr(function, "__doc__", None) or ""),
            tags=tags,
        )
        view.function = function
        if mode == "python":
            view.transform = PythonTransform(view.name, function, mode, MODES)
        elif mode not in MODES:
            raise invalid(f'{view.label("mode")} must be "traced" or "python", got {mode!r}')
        return view

    return decorate
