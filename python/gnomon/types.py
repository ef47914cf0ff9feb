"""The data types of features.

>>> from gnomon.types import Array, Float32
>>> Float32, Array(Float32)
(Float32, Array(Float32))
"""

from __future__ import annotations

from typing import Final

from gnomon.arguments import closest, invalid

__all__ = ["Array", "Bool", "Bytes", "DType", "Float32", "Float64", "Int32", "Int64", "String", "UnixTimestamp"]

_SCALARS = ("Int32", "Int64", "Float32", "Float64", "String", "Bool", "Bytes", "UnixTimestamp")


class DType:
    """A data type, known by its name. Equal to another type, or a string, of the same name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return self.name == (other.name if isinstance(other, DType) else other)

    def __hash__(self) -> int:
        return hash(self.name)


Int32: Final = DType("Int32")
Int64: Final = DType("Int64")
Float32: Final = DType("Float32")
Float64: Final = DType("Float64")
String: Final = DType("String")
Bool: Final = DType("Bool")
Bytes: Final = DType("Bytes")
UnixTimestamp: Final = DType("UnixTimestamp")


def Array(item: DType | str) -> DType:
    """The type of lists of `item`, which is not a list itself."""
    inner = dtype_named("Array", item)
    if inner.name not in _SCALARS:
        raise invalid(f"Array of {inner} is not supported", id="GN110", hint=f"Use one of {', '.join(_SCALARS)}")
    return DType(f"Array({inner.name})")


def dtype_named(what: str, value: object) -> DType:
    """The type that `value` is or names.

    >>> dtype_named("dtype", "Array(Int64)")
    Array(Int64)
    """
    if isinstance(value, DType):
        return value
    if isinstance(value, str):
        inner = value[6:-1] if value.startswith("Array(") and value.endswith(")") else value
        if inner in _SCALARS:
            return DType(value)
    suggestion = closest(value, _SCALARS) if isinstance(value, str) else ""
    raise invalid(
        f"{what}: unknown dtype {value!r}",
        id="GN110",
        hint=f"Did you mean {suggestion}?" if suggestion else f"Use {', '.join(_SCALARS)} or Array(...) of one of them",
    )
