"""Tracing: a function is called once with inputs that stand for columns, and what it does is written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from gnomon import expression
from gnomon.errors import InvalidArgument
from gnomon.expression import Expression, column, refuse, text_of, traced
from gnomon.lookup_set import LookupSet
from gnomon.origin import Origin
from gnomon.user_code import watched


class Traced(NamedTuple):
    """Expressions by feature, in the function's order, and the lookup sets that were given as objects."""

    features: dict[str, str]
    sets: list[LookupSet]


class Inputs:
    """Stands for the columns that an on-demand view may read: ``inputs["wind_speed"]``, ``inputs.wind_speed``."""

    __slots__ = ()

    def __getitem__(self, name: object) -> Expression:
        if type(name) is not str:
            refuse(f"inputs[{type(name).__name__}]", 'Name one column: inputs["wind_speed"]')
        return column(name)

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("get", "items", "keys", "values", "copy", "update", "pop", "setdefault"):
            refuse(
                f"inputs.{name}()",
                f'Read columns one by one: inputs["wind_speed"]; a column called {name} is inputs["{name}"]',
            )
        return column(name)

    def _refuse_all(self, *args: Any) -> NoReturn:
        refuse(
            "inputs as a whole (a loop, len(), `in`, **inputs, a new item)",
            'Read columns one by one: inputs["wind_speed"]',
        )

    __iter__ = __len__ = __contains__ = __setitem__ = __delitem__ = __bool__ = __call__ = _refuse_all


def trace(what: str, function: Callable[..., Any]) -> Traced:
    """The expressions that a function returns.

    Raises
    ------
    InvalidArgument
        GN170, at the line: the function does something that cannot be written down.
    """
    first, second = _traced_once(what, function), _traced_once(what, function)
    if first.features != second.features:
        changed = next(name for name in first.features if first.features[name] != second.features.get(name))
        raise InvalidArgument(
            f"{what} gives another expression each time it is traced: {changed}",
            id="GN170",
            where=_place_of(function),
            hint="It reads a clock, random numbers or a state that it changes: give those as columns of the request",
        )
    return first


def _traced_once(what: str, function: Callable[..., Any]) -> Traced:
    sets: list[LookupSet] = []
    expression._on_set.append(sets.append)
    features: dict[str, str] = {}
    try:
        with watched():
            returned = function(Inputs())
            features = _features(what, returned, function)
    finally:
        expression._on_set.remove(sets.append)
    return Traced(features, list({lookup.name: lookup for lookup in sets}.values()))


def _features(what: str, returned: object, function: Callable[..., Any]) -> dict[str, str]:
    if type(returned) is not dict:
        kind = type(returned).__name__
        raise InvalidArgument(
            f"{what} must return a dict of features, it returned {kind}",
            id="GN170",
            where=_place_of(function),
            hint='Write: return {"headwind": ...}',
        )
    features = {}
    for name, value in returned.items():
        if type(name) is not str:
            raise InvalidArgument(
                f"{what} returned a feature whose name is no string: {name!r}", id="GN170", where=_place_of(function)
            )
        features[name] = text_of(traced(value))
    return features


def _place_of(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    return "" if code is None else str(Origin(code.co_filename, code.co_firstlineno))
