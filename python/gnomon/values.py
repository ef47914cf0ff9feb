"""Single values of a definition, as the manifest writes them."""

from __future__ import annotations

from datetime import date

from gnomon.arguments import invalid
from gnomon.definition import Json


def value_message(what: str, value: object, *, id: str) -> Json:
    """The `Value` message; `id` is that of the error for what is no value.

    Integers are text, and what JSON lacks of the floats has a name, as in protobuf's JSON.

    >>> value_message("default", 3, id="GN150"), value_message("default", ["a", True], id="GN150")
    ({'int_value': '3'}, {'list_value': {'values': [{'string_value': 'a'}, {'bool_value': True}]}})
    """
    if hasattr(value, "item") and not isinstance(value, int | float | str):  # a NumPy scalar
        value = value.item()
    if isinstance(value, bool):
        return {"bool_value": value}
    if isinstance(value, int):
        return {"int_value": str(value)}
    if isinstance(value, float):
        return {"float_value": json_float(float(value))}
    if isinstance(value, str):
        return {"string_value": value}
    if isinstance(value, date):  # a datetime is one too
        return {"string_value": value.isoformat()}
    if isinstance(value, list):
        return {"list_value": {"values": [value_message(what, item, id=id) for item in value]}}
    raise invalid(f"{what} must be a bool, a number, a time or a string, got {value!r}", id=id)


def json_float(value: float) -> float | str:
    """A float as protobuf's JSON writes it.

    >>> json_float(0.5), json_float(float("inf"))
    (0.5, 'Infinity')
    """
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value
