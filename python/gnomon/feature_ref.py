"""Some features of a view, for a service or a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gnomon.arguments import invalid, texts
from gnomon.definition import Definition


class FeatureRef(NamedTuple):
    """Some features of a view: ``view[["a", "b"]]``. No features named means all of them."""

    view: HasFeatures
    features: tuple[str, ...]


class HasFeatures(Definition):
    """Base of what has features: feature views and on-demand feature views."""

    def __getitem__(self, features: str | Sequence[str]) -> FeatureRef:
        """Some of the view's features, for a feature service or a request."""
        names = [features] if isinstance(features, str) else texts(self.label("features"), features)
        if not names:
            raise invalid(self.label("no feature is named"), hint="Use the view itself for all of them")
        return FeatureRef(self, tuple(names))

    # Slicing is no indexing: without this Python would try view[0], view[1], …
    __iter__ = None


def reference(what: str, item: object) -> tuple[str, list[str]]:
    """The view's name and the features' names (none: all of them) of one item of a list of features."""
    if isinstance(item, FeatureRef):
        return item.view.name, list(item.features)
    if isinstance(item, HasFeatures):
        return item.name, []
    if isinstance(item, str):
        view, colon, feature = item.partition(":")
        if view and bool(colon) == bool(feature):
            return view, [feature] if feature else []
    raise invalid(f'{what} must be a view, view[["a", "b"]] or "view:feature", got {item!r}')


def references(what: str, listed: Sequence[object]) -> list[tuple[str, list[str]]]:
    """View and feature names in order; neighbours of one view are one reference."""
    found: list[tuple[str, list[str]]] = []
    for i, item in enumerate(listed):
        view, names = reference(f"{what}[{i}]", item)
        if found and found[-1][0] == view and found[-1][1] and names:
            found[-1][1].extend(names)
        else:
            found.append((view, names))
    return found
