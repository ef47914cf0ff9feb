"""Feature services: the features one model uses, under one name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gnomon.arguments import checked_keywords, filled, items
from gnomon.definition import Definition, Json
from gnomon.feature_ref import FeatureRef, HasFeatures, references


class FeatureService(Definition):
    """Features of several views, in the order in which a model wants them.

    Parameters
    ----------
    name : str
        Name of the service.
    features : list
        Views (all of their features), slices ``view[["a", "b"]]``, or text ``"view:feature"`` and ``"view"``.
    description, owner : str, optional
        Words for the catalog.
    tags : dict of str, optional
        Free labels.

    Examples
    --------
    >>> from gnomon import FeatureService
    >>> FeatureService("delay_v1", ["weather_now:temp", "weather_now:visib", "plane"]).references
    [('weather_now', ['temp', 'visib']), ('plane', [])]
    """

    section = "feature_services"

    @checked_keywords()
    def __init__(
        self,
        name: str,
        features: Sequence[HasFeatures | FeatureRef | str],
        *,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        self.features: list[HasFeatures | FeatureRef | str] = items(self.label("features"), features, "views")
        self.references = references(self.label("features"), self.features)

    def uses(self) -> Iterator[Definition]:
        """Views that were given as objects."""
        for item in self.features:
            if isinstance(item, FeatureRef):
                yield item.view
            elif isinstance(item, HasFeatures):
                yield item

    def to_manifest(self, project_dir: str) -> Json:
        """The `FeatureService` message."""
        return super().to_manifest(project_dir) | filled(
            features=[filled(view=view, features=names) for view, names in self.references]
        )
