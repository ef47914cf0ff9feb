"""Checks of a source's or a view's rows.

`on_fail` says what a failing row does: ``"block"`` (the default) stops the branch and keeps the last good data served,
``"quarantine"`` sets the row aside with the reason, ``"pass"`` only reports. `mostly` in (0, 1] is the share of rows
that must pass.

>>> from gnomon import expect
>>> expect.between("wind_speed", 0, 120, on_fail="quarantine")
between(wind_speed, min=0, max=120)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal, TypeAlias

from gnomon.arguments import filled, invalid, items, text
from gnomon.definition import Json
from gnomon.origin import caller_origin
from gnomon.values import value_message

__all__ = ["Expectation", "between", "in_set", "not_null", "regex", "unique"]

OnFail: TypeAlias = Literal["block", "quarantine", "pass"]
Scalar: TypeAlias = bool | int | float | str | None


class Expectation:
    """One expectation. Made by the functions of this module; it becomes one or more checks of the manifest."""

    def __init__(
        self,
        type: str,
        columns: list[list[str]],
        params: Mapping[str, Any],
        on_fail: str,
        mostly: float | None,
    ) -> None:
        if on_fail not in ("block", "quarantine", "pass"):
            raise _wrong(f'{type}: on_fail must be "block", "quarantine" or "pass", got {on_fail!r}')
        if mostly is not None and not (isinstance(mostly, int | float) and 0 < mostly <= 1):
            raise _wrong(f"{type}: mostly must be a share in (0, 1], got {mostly!r}")
        self.type = type
        self.columns = columns  # one list a check
        self.params = {name: value for name, value in params.items() if value is not None}
        self.on_fail = on_fail
        if mostly is not None:
            self.params["mostly"] = float(mostly)
        self.origin = caller_origin()
        self._values = {
            name: value_message(f"{type}: {name}", value, id="GN130") for name, value in self.params.items()
        }

    def to_manifest(self, project_dir: str) -> list[Json]:
        """The `Check` messages."""
        return [
            filled(
                type=self.type,
                columns=columns,
                params=self._values,
                on_fail="" if self.on_fail == "block" else self.on_fail,
                origin=self.origin.to_manifest(project_dir),
            )
            for columns in self.columns
        ]

    def __repr__(self) -> str:
        columns = ", ".join(column for group in self.columns for column in group)
        params = "".join(f", {name}={value!r}" for name, value in self.params.items())
        return f"{self.type}({columns}{params})"


def not_null(*columns: str, on_fail: OnFail = "block", mostly: float | None = None) -> Expectation:
    """Every value of each column is there."""
    return Expectation("not_null", [[c] for c in _columns("not_null", columns)], {}, on_fail, mostly)


def between(
    column: str,
    min: float | date | str | None = None,
    max: float | date | str | None = None,
    *,
    strict_min: bool = False,
    strict_max: bool = False,
    on_fail: OnFail = "block",
    mostly: float | None = None,
) -> Expectation:
    """Values lie between `min` and `max`, both allowed unless strict; nulls are skipped.

    The bounds of a column of times are datetimes or ISO 8601 text.
    """
    if min is None and max is None:
        raise _wrong(f"between({column!r}): neither min nor max is given")
    params = {"min": min, "max": max, "strict_min": strict_min or None, "strict_max": strict_max or None}
    return Expectation("between", [_columns("between", (column,))], params, on_fail, mostly)


def in_set(
    column: str, values: Iterable[Scalar], *, on_fail: OnFail = "block", mostly: float | None = None
) -> Expectation:
    """Values are among `values`; nulls are skipped, also in `values`."""
    listed = [value for value in items(f"in_set({column!r}): values", values, "values") if value is not None]
    if not listed:
        raise _wrong(f"in_set({column!r}): values is empty, so that every row would fail")
    return Expectation("in_set", [_columns("in_set", (column,))], {"values": listed}, on_fail, mostly)


def unique(*columns: str, on_fail: OnFail = "block", mostly: float | None = None) -> Expectation:
    """No two rows agree in all of the columns; rows with a null among them are skipped."""
    return Expectation("unique", [_columns("unique", columns)], {}, on_fail, mostly)


def regex(column: str, pattern: str, *, on_fail: OnFail = "block", mostly: float | None = None) -> Expectation:
    """Text holds a match of `pattern` (RE2 syntax, unanchored); nulls are skipped."""
    params = {"pattern": text(f"regex({column!r}): pattern", pattern)}
    return Expectation("regex", [_columns("regex", (column,))], params, on_fail, mostly)


def expectations(what: str, value: object) -> list[Expectation]:
    """`value` as a list of expectations."""
    listed = items(what, value, "expectations")
    for item in listed:
        if not isinstance(item, Expectation):
            raise invalid(f"{what} must hold expectations such as expect.not_null(...), got {item!r}", id="GN130")
    return listed


def _columns(type: str, columns: tuple[str, ...]) -> list[str]:
    if not columns:
        raise _wrong(f"{type}: no column is named")
    for column in columns:
        if not isinstance(column, str):
            raise _wrong(f"{type}: a column is named by a string, got {column!r}")
    return list(columns)


def _wrong(what: str) -> Exception:
    return invalid(what, id="GN130")
