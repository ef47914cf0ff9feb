"""Arguments of a store's calls, as the engine takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gnomon.arguments import closest
from gnomon.errors import InvalidArgument
from gnomon.feature_ref import FeatureRef, HasFeatures, reference
from gnomon.feature_service import FeatureService

Features: TypeAlias = Sequence[str | HasFeatures | FeatureRef] | FeatureService | str


def feature_request(features: Features) -> tuple[list[str], str]:
    """The features as ``"view:feature"`` texts, or the name of a service.

    >>> feature_request(["weather_now:temp"]), feature_request("delay_v1")
    ((['weather_now:temp'], ''), ([], 'delay_v1'))
    """
    if isinstance(features, FeatureService):
        return [], features.name
    if isinstance(features, str) and ":" not in features:
        return [], features
    listed = [features] if isinstance(features, str | HasFeatures | FeatureRef) else features
    if not isinstance(listed, Iterable):
        raise InvalidArgument(f"features must be a list or a service, got {features!r}", id="GN220")
    named: list[str] = []
    for i, item in enumerate(listed):
        view, names = reference(f"features[{i}]", item)
        named += [f"{view}:{name}" for name in names] or [view]
    if not named:
        raise InvalidArgument(
            "features is empty", id="GN214", hint='Give a list of "view:feature", a FeatureService, or its name'
        )
    return named, ""


def one_of(what: str, value: object, choices: Sequence[str]) -> str:
    """`value`, if it is among `choices`."""
    if isinstance(value, str) and value in choices:
        return value
    suggestion = closest(value, choices) if isinstance(value, str) else ""
    raise InvalidArgument(
        f"{what} must be one of {', '.join(map(repr, choices))}, got {value!r}",
        id="GN220",
        hint=f"Did you mean {suggestion!r}?" if suggestion else "",
    )


def names_in(what: str, value: object, kind: type) -> list[str]:
    """Names of a list of definitions of `kind` or names, or of a single one; None is an empty list."""
    if value is None:
        return []
    listed = [value] if isinstance(value, str | kind) else value
    if not isinstance(listed, Iterable):
        raise InvalidArgument(f"{what} must be a list of names, got {value!r}", id="GN220")
    return [one_name(f"{what}[{i}]", item, kind) for i, item in enumerate(listed)]


def one_name(what: str, value: object, kind: type) -> str:
    """The name of a definition of `kind`, or the name given."""
    name = getattr(value, "name", None) if isinstance(value, kind) else value
    if not isinstance(name, str):
        raise InvalidArgument(f"{what} must be {kind.__name__} or a name, got {value!r}", id="GN220")
    return name
