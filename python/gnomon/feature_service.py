"""Feature services: the features one model uses, under one name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gnomon.arguments import checked_keywords, filled, invalid, items
from gnomon.definition import Definition, Json
from gnomon.feature_view import FeatureRef, FeatureView


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
        features: Sequence[FeatureView | FeatureRef | str],
        *,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, description=description, owner=owner, tags=tags)
        self.features: list[FeatureView | FeatureRef | str] = items(self.label("features"), features, "views")
        self.references = self._references()

    def _references(self) -> list[tuple[str, list[str]]]:
        """View and feature names in order; neighbours of one view are one reference."""
        found: list[tuple[str, list[str]]] = []
        for i, item in enumerate(self.features):
            view, names = reference(self.label(f"features[{i}]"), item)
            if found and found[-1][0] == view and found[-1][1] and names:
                found[-1][1].extend(names)
            else:
                found.append((view, names))
        return found

    def uses(self) -> Iterator[Definition]:
        """Views that were given as objects."""
        for item in self.features:
            if isinstance(item, FeatureRef):
                yield item.view
            elif isinstance(item, FeatureView):
                yield item

    def to_manifest(self, project_dir: str) -> Json:
        """The `FeatureService` message."""
        return super().to_manifest(project_dir) | filled(
            features=[filled(view=view, features=names) for view, names in self.references]
        )


def reference(what: str, item: object) -> tuple[str, list[str]]:
    """The view's name and the features' names (none: all of them) of one item of a list of features."""
    if isinstance(item, FeatureRef):
        return item.view.name, list(item.features)
    if isinstance(item, FeatureView):
        return item.name, []
    if isinstance(item, str):
        view, colon, feature = item.partition(":")
        if view and bool(colon) == bool(feature):
            return view, [feature] if feature else []
    raise invalid(f'{what} must be a view, view[["a", "b"]] or "view:feature", got {item!r}')
